import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bootSystemd, Browser, repository, type SystemdMachine, waitFor, whyNoSystemd } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts, type Ports } from '../../run-example.js'

const example = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8')

const units = ['proxy.service', 'hub.service', 'sudospawner-helper.service']
const dropIns = ['sudo.conf', 'pam-without-root.conf', 'gpu.conf']
const password = 'correct horse'

describe.skipIf(whyNoSystemd() !== undefined)('the services', () => {
  let machine: SystemdMachine
  let ports: Ports
  let origin: string

  const run = async (...command: [string, ...string[]]): Promise<string> => {
    const { code, stdout, stderr } = await machine.run(command)
    if (code !== 0) {
      const journal = await machine.run(['journalctl', '--no-pager', '-n', '60'])
      throw new Error(`${command.join(' ')} ended with ${code}: ${stdout}${stderr}\n${journal.stdout}`)
    }
    return stdout.trim()
  }
  const write = async (path: string, content: string): Promise<void> => {
    await run('sh', '-c', `mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"`, 'sh', path, content)
  }
  const property = (unit: string, name: string): Promise<string> =>
    run('systemctl', 'show', '--property', name, '--value', unit)
  /** The units as they stand, on ports that are free here. */
  const onFreePorts = (text: string): string =>
    text
      .replaceAll('8000', String(ports.public))
      .replaceAll('8001', String(ports.proxyApi))
      .replaceAll('8081', String(ports.hub))

  beforeAll(async () => {
    ports = await freePorts()
    origin = `http://127.0.0.1:${ports.public}`
    machine = await bootSystemd()
    await run('sh', '-c', `mkdir -p /opt/hub /srv/jupyterhub && mount --bind "$1" /opt/hub`, 'sh', repository)
    for (const unit of units) await write(`/etc/systemd/system/${unit}`, onFreePorts(await example(unit)))
    await write('/etc/jupyterhub/proxy.env', 'CONFIGPROXY_AUTH_TOKEN=a-token-of-this-test\n')
    await write(
      '/etc/jupyterhub/jupyterhub_config.py',
      onFreePorts(await example('jupyterhub_config.py')) +
        `\nc.JupyterHub.hub_port = ${ports.hub}\nc.JupyterHub.port = ${ports.public}\n` +
        `c.Spawner.cmd = ['${process.execPath}', '/opt/hub/packages/testkit/fixtures/fake-server.mjs']\n`,
    )
    await run('useradd', '--create-home', 'ada')
    await run('sh', '-c', 'printf "ada:%s\n" "$1" | chpasswd', 'sh', password)
    await run('systemctl', 'daemon-reload')
    // Both say themselves when they are ready; systemctl waits for that.
    await run('systemctl', 'start', 'proxy', 'hub')
  }, 120_000)
  afterAll(() => machine?.[Symbol.asyncDispose]())

  test('are ready when systemd says so, the proxy without rights', async () => {
    for (const unit of ['proxy', 'hub']) expect(await property(unit, 'ActiveState')).toBe('active')
    expect((await new Browser(origin).get('/hub/login')).status).toBe(200)
    const pid = await property('proxy', 'MainPID')
    const status = await run('cat', `/proc/${pid}/status`)
    expect(status).toMatch(/NoNewPrivs:\s+1/)
    expect(status).not.toMatch(/Uid:\s+0/)
  })

  test('let an account of the machine in by its password, whose server runs as it and survives them', async () => {
    await using stranger = new Browser(origin)
    expect((await stranger.login('ada', 'wrong')).status).toBe(403)
    await using ada = new Browser(origin)
    await ada.login('ada', password)
    const server = async (): Promise<number | undefined> => {
      const answer = await ada.get('/user/ada/api').catch(() => undefined)
      return answer?.status === 200 ? answer.json<{ pid: number }>().pid : undefined
    }
    await ada.get('/hub/spawn')
    const pid = await waitFor(server, { deadlineMs: 30_000, what: 'the server of ada' })
    expect(await run('stat', '-c', '%U', `/proc/${pid}`)).toBe('ada')

    await run('systemctl', 'restart', 'hub')
    expect(await waitFor(server)).toBe(pid)
    await run('systemctl', 'restart', 'proxy')
    expect(await waitFor(server)).toBe(pid)
    for (const unit of ['hub', 'proxy']) {
      const before = await property(unit, 'MainPID')
      await run('systemctl', 'kill', '--signal=SIGKILL', '--kill-who=main', unit)
      await waitFor(async () => {
        const [now, state] = await Promise.all([property(unit, 'MainPID'), property(unit, 'ActiveState')])
        return state === 'active' && now !== before && now !== '0'
      })
      expect(await waitFor(server), unit).toBe(pid)
    }
    await ada.get('/hub/home')
    expect((await ada.api('DELETE', '/hub/api/users/ada/server')).status).toBeLessThan(300)
    await waitFor(async () => (await machine.run(['test', '-d', `/proc/${pid}`])).code !== 0)
  }, 120_000)

  test('end cleanly', async () => {
    await run('systemctl', 'stop', 'hub', 'proxy')
    for (const unit of ['proxy', 'hub']) expect(await property(unit, 'Result')).toBe('success')
  })

  test('are units that systemd has nothing to say against, with each drop-in too', async () => {
    for (const dropIn of dropIns) {
      await write(`/etc/systemd/system/hub.service.d/${dropIn}`, await example(`drop-ins/${dropIn}`))
      const { stdout, stderr } = await machine.run([
        'systemd-analyze',
        'verify',
        ...units.map((unit) => `/etc/systemd/system/${unit}`),
      ])
      expect(`${stdout}${stderr}`, dropIn).toBe('')
    }
  })
})

test.skipIf(process.getuid?.() !== 0)('the configuration is one that loads', () => {
  const file = fileURLToPath(new URL('../jupyterhub_config.py', import.meta.url))
  const shown = execFileSync('node', [`${repository}/packages/hub/dist/bin.js`, '-f', file, '--show-config'], {
    encoding: 'utf8',
  })
  expect(shown).toContain('should_start')
})

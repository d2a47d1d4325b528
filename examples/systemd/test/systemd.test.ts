import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Browser, repository, waitFor, whyNoSystemd } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ada, example, installServices, logIn, type Services, units } from './services.js'

const dropIns = ['sudo.conf', 'pam-without-root.conf', 'gpu.conf', 'helper.conf']
const unitFolder = '/etc/systemd/system'

/** One machine, on which the services are set up, changed and tried in the order of these tests. */
describe.skipIf(whyNoSystemd() !== undefined)('the services', () => {
  let services: Services
  let ada: Ada

  const isGone = async (pid: number): Promise<boolean> =>
    (await services.machine.run(['test', '-d', `/proc/${pid}`])).code !== 0
  const ownerOf = (pid: number): Promise<string> => services.run('stat', '-c', '%U', `/proc/${pid}`)
  const restart = (...names: string[]): Promise<string> => services.run('systemctl', 'restart', ...names)
  const pidOf = (unit: string): Promise<string> => services.property(unit, 'MainPID')

  /** What every way to run servers has to do: nothing runs after a reboot, and the hub says so and starts anew. */
  const reboot = async (): Promise<void> => {
    expect((await ada.known()).server).toBe('/user/ada/')
    await services.machine.reboot()
    for (const unit of ['proxy', 'hub']) expect(await services.property(unit, 'ActiveState')).toBe('active')
    // Known by the cookie of before.
    expect((await ada.browser.get('/hub/home')).status).toBe(200)
    const isResolved = async (): Promise<boolean> => {
      const { server, pending } = await ada.known()
      return server === null && pending === null
    }
    await waitFor(isResolved, { deadlineMs: 60_000, what: 'the end of the server in the database' })
    const again = await ada.spawn()
    expect(await ownerOf(again)).toBe('ada')
    await stopServer()
    await waitFor(() => isGone(again))
  }
  const stopServer = async (): Promise<void> => {
    await ada.browser.get('/hub/home')
    expect((await ada.browser.api('DELETE', '/hub/api/users/ada/server')).status).toBeLessThan(300)
  }

  beforeAll(async () => {
    services = await installServices()
    // Both say themselves when they are ready; systemctl waits for that.
    await services.run('systemctl', 'enable', '--now', 'proxy', 'hub')
  }, 180_000)
  afterAll(async () => {
    await ada?.[Symbol.asyncDispose]()
    await services?.[Symbol.asyncDispose]()
  })

  test('are ready when systemd says so, the proxy without rights', async () => {
    for (const unit of ['proxy', 'hub']) expect(await services.property(unit, 'ActiveState')).toBe('active')
    expect((await new Browser(services.origin).get('/hub/login')).status).toBe(200)
    const status = await services.run('cat', `/proc/${await pidOf('proxy')}/status`)
    expect(status).toMatch(/NoNewPrivs:\s+1/)
    expect(status).not.toMatch(/Uid:\s+0/)
  })

  test('let an account of the machine in by its password, whose server runs as it and survives them', async () => {
    await using stranger = new Browser(services.origin)
    expect((await stranger.login('ada', 'wrong')).status).toBe(403)
    ada = await logIn(services.origin)
    const pid = await ada.spawn()
    expect(await ownerOf(pid)).toBe('ada')

    await restart('hub')
    expect(await ada.server()).toBe(pid)
    await restart('proxy')
    expect(await ada.server()).toBe(pid)
    const before = await Promise.all(['hub', 'proxy'].map(pidOf))
    await services.run('systemctl', 'kill', '--signal=SIGKILL', '--kill-who=main', 'hub', 'proxy')
    await Promise.all(['hub', 'proxy'].map((unit, index) => services.restarted(unit, before[index] ?? '')))
    expect(await ada.server()).toBe(pid)
  }, 120_000)

  test('are ended and started again by the watchdog when they hang, and the server goes on', async () => {
    const pid = await ada.server()
    for (const unit of ['hub', 'proxy']) {
      await services.write(`/run/systemd/system/${unit}.service.d/watchdog.conf`, '[Service]\nWatchdogSec=4\n')
    }
    await services.run('systemctl', 'daemon-reload')
    await restart('hub', 'proxy')
    const before = await Promise.all(['hub', 'proxy'].map(pidOf))
    await services.run('kill', '-STOP', ...before)
    await Promise.all(['hub', 'proxy'].map((unit, index) => services.restarted(unit, before[index] ?? '')))
    const journal = await services.run('journalctl', '--no-pager', '--output=cat', '--grep=Watchdog timeout')
    for (const unit of ['hub', 'proxy']) expect(journal).toContain(`${unit}.service: Watchdog timeout`)
    expect(await ada.server()).toBe(pid)
    await services.run('rm', '-r', '/run/systemd/system/hub.service.d', '/run/systemd/system/proxy.service.d')
    await services.run('systemctl', 'daemon-reload')
  }, 120_000)

  test('are up again after a reboot, which no server survives', () => reboot(), 120_000)

  test('find a server that is a unit of its own again, until the reboot', async () => {
    await services.configure("c.JupyterHub.spawner_class = 'systemd'")
    await restart('hub')
    const pid = await ada.spawn()
    expect(await services.property('jupyter-ada-singleuser', 'MainPID')).toBe(String(pid))
    expect(await ownerOf(pid)).toBe('ada')
    await restart('hub')
    expect(await ada.server()).toBe(pid)
    await reboot()
  }, 120_000)

  test('have a server started by the helper, for a hub without rights, and neither needs the other to go on', async () => {
    for (const dropIn of ['helper.conf', 'pam-without-root.conf'])
      await services.write(`${unitFolder}/hub.service.d/${dropIn}`, await example(`systemd/drop-ins/${dropIn}`))
    await installHelper(services)
    await services.configure(
      "c.JupyterHub.spawner_class = 'sudo-helper'",
      "c.SudoHelperSpawner.helper_token = 'change-this-token'",
    )
    await services.run('systemctl', 'enable', '--now', 'sudospawner-helper')
    await restart('hub')
    expect(await ownerOf(Number(await pidOf('hub')))).toBe('jupyterhub')
    // By PAM, which a hub of this account may ask about others because of the drop-in.
    await ada[Symbol.asyncDispose]()
    ada = await logIn(services.origin)
    const pid = await ada.spawn()
    expect(await ownerOf(pid)).toBe('ada')
    // In a cgroup of its own, below that of the helper.
    expect(await services.run('cat', `/proc/${pid}/cgroup`)).toMatch(/^0::.*\/sudospawner-helper\.service\/server-/m)

    await restart('sudospawner-helper', 'hub')
    expect(await ada.server()).toBe(pid)
    const before = await pidOf('sudospawner-helper')
    await services.run('systemctl', 'kill', '--signal=SIGKILL', '--kill-who=main', 'sudospawner-helper')
    await services.restarted('sudospawner-helper', before)
    expect(await ada.server()).toBe(pid)
    expect(await ada.known()).toEqual({ server: '/user/ada/', pending: null })
    await reboot()
    expect(await services.property('sudospawner-helper', 'ActiveState')).toBe('active')
  }, 120_000)

  test('end cleanly', async () => {
    await services.run('systemctl', 'stop', 'hub', 'proxy', 'sudospawner-helper')
    for (const unit of units) expect(await services.property(unit, 'Result')).toBe('success')
  })

  test('are units that systemd has nothing to say against, with each drop-in too', async () => {
    const page = await example('systemd/README.md')
    for (const dropIn of dropIns) {
      await services.write(`${unitFolder}/hub.service.d/${dropIn}`, await example(`systemd/drop-ins/${dropIn}`))
      const paths = units.map((unit) => `${unitFolder}/${unit}`)
      const { stdout, stderr } = await services.machine.run(['systemd-analyze', 'verify', ...paths])
      expect(`${stdout}${stderr}`, dropIn).toBe('')
      expect(page).toContain(dropIn)
    }
  })

  test('are as exposed as their page says', async ({ skip }) => {
    const version = (await services.run('systemctl', '--version')).split(' ')[1] ?? ''
    if (!version.startsWith('252')) skip('the page has the numbers of systemd 252; another rates differently')
    const page = await example('systemd/README.md')
    // Those of the tests before would count as well.
    await services.run('rm', '-rf', `${unitFolder}/hub.service.d`)
    const rated: (readonly [unit: string, ...dropIns: string[]])[] = [
      ['proxy.service'],
      ['hub.service'],
      ['hub.service', 'sudo.conf', 'pam-without-root.conf'],
      ['hub.service', 'helper.conf', 'pam-without-root.conf'],
      ['sudospawner-helper.service'],
    ]
    for (const [unit, ...with_] of rated) {
      const folder = `/run/rated/${with_.join('+') || 'alone'}`
      await services.write(`${folder}/${unit}`, await example(`systemd/${unit}`))
      for (const dropIn of with_)
        await services.write(`${folder}/${unit}.d/${dropIn}`, await example(`systemd/drop-ins/${dropIn}`))
      const shown = await services.run('systemd-analyze', 'security', '--offline=yes', `${folder}/${unit}`)
      const score = /Overall exposure level for \S+: ([\d.]+) (\w+)/.exec(shown)
      const names = [unit, ...with_].map((name) => `\`${name}\``).join(', ')
      expect(page).toContain(`| ${names} | ${score?.[1]} ${score?.[2]} |`)
    }
  })
})

/** As the page of the helper's example tells; the server that it starts is the miniature. */
async function installHelper({ run, write }: Services): Promise<void> {
  await run('useradd', '--system', '--home-dir', '/var/lib/sudospawner-helper', 'jupyterhub')
  await run('groupadd', 'jupyterhub-users')
  await run('usermod', '-aG', 'jupyterhub-users', 'ada')
  await run('chown', '-R', 'jupyterhub:', '/srv/jupyterhub', '/var/lib/jupyterhub')
  const mediator = '/opt/hub/packages/sudospawner-helper/dist/sudospawner.cjs'
  await run('install', '-m', '0755', mediator, '/usr/local/bin/sudospawner')
  const server = `#!/bin/sh\nexec ${process.execPath} /opt/hub/packages/testkit/fixtures/fake-server.mjs "$@"\n`
  await write('/usr/local/bin/sudospawner-singleuser', server)
  await run('chmod', '0755', '/usr/local/bin/sudospawner-singleuser')
  await write('/etc/sudoers.d/jupyterhub-sudospawner', await example('sudo-helper/sudoers'))
  await run('chmod', '0440', '/etc/sudoers.d/jupyterhub-sudospawner')
  await run('visudo', '-c')
  const config = await example('sudo-helper/sudospawner_helper_config.yaml')
  await write('/etc/jupyterhub/sudospawner_helper_config.yaml', config)
}

test.skipIf(process.getuid?.() !== 0)('the configuration is one that loads', () => {
  const file = fileURLToPath(new URL('../jupyterhub_config.py', import.meta.url))
  const shown = execFileSync('node', [`${repository}/packages/hub/dist/bin.js`, '-f', file, '--show-config'], {
    encoding: 'utf8',
  })
  expect(shown).toContain('should_start')
})

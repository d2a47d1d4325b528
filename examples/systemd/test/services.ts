import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bootSystemd, Browser, repository, type SystemdMachine, waitFor } from '@hub/testkit'
import { freePorts } from '../../run-example.js'

export const units = ['proxy.service', 'hub.service', 'sudospawner-helper.service']
export const password = 'correct horse'

/** A file of the examples. */
export const example = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')

/** A machine with systemd, on which the example is installed as its page tells. */
export interface Services extends AsyncDisposable {
  readonly machine: SystemdMachine
  readonly origin: string
  /** @throws with the journal when the command fails */
  run(...command: [string, ...string[]]): Promise<string>
  write(path: string, content: string): Promise<void>
  property(unit: string, name: string): Promise<string>
  /** Adds lines to the configuration of the hub as it stands in the example. */
  configure(...lines: string[]): Promise<void>
  /** Waits until the unit is up with another process than that. */
  restarted(unit: string, before: string): Promise<void>
}

export async function installServices(): Promise<Services> {
  const ports = await freePorts()
  const machine = await bootSystemd()
  const standIn: Readonly<Record<string, number>> = { 8000: ports.public, 8001: ports.proxyApi, 8081: ports.hub }
  /** The files as they stand, on ports that are free here. */
  const onFreePorts = (text: string): string => text.replace(/\b(8000|8001|8081)\b/g, (port) => String(standIn[port]))
  const run: Services['run'] = async (...command) => {
    const { code, stdout, stderr } = await machine.run(command)
    if (code !== 0) {
      const journal = await machine.run(['journalctl', '--no-pager', '-n', '60'])
      throw new Error(`${command.join(' ')} ended with ${code}: ${stdout}${stderr}\n${journal.stdout}`)
    }
    return stdout.trim()
  }
  const services: Services = {
    machine,
    origin: `http://127.0.0.1:${ports.public}`,
    run,
    async write(path, content) {
      await run('sh', '-c', `mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"`, 'sh', path, content)
    },
    property: (unit, name) => run('systemctl', 'show', '--property', name, '--value', unit),
    async configure(...lines) {
      const more = [
        `c.JupyterHub.hub_port = ${ports.hub}`,
        `c.JupyterHub.port = ${ports.public}`,
        `c.Spawner.cmd = ['${process.execPath}', '/opt/hub/packages/testkit/fixtures/fake-server.mjs']`,
        ...lines,
      ]
      const file = onFreePorts(await example('systemd/jupyterhub_config.py'))
      await services.write('/etc/jupyterhub/jupyterhub_config.py', `${file}\n${more.join('\n')}\n`)
    },
    async restarted(unit, before) {
      const isBack = async (): Promise<boolean> => {
        const [now, state] = await Promise.all([
          services.property(unit, 'MainPID'),
          services.property(unit, 'ActiveState'),
        ])
        return state === 'active' && now !== before && now !== '0'
      }
      await waitFor(isBack, { deadlineMs: 60_000, what: `${unit} with another process` })
    },
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
  try {
    // In the table of file systems, so that the checkout is there again after a reboot.
    await services.write('/etc/fstab', `${repository} /opt/hub none bind 0 0\n`)
    await run('sh', '-c', 'mkdir -p /opt/hub /srv/jupyterhub && mount /opt/hub')
    for (const unit of units)
      await services.write(`/etc/systemd/system/${unit}`, onFreePorts(await example(`systemd/${unit}`)))
    await services.write('/etc/jupyterhub/proxy.env', 'CONFIGPROXY_AUTH_TOKEN=a-token-of-this-test\n')
    await services.configure()
    await run('useradd', '--create-home', 'ada')
    await run('sh', '-c', 'printf "ada:%s\n" "$1" | chpasswd', 'sh', password)
    await run('systemctl', 'daemon-reload')
  } catch (error) {
    await machine[Symbol.asyncDispose]()
    throw error
  }
  return services
}

/** The browser of ada, who has logged in. */
export interface Ada extends AsyncDisposable {
  readonly browser: Browser
  /** Starts the server. @returns the pid of its process */
  spawn(): Promise<number>
  /** Waits for an answer of the server. @returns the pid of its process */
  server(): Promise<number>
  /** What the database of the hub has of the server: null, or its path, and what is under way. */
  known(): Promise<{ server: string | null; pending: string | null }>
}

export async function logIn(origin: string): Promise<Ada> {
  const browser = new Browser(origin)
  await browser.login('ada', password)
  const pidOf = async (): Promise<number | undefined> => {
    const answer = await browser.get('/user/ada/api').catch(() => undefined)
    return answer?.status === 200 ? answer.json<{ pid: number }>().pid : undefined
  }
  const ada: Ada = {
    browser,
    async spawn() {
      await browser.get('/hub/spawn')
      return ada.server()
    },
    server: () => waitFor(pidOf, { deadlineMs: 60_000, what: 'an answer of the server of ada' }),
    async known() {
      const user = await browser.api('GET', '/hub/api/users/ada')
      const { server, pending } = user.json<{ server: string | null; pending: string | null }>()
      return { server, pending }
    },
    [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
  }
  return ada
}

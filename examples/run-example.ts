import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  Browser,
  type Child,
  type Command,
  fixture,
  freePort,
  hubCommand,
  killMarked,
  MARK,
  proxyCommand,
  startChild,
  tempDir,
  waitFor,
} from '@hub/testkit'

export interface RunningExample extends AsyncDisposable {
  readonly origin: string
  readonly ports: Ports
  child(): Child
  browser(): Browser
  /** Starts the hub, again after it has ended, and waits for its login page. */
  start(): Promise<void>
}

export interface Ports {
  readonly public: number
  readonly hub: number
  readonly proxyApi: number
}

export interface ExampleOptions {
  /** The example's configuration file, absolute. */
  readonly configFile: string
  readonly env?: Readonly<Record<string, string>>
  readonly ports?: Ports
  /** Instead of the miniature of a single-user server. */
  readonly serverCommand?: readonly string[]
  /** More of the command line. */
  readonly args?: readonly string[]
  /** Makes the command one that runs elsewhere or as somebody else. */
  readonly inside?: (command: Command) => Command
  /** Where it is started, instead of in an empty folder. */
  readonly dir?: string
  /** Told of the mark of all processes of this example before the first of them starts. */
  readonly mark?: string
}

/**
 * Starts `jupyterhub -f <the example's file>` in an empty folder, with free ports and a miniature of a single-user server.
 * The command line has precedence over the file, so the file itself stays as readers find it.
 */
export async function runExample({ configFile, env = {}, ...given }: ExampleOptions): Promise<RunningExample> {
  const dir = await tempDir('example-')
  const mark = given.mark ?? randomUUID()
  const ports = given.ports ?? (await freePorts())
  const origin = `http://127.0.0.1:${ports.public}`
  const inside = given.inside ?? ((command: Command) => command)
  // Once more in the command: not everything that runs one elsewhere hands the environment on.
  const hub = inside(['env', `${MARK}=${mark}`, ...hubCommand()])
  let child: Child | undefined
  const current = (): Child => {
    if (child === undefined) throw new Error('the example was never started')
    return child
  }
  const example: RunningExample = {
    origin,
    ports,
    child: current,
    browser: () => new Browser(origin),
    async start() {
      child = startChild({
        command: [
          ...hub,
          ...['-f', configFile, `--url=${origin}/`, `--JupyterHub.hub_port=${ports.hub}`],
          ...[`--ConfigurableHTTPProxy.api_url=http://127.0.0.1:${ports.proxyApi}`],
          ...proxyCommand().map((word) => `--ConfigurableHTTPProxy.command=${word}`),
          ...(given.serverCommand ?? [process.execPath, fixture('fake-server.mjs')]).map(
            (word) => `--Spawner.cmd=${word}`,
          ),
          `--Spawner.environment=${MARK}=${mark}`,
          ...(given.args ?? []),
          `--SimpleLocalProcessSpawner.home_dir_template=${join(dir.path, 'home', '{username}')}`,
        ],
        cwd: given.dir ?? dir.path,
        env: { CONFIGPROXY_AUTH_TOKEN: undefined, JPY_COOKIE_SECRET: undefined, ...env, [MARK]: mark },
      })
      await untilUp(origin, child)
    },
    async [Symbol.asyncDispose]() {
      await killMarked(mark)
      await child?.exited
      await dir[Symbol.asyncDispose]()
    },
  }
  try {
    await example.start()
  } catch (error) {
    await example[Symbol.asyncDispose]()
    throw error
  }
  return example
}

/** Three ports of this machine that nobody listens on. */
export async function freePorts(): Promise<Ports> {
  return { public: await freePort(), hub: await freePort(), proxyApi: await freePort() }
}

async function untilUp(origin: string, child: Child): Promise<void> {
  await using browser = new Browser(origin)
  const up = async (): Promise<boolean> => child.hasExited() || (await browser.get('/hub/login')).status === 200
  await waitFor(up, { deadlineMs: 30_000, what: 'the login page' })
  if (child.hasExited()) throw new Error(`the hub ended:\n${child.log()}`)
}

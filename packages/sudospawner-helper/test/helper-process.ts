import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HelperApiClient } from '@hub/api/helper-client'
import { type Child, type Command, helperCommand, killMarked, MARK, startChild, waitFor } from '@hub/testkit'
import { hashToken } from '../src/tokens.js'
import type { SudoHost } from './sudo-host.js'

export interface HelperOptions {
  readonly settings?: Readonly<Record<string, unknown>>
  readonly name?: string
  /** Put before the command, such as to run it in a network namespace. */
  readonly inside?: (command: Command) => Command
  /** Instead of the socket. */
  readonly url?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A helper as a process of the host's account for hubs; it and its servers end with the test. */
export interface HelperProcess extends AsyncDisposable {
  readonly url: string
  readonly client: HelperApiClient
  readonly otherHub: HelperApiClient
  readonly stateDir: string
  readonly mark: string
  child(): Child
  start(): Promise<void>
  /** `kill -9`. */
  crash(): Promise<void>
  clientWith(token: string): HelperApiClient
}

export const TOKEN = 'token-of-the-hub-that-tests-use'
const OTHER_TOKEN = 'token-of-another-hub-altogether'

export async function startHelper(host: SudoHost, options: HelperOptions = {}): Promise<HelperProcess> {
  const name = options.name ?? 'helper'
  const stateDir = await host.folder(name)
  const socket = join(stateDir, 'helper.sock')
  const url = options.url ?? `http+unix://${encodeURIComponent(socket)}`
  const mark = randomUUID()
  const config = {
    SudoSpawnerHelper: {
      socket,
      state_dir: join(stateDir, 'state'),
      tokens: { hub: hashToken(TOKEN), other: hashToken(OTHER_TOKEN) },
      commands: { default: host.mediator },
      allowed_groups: [host.group],
      cgroup: 'none',
      ...options.settings,
    },
  }
  const file = join(stateDir, 'sudospawner_helper_config.json')
  await writeFile(file, JSON.stringify(config))
  const children: Child[] = []
  const clients: HelperApiClient[] = []
  const clientWith = (token: string): HelperApiClient => {
    const client = new HelperApiClient({ url, token, deadlineMs: 60_000 })
    clients.push(client)
    return client
  }
  const client = clientWith(TOKEN)
  const helper: HelperProcess = {
    ...{ url, client, stateDir, mark, clientWith },
    otherHub: clientWith(OTHER_TOKEN),
    child: () => children.at(-1) as Child,
    async start() {
      const command: Command = [...helperCommand(), '--config', file]
      const inside = options.inside ?? ((each: Command) => each)
      const child = startChild({
        command: inside(host.asHub(command)),
        cwd: stateDir,
        env: { ...options.env, [MARK]: mark },
      })
      children.push(child)
      await child.waitForLog(/listening/, 60_000)
    },
    async crash() {
      await helper.child().stop('SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      const running = await client.servers().catch(() => [])
      await Promise.all(
        running.map(({ id }) => client.stop(id, [{ signal: 'SIGKILL', seconds: 5 }]).catch(() => undefined)),
      )
      await Promise.all(clients.map((each) => each.close()))
      await Promise.all(children.map((each) => each[Symbol.asyncDispose]()))
      await killMarked(mark)
    },
  }
  try {
    await helper.start()
  } catch (error) {
    await helper[Symbol.asyncDispose]()
    throw error
  }
  return helper
}

/** Reserves and starts the miniature server of the test kit, and waits for its answer. */
export async function startServer(
  helper: HelperProcess,
  user: string,
  environment: Readonly<Record<string, string>> = {},
  client = helper.client,
): Promise<{ readonly id: string; readonly pid: number; readonly port: number }> {
  const { server } = await client.reserve({ user })
  const started = await client.start(server.id, {
    args: [],
    environment: serverEnvironment(helper, server.port, environment),
  })
  await waitFor(async () => (await fetchText(server.port)) !== undefined, {
    deadlineMs: 30_000,
    what: 'an answer of the server',
  })
  return { id: server.id, pid: started.pid ?? 0, port: server.port }
}

export const serverEnvironment = (
  helper: HelperProcess,
  port: number,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${port}/`,
  [MARK]: helper.mark,
  ...more,
})

export async function fetchText(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}/environment`, { signal: AbortSignal.timeout(5_000) }).then(
    (answer) => answer.text(),
    () => undefined,
  )
}

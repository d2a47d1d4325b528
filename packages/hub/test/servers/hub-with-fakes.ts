import {
  FakeSpawner,
  FakeWorld,
  type FakeWorldOptions,
  type ProgressEvent,
  type Spawner,
  type SpawnerClass,
  type SpawnerContext,
} from '@hub/spawner'
import { type HubConfig, type Page, startTestHub, type TestHub, testServer, waitFor } from '@hub/testkit'
import { expect } from 'vitest'

/** One server as the REST API shows it: the part that tests look at. */
export interface ServerModel {
  readonly name: string
  readonly display_name: string
  readonly ready: boolean
  readonly pending: string | null
  readonly stopped: boolean
  readonly started: string | null
  readonly user_options: Readonly<Record<string, unknown>>
  readonly url: string
}

/** What becomes of the servers of one user. */
export type Behaviour = FakeWorldOptions & { readonly progress?: readonly ProgressEvent[] }

/** A hub whose servers are fakes, and what tests do with it. */
export interface HubWithFakes extends TestHub {
  readonly testHub: TestHub
  readonly world: FakeWorld
  /** Adds a user, whose servers behave like that. */
  user(name: string, behaviour?: Behaviour): Promise<void>
  /** From now on the user's servers behave like that. */
  behave(name: string, behaviour: Behaviour): void
  /** All of a user's servers, stopped ones too, by name. */
  servers(user: string): Promise<Readonly<Record<string, ServerModel>>>
  /** One server, which must exist. */
  server(user: string, name?: string): Promise<ServerModel>
  start(user: string, name?: string, body?: unknown): Promise<Page>
  /** Asks for a stop; `DELETE`. */
  end(user: string, name?: string, body?: unknown): Promise<Page>
  /** Waits for a server that is neither on its way up nor down. */
  settled(user: string, name?: string): Promise<ServerModel>
  /** Paths that the proxy has routes for, without the hub's own. */
  routes(): Promise<string[]>
  /** What the progress stream says, from the first event to its end. */
  progress(user: string, name?: string): Promise<unknown[]>
}

export interface HubWithFakesOptions {
  readonly config?: HubConfig
  readonly dbUrl?: string
  /** A hub that was stopped: this one goes on with its database and its servers. */
  readonly after?: HubWithFakes
  readonly random?: () => number
}

/** Requests never wait for a start or stop unless the test says so. */
const atOnce = { slow_spawn_timeout: 0, slow_stop_timeout: 0 }

export async function startHubWithFakes(options: HubWithFakesOptions = {}): Promise<HubWithFakes> {
  const { config = {}, dbUrl, after, random } = options
  const host = after === undefined ? await makeHost() : hosts.get(after.world)
  if (host === undefined) throw new Error('the hub before it was not one with fakes')
  const { world, behaviours } = host
  const hub = await startTestHub({
    ...(dbUrl === undefined ? {} : { dbUrl }),
    ...(after === undefined ? {} : { after: after.testHub }),
    ...(random === undefined ? {} : { clock: { now: () => new Date(), random } }),
    config: {
      ...config,
      JupyterHub: { spawner_class: host.spawnerClass, tornado_settings: atOnce, ...config['JupyterHub'] },
    },
  })
  const path = (user: string, name: string): string =>
    `/users/${user}/${name === '' ? 'server' : `servers/${encodeURIComponent(name)}`}`

  const self: HubWithFakes = {
    ...hub,
    testHub: hub,
    world,
    async user(name, behaviour = {}) {
      self.behave(name, behaviour)
      expect((await hub.api('POST', `/users/${name}`)).status).toBe(201)
    },
    behave: (name, behaviour) => void behaviours.set(name, behaviour),
    async servers(user) {
      const page = await hub.api('GET', `/users/${user}?include_stopped_servers`)
      return page.json<{ servers: Record<string, ServerModel> }>().servers
    },
    async server(user, name = '') {
      const model = (await self.servers(user))[name]
      if (model === undefined) throw new Error(`${user} has no server "${name}"`)
      return model
    },
    start: (user, name = '', body) => hub.api('POST', path(user, name), body),
    end: (user, name = '', body) => hub.api('DELETE', path(user, name), body),
    settled: (user, name = '') =>
      waitFor(
        async () => {
          const model = await self.server(user, name)
          return model.pending === null && model
        },
        { what: `a settled server of ${user}` },
      ),
    async routes() {
      const page = await hub.api('GET', '/proxy')
      return Object.keys(page.json<object>()).filter((route) => route !== '/')
    },
    async progress(user, name = '') {
      const page = await hub.api('GET', `${path(user, name)}/progress`)
      expect(page.status, page.text).toBe(200)
      const frames = page.text.split('\n').filter((line) => line.startsWith('data: '))
      return frames.map((line): unknown => JSON.parse(line.slice('data: '.length)))
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      if (after === undefined) await host[Symbol.asyncDispose]()
    },
  }
  return self
}

/** The fake servers, and how they behave by user; outlives a hub. */
interface Host extends AsyncDisposable {
  readonly world: FakeWorld
  readonly spawnerClass: SpawnerClass
  readonly behaviours: Map<string, Behaviour>
}

const hosts = new WeakMap<FakeWorld, Host>()

async function makeHost(): Promise<Host> {
  const answers = await testServer()
  const behaviours = new Map<string, Behaviour>()
  const of = (spawner: Spawner): Behaviour => behaviours.get(spawner.user.name) ?? {}
  const world = new FakeWorld({
    address: (spawner, request) => of(spawner).address?.(spawner, request) ?? answers.url,
    beforeStart: (spawner, request, signal) => of(spawner).beforeStart?.(spawner, request, signal),
    beforeStop: (spawner, signal) => of(spawner).beforeStop?.(spawner, signal),
  })
  class ScriptedSpawner extends FakeSpawner {
    constructor(context: SpawnerContext) {
      super(context, world)
    }

    override async *progress(signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined> {
      const scripted = of(this).progress
      if (scripted === undefined) yield* super.progress(signal)
      else yield* scripted
    }
  }
  const host = {
    world,
    spawnerClass: ScriptedSpawner,
    behaviours,
    [Symbol.asyncDispose]: () => answers[Symbol.asyncDispose](),
  }
  hosts.set(world, host)
  return host
}

/** A promise, and what fulfils it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

import type { Configurable } from '@hub/config'
import type { PollResult, ServerAddress, SpawnerContext, Started, StartRequest } from './contract.js'
import { orAborted } from './or-aborted.js'
import { spawnerConfigurable } from './spawner-config.js'
import { Spawner, type SpawnerClass } from './spawner.js'

type FakeState = { readonly fake_id: number }
type Exited = Extract<PollResult, { status: 'exited' }>

interface FakeServer {
  readonly name: string
  readonly request: StartRequest<FakeState>
  exited: Exited | undefined
  readonly listeners: Set<(result: PollResult) => void>
}

export interface FakeWorldOptions {
  /** Where a started server is said to be; a test that needs an answer there listens itself. */
  readonly address?: (spawner: Spawner, request: StartRequest) => ServerAddress | Promise<ServerAddress>
  /** What a start waits for, or fails with. */
  readonly beforeStart?: (spawner: Spawner, request: StartRequest, signal: AbortSignal) => Promise<void> | void
  readonly beforeStop?: (spawner: Spawner, signal: AbortSignal) => Promise<void> | void
}

/** The "host" that fake servers run on. It outlives spawner objects, as a real one does, and tests look at it. */
export class FakeWorld {
  /** Names of servers in the order they were started, as `user/server`. */
  readonly started: string[] = []
  readonly stopped: string[] = []
  /** Set, it is what every poll throws: the platform cannot be asked. */
  pollError: Error | undefined
  readonly #servers = new Map<number, FakeServer>()

  constructor(readonly options: FakeWorldOptions = {}) {}

  /** Names of the servers that run. */
  get running(): string[] {
    return [...this.#servers.values()].filter(({ exited }) => exited === undefined).map(({ name }) => name)
  }

  /** The last start of a server named `user/server`. */
  requestOf(name: string): StartRequest | undefined {
    return [...this.#servers.values()].findLast((server) => server.name === name)?.request
  }

  /** Lets a server named `user/server` end by itself. */
  exit(name: string, code: number): void {
    for (const [id, server] of this.#servers)
      if (server.name === name && server.exited === undefined) this.end(id, code)
  }

  add(name: string, request: StartRequest<FakeState>): number {
    const id = this.#servers.size + 1
    this.#servers.set(id, { name, request, exited: undefined, listeners: new Set() })
    return id
  }

  find(id: number): FakeServer | undefined {
    return this.#servers.get(id)
  }

  end(id: number, code: number): void {
    const server = this.#servers.get(id)
    if (server === undefined || server.exited !== undefined) return
    const exited: Exited = { status: 'exited', code }
    server.exited = exited
    for (const listener of server.listeners) listener(exited)
  }
}

/** Starts servers that exist only in a {@link FakeWorld}: for tests of what uses spawners. */
export class FakeSpawner extends Spawner<FakeState> {
  static override readonly configurable: Configurable = spawnerConfigurable

  constructor(
    context: SpawnerContext,
    readonly world: FakeWorld,
  ) {
    super(context)
  }

  override async start(request: StartRequest<FakeState>, signal: AbortSignal): Promise<Started<FakeState>> {
    await orAborted(this.world.options.beforeStart?.(this, request, signal), signal)
    const address = (await this.world.options.address?.(this, request)) ?? { host: '127.0.0.1', port: 1 }
    const id = this.world.add(this.#name, request)
    try {
      await request.save({ fake_id: id })
      signal.throwIfAborted()
    } catch (error) {
      this.world.end(id, 1)
      throw error
    }
    this.world.started.push(this.#name)
    return { address, state: { fake_id: id } }
  }

  override async poll(state: FakeState): Promise<PollResult> {
    if (this.world.pollError !== undefined) throw this.world.pollError
    const server = this.world.find(state.fake_id)
    return server === undefined ? { status: 'exited', code: null } : (server.exited ?? { status: 'running' })
  }

  override async stop(state: FakeState, _options: unknown, signal: AbortSignal): Promise<void> {
    const server = this.world.find(state.fake_id)
    if (server === undefined || server.exited !== undefined) return
    await orAborted(this.world.options.beforeStop?.(this, signal), signal)
    this.world.end(state.fake_id, 0)
    this.world.stopped.push(this.#name)
  }

  override onExit(state: FakeState, callback: (result: PollResult) => void): (() => void) | undefined {
    const server = this.world.find(state.fake_id)
    if (server === undefined) return undefined
    if (server.exited !== undefined) {
      callback(server.exited)
      return () => undefined
    }
    server.listeners.add(callback)
    return () => server.listeners.delete(callback)
  }

  get #name(): string {
    return `${this.user.name}/${this.serverName}`
  }
}

/** The class to configure a hub with, whose servers all live in `world`. */
export function fakeSpawnerClass(world: FakeWorld): SpawnerClass {
  return class BoundFakeSpawner extends FakeSpawner {
    constructor(context: SpawnerContext) {
      super(context, world)
    }
  }
}

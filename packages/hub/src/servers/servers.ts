import { type JsonObject, type Log, serverPrefix } from '@hub/api'
import type { Database } from '../database/index.js'
import type { HubError } from '../http/hub-error.js'
import { badRequest, publicError } from '../http/hub-error.js'
import { type LiveServer, LiveServers } from './live-servers.js'
import { type HubUrls, serverRoutespec } from '../hub-urls.js'
import type { OwnerLoader } from './owner-loader.js'
import { ProgressLog } from './progress-log.js'
import type { ServerOwner } from './server-owner.js'
import { isActive, pendingOf } from './server-phase.js'
import * as phases from './server-state-store.js'
import * as serverStore from './server-store.js'
import { spawn } from './spawn.js'
import type { SpawnDeps } from './spawn-order.js'
import { SpawnCancelledError } from './spawn-failure.js'
import { assertMaySpawn, type SpawnLimits } from './spawn-limits.js'
import type { SpawnerFactory } from './spawner-factory.js'
import { stop, type StopDeps } from './stop.js'

type ServerRecord = serverStore.ServerRecord

export interface ServersDeps extends SpawnDeps, StopDeps {
  readonly database: Database
  readonly log: Log
  readonly limits: SpawnLimits
  readonly spawners: SpawnerFactory
  readonly owners: OwnerLoader
  readonly urls: HubUrls
}

export interface StartOptions {
  /** Null: as at the previous start. */
  readonly userOptions: JsonObject | null
  readonly displayName?: string
  readonly actor: string
  readonly query?: Readonly<Record<string, readonly string[]>>
}

/** Who ends a server, and why: kept with it. */
export interface StopReason {
  readonly actor: string
  readonly reason: string
}

/** All servers of all users, as this hub starts, stops and finds them. */
export class Servers {
  readonly live = new LiveServers()

  constructor(private readonly deps: ServersDeps) {}

  /**
   * Begins a start, unless one is under way already.
   *
   * @param record - just read; if it is not stopped any more, the claim of the server tells
   * @returns settles with the start; the caller decides how long to wait for it
   * @throws {@link HubError} 400 when the server runs or is busy otherwise, 429 when too many are starting
   */
  async start(record: ServerRecord, options: StartOptions): Promise<{ readonly done: Promise<void> }> {
    const underWay = this.live.get(record.id)?.work
    if (underWay?.kind === 'starting') return { done: underWay.done }
    await this.#assertStartable(record)
    const owner = await this.deps.owners.load(record.userId)
    // Somebody else may have begun while this one was reading.
    const meanwhile = this.live.get(record.id)?.work
    if (meanwhile?.kind === 'starting') return { done: meanwhile.done }
    if (meanwhile !== undefined) throw this.#busy(record)
    // From here to `work` nothing is awaited: the limit counts what is marked.
    this.#assertRoom(record)
    const live = this.#fresh(record, owner)
    return { done: this.#begin(live, owner, record, options) }
  }

  /**
   * Begins a stop, unless one is under way already; a start under way is cancelled first.
   *
   * @param record - just read; a server that was started anew since is left alone
   * @returns settles when the server is stopped; at once when it is not running
   */
  async stop(record: ServerRecord, order: StopReason): Promise<{ readonly done: Promise<void> }> {
    let current = record
    const live = this.live.get(record.id)
    switch (live?.work?.kind) {
      case 'stopping':
        return { done: live.work.done }
      case 'renaming':
        throw badRequest(`${record.userName}'s server is being renamed; wait until that has ended.`, 'server_busy')
      case 'starting':
        live.work.abort.abort(new SpawnCancelledError())
        return { done: this.#afterCancelled(record.id, live.work.done, order) }
      case 'checking':
        await live.work.done
        current = (await serverStore.findById(this.deps.database.read, record.id)) ?? record
        break
      case undefined:
        break
    }
    if (!isActive(current.life.phase)) return { done: Promise.resolve() }
    return this.#beginStop(current, order, false)
  }

  /** Waits for a server that is being started, stopped or checked. */
  async settled(spawnerId: number): Promise<void> {
    const work = this.live.get(spawnerId)?.work
    if (work !== undefined && 'done' in work) await work.done.catch(() => undefined)
  }

  /** The pending event of a server: what this hub is at, else what the database says. */
  pendingOf(record: ServerRecord): 'spawn' | 'stop' | 'check' | 'rename' | null {
    switch (this.live.get(record.id)?.work?.kind) {
      case 'starting':
        return 'spawn'
      case 'stopping':
        return 'stop'
      case 'checking':
        return 'check'
      case 'renaming':
        return 'rename'
      case undefined:
        return pendingOf(record.life.phase)
    }
  }

  isReady(record: ServerRecord): boolean {
    return record.life.phase === 'ready' && this.pendingOf(record) === null
  }

  /** Polls a server that should be running; one found dead is cleaned up. @returns whether it (still) runs, as far as can be known */
  async stillRuns(record: ServerRecord): Promise<boolean> {
    if (record.life.phase !== 'ready') return isActive(record.life.phase)
    const live = await this.adopt(record)
    const result = await this.deps.watch.pollOnce(live, record.state ?? {}, AbortSignal.timeout(30_000))
    if (result?.status !== 'exited') return true
    await (
      await this.#beginStop(record, { actor: 'hub', reason: 'its process had ended' }, true)
    ).done
    return false
  }

  /** Cleans up after a server whose process has ended by itself. */
  async exited(live: LiveServer, exitCode: number | null): Promise<void> {
    live.isUp = false
    if (live.work !== undefined) return
    const { database, writes } = this.deps
    const record = await writes.run('look up a server that has ended', () =>
      serverStore.findById(database.read, live.spawnerId),
    )
    if (record === undefined || !isActive(record.life.phase)) return
    await (
      await this.#beginStop(record, { actor: 'hub', reason: `exited with ${exitCode ?? 'unknown status'}` }, true)
    ).done
  }

  /** Notes that it cannot be known whether a server runs, or that it can again; it stays routed meanwhile. */
  async uncertain(live: LiveServer, isUncertain: boolean): Promise<void> {
    const record = await serverStore.findById(this.deps.database.read, live.spawnerId)
    if (record === undefined) return
    await this.deps.database.write((tx) =>
      phases.transition(tx, live.spawnerId, {
        from: isUncertain ? ['ready'] : ['unknown'],
        to: isUncertain ? 'unknown' : 'ready',
        generation: record.life.generation,
        at: this.deps.now(),
        actor: 'hub',
        reason: isUncertain ? 'the poll failed' : 'the poll succeeded again',
      }),
    )
  }

  /** Begins the stop of a server that was found after a restart; `exited`: only its traces are left. */
  stopFound(record: ServerRecord, order: StopReason, exited: boolean): Promise<{ readonly done: Promise<void> }> {
    return this.#beginStop(record, order, exited)
  }

  /** The spawner object of a server that is not being started: the one in use, else a new one. */
  async adopt(record: ServerRecord): Promise<LiveServer> {
    const known = this.live.get(record.id)
    if (known !== undefined) return known
    const owner = await this.deps.owners.load(record.userId)
    return this.live.get(record.id) ?? this.#fresh(record, owner)
  }

  /** Stops looking after the servers, which run on: the next hub finds them. */
  letGo(): void {
    for (const live of this.live) live.stopWatching?.()
  }

  /** Forgets the error of a failed start and the object it happened to. */
  forget(spawnerId: number): void {
    this.live.delete(spawnerId)
  }

  async #assertStartable(record: ServerRecord): Promise<void> {
    const live = this.live.get(record.id)
    if (live?.work !== undefined) throw this.#busy(record)
    if (!isActive(record.life.phase)) return
    const current = (await serverStore.findById(this.deps.database.read, record.id)) ?? record
    if (!isActive(current.life.phase)) return
    if (current.life.phase !== 'ready') throw this.#busy(record)
    if (await this.stillRuns(current))
      throw badRequest(`${record.userName}'s server is already running`, 'server_running')
  }

  /** @throws HubError 429 */
  #assertRoom(record: ServerRecord): void {
    const counts = { starting: this.live.countStarting(), active: this.live.countActive() }
    try {
      assertMaySpawn(counts, this.deps.limits, this.deps.random)
    } catch (error) {
      this.#refused(record, publicError(error).reason ?? 'error')
      throw error
    }
  }

  /** Something else than a start is under way. */
  #busy(record: ServerRecord): HubError {
    this.#refused(record, 'already-pending')
    return busy(record)
  }

  #refused(record: ServerRecord, reason: string): void {
    const server = { user: record.userName, server: record.name }
    this.deps.events.emit('spawnFailed', { ...server, seconds: 0, status: 'failure', reason })
  }

  #fresh(record: ServerRecord, owner: ServerOwner): LiveServer {
    this.live.delete(record.id)
    const live: LiveServer = {
      spawnerId: record.id,
      userName: record.userName,
      serverName: record.name,
      spawner: this.deps.spawners.make(record, owner),
      work: undefined,
      waitsFor: undefined,
      isUp: record.life.phase === 'ready',
      lastError: undefined,
      stopWatching: undefined,
    }
    this.live.set(live)
    return live
  }

  #begin(live: LiveServer, owner: ServerOwner, previous: ServerRecord, options: StartOptions): Promise<void> {
    const abort = new AbortController()
    const progress = new ProgressLog()
    progress.add({ progress: 0, message: 'Server requested' })
    const run = async (): Promise<void> => {
      const ended = new AbortController()
      void this.#followSpawner(live, progress, AbortSignal.any([abort.signal, ended.signal]))
      try {
        await spawn({ owner, live, previous, ...options }, abort.signal, this.deps)
        live.isUp = true
        live.lastError = undefined
      } catch (error) {
        live.lastError = error
        throw error
      } finally {
        live.work = undefined
        live.waitsFor = undefined
        ended.abort()
        progress.end()
      }
    }
    // `run` begins in a later tick, so that `work` is set before any of it happens.
    const done = Promise.resolve().then(run)
    done.catch(() => undefined) // whoever waits for it hears of the error; nobody has to
    live.work = { kind: 'starting', progress, done, abort }
    return done
  }

  async #followSpawner(live: LiveServer, progress: ProgressLog, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of live.spawner.progress(signal)) {
        if (signal.aborted) return
        progress.add(event)
      }
    } catch (error) {
      if (!signal.aborted)
        this.deps.log.warn('the progress of a start could not be followed', { user: live.userName, error })
    }
  }

  /** The start gives back what it had taken and ends as cancelled, unless it was ready by then. */
  async #afterCancelled(spawnerId: number, started: Promise<void>, order: StopReason): Promise<void> {
    await started.catch(() => undefined)
    const record = await serverStore.findById(this.deps.database.read, spawnerId)
    if (record !== undefined && isActive(record.life.phase)) await (await this.#beginStop(record, order, false)).done
  }

  async #beginStop(
    record: ServerRecord,
    { actor, reason }: StopReason,
    exited: boolean,
  ): Promise<{ readonly done: Promise<void> }> {
    const live = await this.adopt(record)
    const owner = await this.deps.owners.load(record.userId)
    if (live.work?.kind === 'stopping') return { done: live.work.done }
    const run = async (): Promise<void> => {
      try {
        const isStopped = await stop(
          {
            owner,
            live,
            state: record.state ?? {},
            generation: record.life.generation,
            servicePrefix: serverPrefix(this.deps.urls.baseUrl, record.userName, record.name),
            clientId: record.oauthClientId,
            routespec: serverRoutespec(this.deps.urls, record.userName, record.name),
            actor,
            reason,
            exited,
          },
          this.deps,
        )
        if (!isStopped) return
        live.isUp = false
        this.live.delete(record.id)
      } catch (error) {
        // Its process may live: watched as before, it can be stopped again.
        await this.#markUnknown(record, actor)
        // Before it is watched: one whose process has ended is told so at once, and cleaned up then.
        live.work = undefined
        this.deps.watch.begin(live, record.state ?? {}, true)
        this.#routeAgain(record)
        throw error
      } finally {
        live.work = undefined
      }
    }
    const done = Promise.resolve().then(run)
    done.catch(() => undefined)
    live.work = { kind: 'stopping', done }
    return { done }
  }

  /** Its route went first; who uses the server can go on. */
  #routeAgain({ userName }: ServerRecord): void {
    this.deps.proxy.checkRoutes(AbortSignal.timeout(30_000)).catch((error: unknown) => {
      this.deps.log.error('the route of a server that could not be stopped follows later', { user: userName, error })
    })
  }

  async #markUnknown(record: ServerRecord, actor: string): Promise<void> {
    const { database, writes, now } = this.deps
    const enter = (): Promise<boolean> =>
      database.write((tx) =>
        phases.transition(tx, record.id, {
          from: ['stopping'],
          to: 'unknown',
          generation: record.life.generation,
          at: now(),
          actor,
          reason: 'the stop failed',
        }),
      )
    await writes.run('note that a stop failed', enter).catch((error: unknown) => {
      this.deps.log.error('could not note that a stop failed', { error })
    })
  }
}

const busy = (record: ServerRecord): HubError =>
  badRequest(`${record.userName}'s server is pending; wait until that has ended.`, 'server_busy')

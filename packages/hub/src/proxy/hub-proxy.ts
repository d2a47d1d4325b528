import { setTimeout as delay } from 'node:timers/promises'
import type { Log, RouteEntry } from '@hub/api'
import type { ProxyApiClient } from '@hub/api/proxy-client'
import type { ProxyProbe } from './proxy-probe.js'
import type { ProxyProcess } from './proxy-process.js'
import { type Route, routeChanges, type WantedRoutes } from './route-check.js'

/** Where the proxy's API is, and what it is entered with; what is left out stays as it is. */
export interface ProxyMove {
  readonly apiUrl?: string
  readonly authToken?: string
}

export interface ProxyLine {
  readonly client: ProxyApiClient
  readonly probe: ProxyProbe
}

export interface HubProxyDeps extends ProxyLine {
  /** Makes a connection to a proxy that has moved. */
  readonly reconnect: (move: ProxyMove) => ProxyLine
  /** Present when the hub starts and stops the proxy itself. */
  readonly process: ProxyProcess | undefined
  /** What the table should hold now; read after the table, so that a server leaving meanwhile is not put back. */
  readonly wanted: () => Promise<WantedRoutes>
  readonly log: Log
  /** How often the proxy is looked at, in milliseconds. Its routes are back within about this time of its return. */
  readonly watchEveryMs: number
  readonly observeCheck?: (seconds: number) => void
  readonly observeRead?: (seconds: number) => void
}

/** The proxy as the hub sees it: a table of routes that follows the servers, and perhaps a process to keep running. */
export class HubProxy {
  readonly #stop = new AbortController()
  #watching: Promise<void> = Promise.resolve()
  #check: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #line: ProxyLine

  constructor(private readonly deps: HubProxyDeps) {
    this.#line = deps
  }

  /** Starts the proxy if it is ours to start. @throws when it does not come up, or an external one cannot be reached */
  async start(signal: AbortSignal): Promise<void> {
    await this.deps.process?.start(signal)
  }

  /** Keeps process and routes in order until `stop`; called once the hub itself can be reached. */
  async watch(): Promise<void> {
    await this.checkRoutes(this.#stop.signal)
    this.#watching = this.deps.process === undefined ? this.#watchExternal() : this.#watchProcess(this.deps.process)
  }

  /** Talks to a proxy elsewhere from now on. */
  moveTo(move: ProxyMove): void {
    const before = this.#line
    this.#line = this.deps.reconnect(move)
    before.client.close()
    before.probe.close()
  }

  addRoute(route: Route, signal: AbortSignal): Promise<void> {
    return this.#line.client.addRoute(route.spec, route.target, route.data, signal)
  }

  /** A route that is gone already is fine. */
  async deleteRoute(spec: string, signal: AbortSignal): Promise<void> {
    await this.#line.client.deleteRoute(spec, signal)
  }

  /** All routes that a hub has added, by specification; what somebody else put there is none of our business. */
  async routes(signal: AbortSignal): Promise<ReadonlyMap<string, RouteEntry>> {
    const startedAt = performance.now()
    const all = await this.#line.client.getRoutes(signal)
    this.deps.observeRead?.((performance.now() - startedAt) / 1_000)
    return new Map([...all].filter(([, route]) => route.jupyterhub === true))
  }

  /** Adds what is missing, corrects what has moved, removes what nobody wants; one check at a time. */
  async checkRoutes(signal: AbortSignal): Promise<void> {
    // A check asked for while one runs may have come after it read the servers, so it gets its own afterwards.
    while (this.#check !== undefined) await this.#check.catch(() => undefined)
    this.#check = this.#checkOnce(signal)
    try {
      await this.#check
    } finally {
      this.#check = undefined
    }
  }

  /**
   * May be called again; what the first call says of the proxy holds.
   *
   * @param cleanup - end a proxy that is ours; else it is left running, with its routes
   */
  stop(cleanup: boolean): Promise<void> {
    return (this.#stopping ??= this.#stopOnce(cleanup))
  }

  /**
   * After a start that failed: ends a proxy that this hub has started, so that its address is free for the next try, and
   * leaves one that was there before, for people work through it.
   */
  giveUp(): Promise<void> {
    return this.stop(this.deps.process?.isTakenOver !== true)
  }

  async #stopOnce(cleanup: boolean): Promise<void> {
    this.#stop.abort(new Error('The hub is stopping.'))
    await this.#watching.catch(() => undefined)
    this.#line.probe.close()
    const process = this.deps.process
    if (process === undefined) return
    if (cleanup) await process.stop()
    else process.release()
  }

  async #checkOnce(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    const actual = await this.routes(signal)
    const { add, remove } = routeChanges(await this.deps.wanted(), actual)
    for (const spec of remove) this.deps.log.warn('deleting stale route', { route: spec })
    for (const route of add) this.deps.log.info('adding missing route', { route: route.spec, target: route.target })
    await Promise.all([
      ...add.map((route) => this.addRoute(route, signal)),
      ...remove.map((spec) => this.deleteRoute(spec, signal)),
    ])
    if (add.length > 0) await this.#takeBack(add, signal)
    this.deps.observeCheck?.((performance.now() - startedAt) / 1_000)
  }

  /** A server that stopped, or moved, after it had been read has taken its route away before we added it. */
  async #takeBack(added: readonly Route[], signal: AbortSignal): Promise<void> {
    const present = new Map(added.map((route) => [route.spec, route]))
    const wanted = await this.deps.wanted()
    const { add, remove } = routeChanges(wanted, present)
    await Promise.all([
      ...add.filter(({ spec }) => present.has(spec)).map((route) => this.addRoute(route, signal)),
      ...remove.map((spec) => this.deleteRoute(spec, signal)),
    ])
  }

  async #watchProcess(process: ProxyProcess): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await process.ended(signal)
        this.deps.log.error('the proxy has ended; starting it again')
        await process.start(signal)
        await this.checkRoutes(signal)
        this.deps.log.info('the proxy is back up, with its routes')
      } catch (error) {
        if (signal.aborted) return
        this.deps.log.error('could not bring the proxy back, trying again', { error })
        await delay(this.deps.watchEveryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #watchExternal(): Promise<void> {
    const { signal } = this.#stop
    let reachable = true
    let first = true
    while (!signal.aborted) {
      try {
        const result = await this.#line.probe.probe(signal)
        if (result === 'new' && !first) {
          this.deps.log.warn('the proxy was restarted; checking its routes')
          await this.checkRoutes(signal)
        }
        first = false
        if (!reachable) this.deps.log.info('the proxy is reachable again')
        reachable = true
      } catch (error) {
        if (signal.aborted) return
        if (reachable) this.deps.log.error('the proxy cannot be reached; its routes follow when it is back', { error })
        reachable = false
      }
      await delay(this.deps.watchEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

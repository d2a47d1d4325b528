import { validateHeaderName, validateHeaderValue, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { ConnectionPool } from './connection-pool.js'
import type { ExchangeObserver } from './exchange-observer.js'
import { CustomHeaderError } from './errors.js'
import type { ForwardedMode } from './forwarded-headers.js'
import { isHopByHop } from './hop-by-hop.js'
import { locationRules } from './location.js'
import { requestFraming, requestHead, type RequestHeadOptions } from './request-head.js'
import { StallWatch } from './stall-watch.js'
import type { Target } from './target.js'
import type { TrustedProxies } from './trusted-proxies.js'
import { UpgradeExchange } from './upgrade-exchange.js'
import { WebExchange, type WebExchangeContext } from './web-exchange.js'

export interface ForwarderOptions {
  /** Whether and how the target is told who asked, in `X-Forwarded-*`; false is `keep`. Default `append`. */
  readonly xForward?: boolean | ForwardedMode
  /** Whose `X-Forwarded-*` are believed; those of all others are replaced. Default: everybody's. */
  readonly trustedProxies?: TrustedProxies | undefined
  /** `Host` becomes the target's. Default off. */
  readonly changeOrigin?: boolean
  /** Set on every request. Names that speak of the connection or the length of the body throw {@link CustomHeaderError}. */
  readonly customHeaders?: Readonly<Record<string, string>>
  /** Put the client's `Host` into a `Location` that names the target. Default off. */
  readonly autoRewrite?: boolean
  /** Put this scheme into a `Location` that names the target. */
  readonly protocolRewrite?: string | undefined
  /** Key, certificate, CA and checks for `https:` targets; asked for at each new connection. */
  readonly tls?: () => ConnectionOptions
  /** The target may be silent for this long within a request; 0, the default: for ever. */
  readonly targetIdleMs?: number
  /**
   * A client may neither send anything of its request's body nor take anything of its answer for this long, and a target
   * take nothing of an upload; 0: for ever. Default 300 s.
   */
  readonly stallMs?: number
  /** Default 60 s. */
  readonly connectTimeoutMs?: number
  /** Idle connections to a target are closed after this. Default 20 s. */
  readonly idleMs?: number
  /** Default 256. */
  readonly maxIdlePerTarget?: number
}

/**
 * Forwards requests and WebSockets to targets. Which target, and what the client is told when there is none or it
 * fails, is the business of the caller.
 */
export class Forwarder {
  private readonly pool: ConnectionPool
  private readonly head: RequestHeadOptions
  private readonly context: WebExchangeContext

  constructor(options: ForwarderOptions = {}) {
    this.pool = new ConnectionPool({
      tls: options.tls ?? (() => ({})),
      connectTimeoutMs: options.connectTimeoutMs ?? 60_000,
      idleMs: options.idleMs ?? 20_000,
      maxIdlePerTarget: options.maxIdlePerTarget ?? 256,
    })
    this.head = {
      forwarded: { mode: modeOf(options.xForward), trusted: options.trustedProxies },
      changeOrigin: options.changeOrigin ?? false,
      customHeaders: checkedHeaders(options.customHeaders ?? {}),
    }
    this.context = {
      pool: this.pool,
      watch: new StallWatch(options.stallMs ?? 300_000),
      location: locationRules(options.autoRewrite ?? false, options.protocolRewrite),
      targetIdleMs: options.targetIdleMs ?? 0,
    }
  }

  /** Connections to targets: all, and those of them that wait for a request. */
  get connections(): { readonly open: number; readonly idle: number } {
    return { open: this.pool.openCount, idle: this.pool.idleCount }
  }

  /**
   * Sends the request to the target and its answer to the client.
   *
   * @param url - path and query for the target, see `joinTargetUrl`; refuse a request that has a `requestDefect` before
   */
  web(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    url: string,
    observer: ExchangeObserver,
  ): void {
    const framing = requestFraming(request)
    const text = requestHead(request, url, target, framing, this.head)
    new WebExchange(this.context, request, response, target, observer, framing, text).start()
  }

  /**
   * Passes a WebSocket handshake on and, once the target agrees, all bytes both ways. A refusal of the target is
   * passed on and the connection closed.
   */
  upgrade(
    request: IncomingMessage,
    client: Socket,
    early: Buffer,
    target: Target,
    url: string,
    observer: ExchangeObserver,
  ): void {
    const text = requestHead(request, url, target, { kind: 'none' }, this.head, true)
    new UpgradeExchange(this.context, request, client, early, target, observer).start(text, this.context.targetIdleMs)
  }

  /** Drops idle connections, so that keys and certificates read anew are used from now on. */
  closeIdle(): void {
    this.pool.closeIdle()
  }

  /** Drops all connections to targets; what is under way is cut. */
  close(): void {
    this.pool.close()
  }
}

function modeOf(xForward: boolean | ForwardedMode | undefined): ForwardedMode {
  if (typeof xForward === 'string') return xForward
  return xForward === false ? 'keep' : 'append'
}

function checkedHeaders(headers: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const checked = new Map<string, string>()
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase()
    if (isHopByHop(name) || name === 'content-length') {
      throw new CustomHeaderError(given, 'it tells how the connection is used, which is the business of the proxy')
    }
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch {
      throw new CustomHeaderError(given, 'its name or value has characters that no header may have')
    }
    checked.set(name, value)
  }
  return checked
}

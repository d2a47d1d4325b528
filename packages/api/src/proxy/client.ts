import type { JsonObject } from '../json.js'
import { ApiConnection, type ApiReply } from './api-connection.js'
import type { ProxyApiClientOptions } from './client-options.js'
import { routeEntry, proxyRoutesPath, routeTable, type RouteEntry } from './contract.js'
import { ProxyAnswerError, ProxyTokenError, ProxyUnreachableError } from './errors.js'
import { routespecFromKey, routespecToApiPath, type Routespec } from './routespec.js'

/**
 * Client of the REST API of configurable-http-proxy (ours or upstream's). Connection errors and answers of 500 and more
 * are tried again until the deadline; 4xx fail at once. Keep one per proxy, close it at the end.
 *
 * All methods throw {@link ProxyUnreachableError}, {@link ProxyTokenError} or {@link ProxyAnswerError}, and the reason
 * of `signal` when that is aborted.
 */
export class ProxyApiClient {
  private readonly connection: ApiConnection
  private readonly basePath: string

  constructor(private readonly options: ProxyApiClientOptions) {
    this.connection = new ApiConnection(options)
    this.basePath = `${this.connection.basePath}${proxyRoutesPath}`
  }

  /** The whole table by routespec: percent-encoded, with a slash at the end, as they are added. */
  async getRoutes(signal?: AbortSignal): Promise<Map<Routespec, RouteEntry>> {
    const reply = await this.call('GET', '', undefined, signal)
    const table = this.parse('GET routes', reply, routeTable)
    return new Map(Object.entries(table).map(([key, route]) => [this.toSpec(key), route]))
  }

  /** One route, or undefined when there is none of exactly this spec. */
  async getRoute(spec: Routespec, signal?: AbortSignal): Promise<RouteEntry | undefined> {
    // The root route cannot be asked for alone: its path is that of the table.
    if (routespecToApiPath(spec) === '/') return (await this.getRoutes(signal)).get('/')
    const reply = await this.call('GET', routespecToApiPath(spec), undefined, signal, [404])
    return reply.status === 404 ? undefined : this.parse(`GET ${spec}`, reply, routeEntry)
  }

  /** Adds the route or replaces it as a whole. `data` is listed with it; mark your own with `jupyterhub: true`. */
  async addRoute(spec: Routespec, target: string, data: JsonObject = {}, signal?: AbortSignal): Promise<void> {
    await this.call('POST', routespecToApiPath(spec), JSON.stringify({ ...data, target }), signal)
  }

  /** @returns false when there was no such route */
  async deleteRoute(spec: Routespec, signal?: AbortSignal): Promise<boolean> {
    const reply = await this.call('DELETE', routespecToApiPath(spec), undefined, signal, [404])
    return reply.status !== 404
  }

  /** Drops the kept connections; calls under way fail. */
  close(): void {
    this.connection.close()
  }

  private toSpec(key: string): Routespec {
    return routespecFromKey(key, this.options.hostRouting)
  }

  private async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
    alsoFine: readonly number[] = [],
  ): Promise<ApiReply> {
    const what = `${method} ${path || 'routes'}`
    const reply = await this.connection.request(method, this.basePath + path, body, signal).catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason
      throw new ProxyUnreachableError(what, this.options.apiUrl, error)
    })
    if (reply.status === 403) throw new ProxyTokenError(this.options.apiUrl)
    if (reply.status < 300 || alsoFine.includes(reply.status)) return reply
    throw new ProxyAnswerError(what, reply.status, reply.body.slice(0, 200))
  }

  private parse<T>(what: string, reply: ApiReply, schema: { parse(value: unknown): T }): T {
    try {
      return schema.parse(JSON.parse(reply.body))
    } catch {
      throw new ProxyAnswerError(what, reply.status, 'not the JSON that was expected; is this the proxy’s API?')
    }
  }
}

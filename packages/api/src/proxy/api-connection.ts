import * as http from 'node:http'
import * as https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProxyApiClientOptions } from './client-options.js'

export interface ApiReply {
  readonly status: number
  readonly body: string
}

/** More than ten thousand routes fit; a runaway answer does not. */
const maxReplyBytes = 256 * 1024 * 1024
const longestRetryMs = 5_000

/** Keep-alive connections to one API, with a limit on how many requests are out at once. */
export class ApiConnection {
  /** Path of the API's URL without a slash at its end. */
  readonly basePath: string
  private readonly agent: http.Agent
  private readonly target: http.RequestOptions
  private readonly send: typeof http.request
  private readonly waiting: (() => void)[] = []
  private free: number
  private readonly deadlineMs: number
  private readonly firstRetryMs: number
  private readonly headers: Record<string, string>

  constructor(options: ProxyApiClientOptions) {
    this.free = options.concurrency ?? 10
    this.deadlineMs = options.deadlineMs ?? 30_000
    this.firstRetryMs = options.firstRetryMs ?? 100
    this.headers = { authorization: `token ${options.authToken}` }
    const agentOptions = { keepAlive: true, maxSockets: this.free }
    const unix = /^(?:http\+unix|unix\+http):\/\/([^/]+)(\/[^?#]*)?/.exec(options.apiUrl)
    if (unix?.[1] !== undefined) {
      this.basePath = (unix[2] ?? '').replace(/\/+$/, '')
      this.target = { socketPath: decodeURIComponent(unix[1]) }
      this.headers['host'] = 'localhost'
      this.agent = new http.Agent(agentOptions)
      this.send = http.request
      return
    }
    const url = new URL(options.apiUrl)
    const secure = url.protocol === 'https:'
    this.basePath = url.pathname.replace(/\/+$/, '')
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    this.target = { hostname, port: url.port || (secure ? 443 : 80) }
    this.agent = secure ? new https.Agent({ ...agentOptions, ...options.tls }) : new http.Agent(agentOptions)
    this.send = secure ? https.request : http.request
  }

  /** Tries again after connection errors and answers of 500 and more, until the deadline. Rejects with the last error. */
  async request(method: string, path: string, body: string | undefined, signal?: AbortSignal): Promise<ApiReply> {
    signal?.throwIfAborted()
    await this.turn(signal)
    try {
      return await this.untilDeadline(method, path, body, signal)
    } finally {
      this.free++
      this.waiting.shift()?.()
    }
  }

  close(): void {
    this.agent.destroy()
  }

  private async untilDeadline(method: string, path: string, body?: string, signal?: AbortSignal): Promise<ApiReply> {
    const deadline = AbortSignal.timeout(this.deadlineMs)
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
    let lastError: unknown
    let lastReply: ApiReply | undefined
    for (let waitMs = this.firstRetryMs; !stop.aborted; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
      try {
        lastReply = await this.once(method, path, body, stop)
        if (lastReply.status < 500) return lastReply
      } catch (error) {
        lastError = stop.aborted ? (lastError ?? error) : error
      }
      await sleep(waitMs, undefined, { signal: stop }).catch(() => {})
    }
    if (lastReply && !signal?.aborted) return lastReply
    throw lastError ?? stop.reason
  }

  private once(method: string, path: string, body: string | undefined, signal: AbortSignal): Promise<ApiReply> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const headers = { ...this.headers, ...length }
      const request = this.send({ ...this.target, method, path, headers, agent: this.agent, signal }, (reply) => {
        const chunks: Buffer[] = []
        let bytes = 0
        reply.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > maxReplyBytes) reply.destroy(new Error('the answer is too long'))
          else chunks.push(chunk)
        })
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
        reply.on('error', reject)
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  private async turn(signal?: AbortSignal): Promise<void> {
    if (this.free > 0) {
      this.free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(go), 1)
        reject(signal?.reason as Error) // whatever the owner of the signal wants to be thrown
      }
      const go = (): void => {
        signal?.removeEventListener('abort', leave)
        this.free--
        resolve()
      }
      this.waiting.push(go)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}

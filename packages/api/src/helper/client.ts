import type { SecureContextOptions } from 'node:tls'
import type { z } from 'zod'
import { HubConnection } from '../hub/client-connection.js'
import { HubAnswerError, HubUnreachableError } from '../hub/client-errors.js'
import { HelperAnswerError, HelperUnreachableError } from './client-errors.js'
import {
  followHelperExits,
  followHelperLog,
  forgetHelperServer,
  getHelperHost,
  getHelperLog,
  getHelperResources,
  getHelperServer,
  type HelperSignal,
  listHelperServers,
  reserveHelperServer,
  signalHelperServer,
  startHelperServer,
  stopHelperServer,
} from './endpoints.js'
import type { HelperAccount, HelperHost, HelperResources, HelperServer } from './models.js'

export interface HelperApiClientOptions {
  /** `https://node7:8765`, `http+unix://%2Frun%2Fsudospawner-helper.sock`; the API is below `/api` there. */
  readonly url: string
  readonly token: string
  /** How long one call may take. Default 30 s; a stop takes as long as its steps besides. */
  readonly deadlineMs?: number
  /** Key, certificate and CA for `https:`. */
  readonly tls?: SecureContextOptions
}

interface Signal {
  readonly signal?: AbortSignal | undefined
}

export interface StopStep {
  readonly signal: HelperSignal
  readonly seconds: number
}

const defaultDeadlineMs = 30_000

/**
 * Typed client of the API of a sudospawner-helper. Keep one per helper, close it at the end.
 *
 * Every method throws {@link HelperUnreachableError}, {@link HelperAnswerError}, or the reason of its signal when that is aborted.
 */
export class HelperApiClient {
  readonly #helper: HubConnection

  constructor(readonly options: HelperApiClientOptions) {
    const { url, ...connection } = options
    this.#helper = new HubConnection({ ...connection, apiUrl: `${url.replace(/\/+$/, '')}/api` })
  }

  host(options: Signal = {}): Promise<HelperHost> {
    return this.#told(async () => (await this.#helper.call(getHelperHost, options)).body)
  }

  servers(options: Signal = {}): Promise<HelperServer[]> {
    return this.#told(async () => (await this.#helper.call(listHelperServers, options)).body)
  }

  reserve(
    body: z.input<(typeof reserveHelperServer)['body']>,
    options: Signal = {},
  ): Promise<{ readonly server: HelperServer; readonly account: HelperAccount }> {
    return this.#told(async () => (await this.#helper.call(reserveHelperServer, { body, ...options })).body)
  }

  start(id: string, body: z.input<(typeof startHelperServer)['body']>, options: Signal = {}): Promise<HelperServer> {
    return this.#told(
      async () => (await this.#helper.call(startHelperServer, { params: { id }, body, ...options })).body,
    )
  }

  /** @returns undefined when the helper knows no such server */
  server(id: string, options: Signal = {}): Promise<HelperServer | undefined> {
    return this.#told(
      async () => (await this.#helper.call(getHelperServer, { params: { id }, ...options })).body,
    ).catch((error: unknown) => {
      if (error instanceof HelperAnswerError && error.answerStatus === 404) return undefined
      throw error
    })
  }

  resources(id: string, options: Signal = {}): Promise<HelperResources> {
    return this.#told(async () => (await this.#helper.call(getHelperResources, { params: { id }, ...options })).body)
  }

  log(id: string, lines: number, options: Signal = {}): Promise<string[]> {
    return this.#told(
      async () => (await this.#helper.call(getHelperLog, { params: { id }, query: { lines }, ...options })).body.lines,
    )
  }

  /** Lines of the log as they are written; ends with the server. */
  async *followLog(id: string, lines: number, options: Signal = {}): AsyncGenerator<string, void> {
    const events = this.#events(this.#helper.stream(followHelperLog, { params: { id }, query: { lines }, ...options }))
    for await (const data of events) yield String(JSON.parse(data))
  }

  async signal(id: string, signal: HelperSignal, options: Signal = {}): Promise<boolean> {
    return this.#told(
      async () =>
        (await this.#helper.call(signalHelperServer, { params: { id }, body: { signal }, ...options })).body.alive,
    )
  }

  /** Returns when the server and all its processes are gone. */
  async stop(id: string, steps: readonly StopStep[], options: Signal = {}): Promise<void> {
    const deadlineMs =
      (this.options.deadlineMs ?? defaultDeadlineMs) + 1000 * steps.reduce((sum, { seconds }) => sum + seconds, 0)
    const call = { params: { id }, body: { steps: [...steps] }, deadlineMs, ...options }
    await this.#told(() => this.#helper.call(stopHelperServer, call))
  }

  async forget(id: string, options: Signal = {}): Promise<void> {
    await this.#told(() => this.#helper.call(forgetHelperServer, { params: { id }, ...options }))
  }

  /** Ids of servers that end, from now on. `onOpen` is called when the helper listens: what ended before is not told. */
  async *exits(options: Signal & { readonly onOpen?: () => void } = {}): AsyncGenerator<string, void> {
    const { onOpen, signal } = options
    for await (const data of this.#events(this.#helper.stream(followHelperExits, { signal }))) {
      const { id } = JSON.parse(data) as { readonly id?: unknown }
      // The first event says that the stream is open.
      if (typeof id === 'string') yield id
      else onOpen?.()
    }
  }

  close(): Promise<void> {
    return this.#helper.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async *#events(events: AsyncGenerator<string, void>): AsyncGenerator<string, void> {
    try {
      yield* events
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async #told<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): unknown {
    if (error instanceof HubUnreachableError) return new HelperUnreachableError(this.options.url, error.cause)
    if (error instanceof HubAnswerError)
      return new HelperAnswerError(this.options.url, error.answerStatus, error.detail)
    return error
  }
}

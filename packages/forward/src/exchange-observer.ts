import type { ForwardError } from './errors.js'

/**
 * Is told what becomes of one request or WebSocket. Every exchange ends with exactly one of `finished`, `failed` and
 * `cut`.
 */
export interface ExchangeObserver {
  /** Bytes of a request body have come, or any bytes from the client of a WebSocket. */
  clientActive(): void
  /** The target has answered with this status; 101 for a WebSocket that is open now. */
  answered(status: number): void
  /**
   * May change the headers of an answer before they are passed on: name, value, name, value…, names in lower case. Not
   * those of a WebSocket that is opened.
   */
  rewriteHeaders?(status: number, headers: string[]): string[]
  /** The answer was passed on to its end; for a WebSocket: it was closed. */
  finished(status: number): void
  /** The target failed before it answered. Nothing was sent to the client: answer it. */
  failed(error: ForwardError): void
  /** One side went away in the middle; both are closed. */
  cut(by: 'client' | 'target', error: Error | undefined): void
}

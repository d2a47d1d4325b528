import { STATUS_CODES } from 'node:http'
import { CodedError } from '@hub/api'
import { DatabaseError } from '../database/errors.js'

export interface HubErrorDetails {
  /** Extra response headers, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>
  /** Trusted HTML shown on pages instead of the message; comes from plug-ins only. */
  readonly messageHtml?: string
  /** HTTP reason phrase and metric label, where it differs from the standard one. */
  readonly reason?: string
  readonly cause?: unknown
}

/** An error of the hub that whoever made the request may read. */
export class HubError extends CodedError {
  override readonly name: string = 'HubError'
  readonly headers: Readonly<Record<string, string>>
  readonly messageHtml: string | undefined
  readonly reason: string | undefined

  constructor(code: string, status: number, message?: string, details: HubErrorDetails = {}) {
    super(
      code,
      status,
      message ?? STATUS_CODES[status] ?? 'Error',
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.headers = details.headers ?? {}
    this.messageHtml = details.messageHtml
    this.reason = details.reason
  }
}

export const badRequest = (message: string, code = 'bad_request'): HubError => new HubError(code, 400, message)
export const forbidden = (message: string, code = 'forbidden'): HubError => new HubError(code, 403, message)
export const notFound = (message?: string, code = 'not_found'): HubError => new HubError(code, 404, message)
export const conflict = (message: string, code = 'conflict'): HubError => new HubError(code, 409, message)
export const methodNotAllowed = (message?: string): HubError => new HubError('method_not_allowed', 405, message)

/** What a client is told of an error: plug-ins' HTTP-like errors pass, everything else is a bare 500. */
export interface PublicError {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly messageHtml?: string
  readonly reason?: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Reads what may be told to the client out of anything that was thrown.
 * Errors of plug-ins may carry `status`/`statusCode`, `jupyterhub_message`, `jupyterhub_html_message` and `headers`.
 */
export function publicError(error: unknown): PublicError {
  const status = statusOf(error)
  const html = stringField(error, 'messageHtml') ?? stringField(error, 'jupyterhub_html_message')
  const reason = stringField(error, 'reason')
  return {
    status,
    code: error instanceof CodedError ? error.code : status < 500 ? 'request_refused' : 'internal_error',
    message: stringField(error, 'jupyterhub_message') ?? messageOf(error, status),
    headers: headersOf(error),
    ...(html === undefined ? {} : { messageHtml: html }),
    ...(reason === undefined ? {} : { reason }),
  }
}

function statusOf(error: unknown): number {
  for (const key of ['status', 'statusCode'] as const) {
    const value: unknown = field(error, key)
    if (typeof value === 'number' && value >= 400 && value < 600) return value
  }
  return 500
}

function messageOf(error: unknown, status: number): string {
  // What a statement failed at is for the log.
  if (error instanceof DatabaseError && status === 500) return 'Internal Server Error'
  const mayBeShown = error instanceof CodedError || (error instanceof Error && hasStatus(error))
  if (mayBeShown && error.message !== '') return error.message
  return STATUS_CODES[status] ?? 'Internal Server Error'
}

const hasStatus = (error: unknown): boolean =>
  typeof field(error, 'status') === 'number' || typeof field(error, 'statusCode') === 'number'

function headersOf(error: unknown): Record<string, string> {
  const headers = field(error, 'headers')
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function stringField(error: unknown, key: string): string | undefined {
  const value = field(error, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function field(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null && key in error
    ? (error as Record<string, unknown>)[key] // `key in error` was just checked
    : undefined
}

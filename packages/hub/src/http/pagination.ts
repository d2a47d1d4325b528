import { PAGINATION_MEDIA_TYPE } from '@hub/api'
import type { RequestFacts } from './request-facts.js'

export interface PageLimits {
  /** For clients that ask for pages. */
  readonly defaultLimit: number
  readonly maxLimit: number
}

export interface PageWindow {
  readonly offset: number
  readonly limit: number
  /** Whether the client asked for the envelope. */
  readonly isPaged: boolean
}

/** Which part of a listing is asked for, within the hub's limits. */
export function pageWindow(
  query: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  facts: RequestFacts,
  limits: PageLimits,
): PageWindow {
  const isPaged = acceptsPages(facts)
  const asked = query.limit ?? (isPaged ? limits.defaultLimit : limits.maxLimit)
  return { offset: query.offset ?? 0, limit: Math.min(Math.max(asked, 1), limits.maxLimit), isPaged }
}

/** A parameter such as `;q=1` makes it another type; that is how upstream reads it. */
function acceptsPages(facts: RequestFacts): boolean {
  const accepted = (facts.headers.accept ?? '').split(',').map((type) => type.trim().toLowerCase())
  return accepted.includes(PAGINATION_MEDIA_TYPE)
}

export interface PageInfo {
  readonly offset: number
  readonly limit: number
  readonly total: number
  readonly next: { readonly offset: number; readonly limit: number; readonly url: string } | null
}

/** Where the listing stands, and the URL of what follows: this request's, with another offset. */
export function pageInfo(window: PageWindow, total: number, facts: RequestFacts): PageInfo {
  const { offset, limit } = window
  const next = offset + limit
  return { offset, limit, total, next: next < total ? { offset: next, limit, url: nextUrl(facts, next, limit) } : null }
}

/** The other arguments stay as they were sent, also those without a value. */
function nextUrl(facts: RequestFacts, offset: number, limit: number): string {
  const queryAt = facts.url.indexOf('?')
  const kept =
    queryAt === -1
      ? []
      : facts.url
          .slice(queryAt + 1)
          .split('&')
          .filter((pair) => !/^(?:offset|limit)(?:=|$)/.test(pair) && pair !== '')
  return `${facts.protocol}://${facts.host}${facts.path}?${[...kept, `offset=${offset}`, `limit=${limit}`].join('&')}`
}

import { type Catalogue, translate } from '../messages/languages.js'
import { browserName } from './browser-name.js'

/** A token of the user, as the token page lists it. */
export interface TokenFacts {
  /** As in the REST API: `a` and the row's number. */
  readonly apiId: string
  readonly note: string
  readonly scopes: readonly string[]
  readonly createdAt: Date | null
  readonly lastActivity: Date | null
  readonly expiresAt: Date | null
  /** The application it was issued to; undefined for tokens of the hub itself, which people ask for. */
  readonly oauthClient?: { readonly id: string; readonly description: string }
}

export interface TokenPageFacts {
  readonly tokens: readonly TokenFacts[]
  /** Longest life a token may be given; undefined or 0: unlimited. */
  readonly maxSeconds?: number
  /** Browsers the user is logged in with. */
  readonly sessions?: readonly SessionFacts[]
  /** What the user may hand to a token. */
  readonly grantable?: readonly GrantableScope[]
  /** The language of the page; English unless given. */
  readonly texts?: Catalogue
}

export interface SessionFacts {
  /** Names the session in the form that ends it. */
  readonly key: string
  /** What the browser calls itself. */
  readonly agent: string
  readonly address: string
  readonly created: Date
  readonly lastSeen: Date
  readonly isThis: boolean
}

export interface GrantableScope {
  readonly scope: string
  readonly description: string
  /** What it is restricted to; empty: to nothing. */
  readonly filter: string
}

/** Variables of `token.html`. */
export function tokenView({
  tokens,
  maxSeconds,
  sessions = [],
  grantable = [],
  texts = {},
}: TokenPageFacts): Record<string, unknown> {
  return {
    api_tokens: tokens
      .filter((token) => token.oauthClient === undefined)
      .sort(byUse)
      .map((token) => ({
        api_id: token.apiId,
        note: token.note,
        scopes: token.scopes,
        created: token.createdAt,
        last_activity: token.lastActivity,
        expires_at: token.expiresAt,
      })),
    oauth_clients: applications(tokens),
    sessions: sessions.map((session) => ({
      key: session.key,
      browser: browserName(session.agent),
      address: session.address,
      created: session.created,
      last_seen: session.lastSeen,
      is_this: session.isThis,
    })),
    grantable_scopes: grantable,
    token_expires_in_max_seconds: maxSeconds ?? 0,
    token_expires_in_options_html: expiryOptions(maxSeconds ?? 0, texts)
      .map(
        ({ label, seconds, selected }) =>
          `<option value="${seconds}"${selected ? ' selected="selected"' : ''}>${label}</option>`,
      )
      .join('\n'),
  }
}

const timeOf = (time: Date | null): number => time?.getTime() ?? 0

/** Newest use first, then newest. */
function byUse(a: TokenFacts, b: TokenFacts): number {
  return timeOf(b.lastActivity) - timeOf(a.lastActivity) || timeOf(b.createdAt) - timeOf(a.createdAt)
}

/** One row per application, whatever number of tokens it holds: revoking any of them revokes all. */
function applications(tokens: readonly TokenFacts[]): readonly Record<string, unknown>[] {
  const groups = new Map<string, TokenFacts[]>()
  for (const token of tokens) {
    if (token.oauthClient === undefined) continue
    const group = groups.get(token.oauthClient.id)
    if (group === undefined) groups.set(token.oauthClient.id, [token])
    else group.push(token)
  }
  return [...groups.values()]
    .map((group) => ({
      description: group[0]?.oauthClient?.description ?? '',
      token_id: group[0]?.apiId ?? '',
      tokens: group.map((token) => ({ scopes: token.scopes })),
      scopes: [...new Set(group.flatMap((token) => token.scopes))].sort(),
      last_activity: latest(group.map((token) => token.lastActivity)),
      created: earliest(group.map((token) => token.createdAt)),
    }))
    .sort((a, b) => timeOf(b.last_activity) - timeOf(a.last_activity))
}

const known = (times: readonly (Date | null)[]): Date[] =>
  times.filter((time) => time !== null).sort((a, b) => a.getTime() - b.getTime())

const latest = (times: readonly (Date | null)[]): Date | null => known(times).at(-1) ?? null
const earliest = (times: readonly (Date | null)[]): Date | null => known(times)[0] ?? null

export interface ExpiryOption {
  readonly label: string
  /** Empty: as long as is allowed. */
  readonly seconds: number | ''
  readonly selected: boolean
}

const hour = 3600
const day = 24 * hour

const lifetimes: readonly (readonly [label: string, seconds: number])[] = [
  ['1 Hour', hour],
  ['1 Day', day],
  ['1 Week', 7 * day],
  ['1 Month', 30 * day],
  ['1 Year', 365 * day],
]

/** The choices of a token's life; the longest is selected. */
export function expiryOptions(maxSeconds: number, texts: Catalogue = {}): readonly ExpiryOption[] {
  const allowed = lifetimes.filter(([, seconds]) => maxSeconds === 0 || seconds <= maxSeconds)
  const options: { label: string; seconds: number | '' }[] = allowed.map(([label, seconds]) => ({
    label: translate(texts, label),
    seconds,
  }))
  if (maxSeconds === 0) options.push({ label: translate(texts, 'Never'), seconds: '' })
  else if (!allowed.some(([, seconds]) => seconds === maxSeconds)) {
    options.push({ label: longest(maxSeconds, texts), seconds: '' })
  }
  return options.map((option, i) => ({ ...option, selected: i === options.length - 1 }))
}

const longest = (seconds: number, texts: Catalogue): string =>
  seconds < 3 * day
    ? translate(texts, 'Max (%(n)s hours)', { n: Math.floor(seconds / hour) })
    : translate(texts, 'Max (%(n)s days)', { n: Math.floor(seconds / day) })

import type { Page } from '@hub/testkit'

/** What two hubs must agree about in an answer. */
export interface Comparable {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: unknown
}

/** Headers whose presence and value are part of the wire. */
const COMPARED = [
  'access-control-allow-headers',
  'access-control-allow-origin',
  'content-security-policy',
  'location',
  'www-authenticate',
]
/** Of these the value may be another on every hub. */
const PRESENT = ['x-jupyterhub-version', 'retry-after']

export function comparable(page: Page, origin: string): Comparable {
  const text = (value: unknown): string =>
    String(value)
      .replaceAll(origin, 'ORIGIN')
      .replaceAll(encodeURIComponent(origin), 'ORIGIN')
      .replace(/\bcode=[\w-]{30,}/, 'code=CODE')
      .replace(/&error_description=[^&]*/, '')
      .replaceAll('+', '%20')
      // Pages may forbid more than upstream's do.
      .replace(/; default-src 'self';.*/, '')
  const headers: Record<string, string> = {}
  for (const name of COMPARED) if (page.headers[name] !== undefined) headers[name] = text(page.headers[name])
  for (const name of PRESENT) if (page.headers[name] !== undefined) headers[name] = 'present'
  const type = String(page.headers['content-type'] ?? '').split(';')[0] ?? ''
  return {
    status: page.status,
    // An empty body has no type.
    type: page.text === '' ? 'empty' : type,
    headers,
    cookies: [page.headers['set-cookie'] ?? []]
      .flat()
      .map((cookie) => cookie.split('=')[0] ?? '')
      .sort(),
    body:
      type === 'application/json' && page.text !== ''
        ? plain(JSON.parse(page.text), text)
        : page.text === ''
          ? ''
          : 'text',
  }
}

/** JSON with what differs from run to run replaced by what it is. */
function plain(value: unknown, text: (value: string) => string, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, text))
    if (['roles', 'scopes', 'groups', 'users'].includes(key)) return items.sort()
    // By their last use, which is a matter of milliseconds here.
    return key === 'api_tokens' ? items.map((item) => JSON.stringify(item)).sort() : items
  }
  // What spawners keep is their own affair.
  if (key === 'state' && value !== null) return Object.keys(value as object).length === 0 ? {} : 'STATE'
  // The proxy's own spelling of times, which both hubs pass on.
  if (key === 'data' && value !== null && typeof value === 'object' && 'last_activity' in value)
    return plain({ ...value, last_activity: '2026-01-01T00:00:00Z' }, text)
  if (typeof value === 'object' && value !== null) {
    const isError = 'status' in value && 'message' in value
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => [name, isError && name === 'message' ? asserted(item) : plain(item, text, name)]),
    )
  }
  if (typeof value !== 'string') return key === 'pid' && typeof value === 'number' && value > 0 ? 'PID' : value
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/.test(value)) return 'TIME'
  if (key === 'version') return 'VERSION'
  if (key === 'code' || key === 'access_token') return 'CODE'
  if (key === 'scope') return value.split(' ').sort().join(' ')
  if (key === 'url' && value.includes('?'))
    return text(value).replace(
      /\?.*/,
      (query) =>
        `?${query
          .slice(1)
          .replace(/=(?=&|$)/g, '')
          .split('&')
          .sort()
          .join('&')}`,
    )
  if (key === 'target') return value.replace(/\d+$/, 'PORT')
  if (/^(a|sc_)\d+$/.test(value) && /id$/.test(key)) return 'TOKEN ID'
  if (/^[0-9a-f]{32}$/.test(value)) return 'SECRET'
  return text(value)
}

/** What clients look for in messages; the rest is for people. */
const FRAGMENTS = [
  'Missing or invalid credentials',
  'No access to resources or resources not found',
  'Internal Server Error',
  "'_xsrf' argument missing from ",
  'XSRF cookie does not match ',
  'Not assigning requested scopes',
  'No such server',
  'Can not create managed service',
  'is not modifiable at runtime',
  'already has the maximum of ',
  'Invalid server_name: ',
  'Invalid username',
]

function asserted(message: unknown): readonly string[] {
  const scopes = /requires any of \[.*\]/.exec(String(message))?.[0]
  const found = FRAGMENTS.filter((fragment) => String(message).includes(fragment))
  return scopes === undefined ? found : [...found, scopes]
}

export interface Difference {
  /** Where in the answer, such as `.body.0.name`. */
  readonly at: string
  readonly ours: unknown
  readonly theirs: unknown
}

/** Where two answers differ; of answers with different statuses only that. */
export function differencesOf(ours: Comparable, theirs: Comparable): Difference[] {
  if (ours.status !== theirs.status) return [{ at: '.status', ours: ours.status, theirs: theirs.status }]
  return differences(ours, theirs, '')
}

function differences(ours: unknown, theirs: unknown, at: string): Difference[] {
  // Our messages may say more than theirs, which often say nothing.
  if (at === '.body.message' && Array.isArray(ours) && Array.isArray(theirs))
    return theirs.filter((said) => !ours.includes(said)).map((said: unknown) => ({ at, ours: undefined, theirs: said }))
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return []
  if (!isContainer(ours) || !isContainer(theirs) || Array.isArray(ours) !== Array.isArray(theirs)) {
    return [{ at, ours, theirs }]
  }
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((key) =>
    differences(ours[key], theirs[key], `${at}.${key}`),
  )
}

// A list has its items under their indices.
const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** One spelling for each person: lower case, then the name that `username_map` has for it. */
export function normalizeUsername(name: string, usernameMap: Readonly<Record<string, string>>): string {
  const lower = name.toLowerCase()
  return Object.hasOwn(usernameMap, lower) ? (usernameMap[lower] ?? lower) : lower
}

/** Characters that the database keeps of a name. */
const LONGEST_NAME = 255

/**
 * Whether a user can have this name. The pattern must match at the start of the name, not the whole of it (as in Python's
 * `match`), unless it ends with `$`.
 */
export function isValidUsername(name: string, pattern: string): boolean {
  // It becomes one segment of URLs.
  if (name === '' || name.includes('/')) return false
  // No address leads to them: `/user/../` is `/`.
  if (name === '.' || name === '..') return false
  if (name !== name.trim()) return false
  // No database keeps a zero byte, or half a character, as it is; lines and bells forge logs and terminals.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(name)) return false
  if (Array.from(name).length > LONGEST_NAME) return false
  return pattern === '' || usernameExpression(pattern).test(name)
}

/**
 * Patterns were written for Python. What it spells differently and a name may need is translated: without this `\Z` would
 * mean the letter Z here, and let names through.
 *
 * @throws SyntaxError
 */
export function usernameExpression(pattern: string): RegExp {
  const ignoresCase = pattern.startsWith('(?i)')
  const source = (ignoresCase ? pattern.slice(4) : pattern)
    .replaceAll(/\\[\s\S]/g, (escape) => ({ '\\A': '^', '\\Z': '$' })[escape] ?? escape)
    .replaceAll('(?P<', '(?<')
  return new RegExp(`^(?:${source})`, ignoresCase ? 'i' : '')
}

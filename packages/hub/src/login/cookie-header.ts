/** All values of the cookie `name` in a `Cookie` header, in its order, without quotes around them. */
export function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) return []
    return [unquoted(pair.slice(equals + 1).trim())]
  })
}

/** The reference hub quotes what is not a plain word, with backslashes inside; ours never needs to. */
function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value
    .slice(1, -1)
    .replace(/\\([0-3][0-7][0-7]|.)/g, (_, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : escaped,
    )
}

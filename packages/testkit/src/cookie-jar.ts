interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly expiresAt: number
}

/** The cookies of one origin, with paths and expiry as in RFC 6265; values are kept as they were sent. */
export class CookieJar {
  #cookies: Cookie[] = []

  /** Takes in one `Set-Cookie` header of an answer to a request for `path`. */
  store(header: string, path: string, now = Date.now()): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const get = (wanted: string): string | undefined => {
      const found = attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))
      return found?.slice(wanted.length + 1)
    }
    const given = get('path')
    const cookie: Cookie = {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      path: given?.startsWith('/') ? given : path.slice(0, Math.max(1, path.lastIndexOf('/'))),
      expiresAt: expiry(get('max-age'), get('expires'), now),
    }
    this.#cookies = this.#cookies.filter((each) => each.name !== cookie.name || each.path !== cookie.path)
    if (cookie.expiresAt > now) this.#cookies.push(cookie)
  }

  /** The `Cookie` header for a request, longest path first. */
  header(path: string, now = Date.now()): string {
    return this.#cookies
      .filter((each) => each.expiresAt > now && matches(path, each.path))
      .sort((a, b) => b.path.length - a.path.length)
      .map((each) => `${each.name}=${each.value}`)
      .join('; ')
  }

  /** The value that would be sent to `path` under this name. */
  get(name: string, path = '/'): string | undefined {
    const found = this.#cookies.filter((each) => each.name === name && matches(path, each.path))
    return found.sort((a, b) => b.path.length - a.path.length)[0]?.value
  }

  /** Names with their paths, such as `_xsrf /hub/`, in order of name. */
  names(): string[] {
    return this.#cookies.map((each) => `${each.name} ${each.path}`).sort()
  }

  set(name: string, value: string, path = '/'): void {
    this.store(`${name}=${value}; Path=${path}`, path)
  }

  clear(): void {
    this.#cookies = []
  }
}

function expiry(maxAge: string | undefined, expires: string | undefined, now: number): number {
  if (maxAge !== undefined) return now + Number(maxAge) * 1000
  return expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires)
}

function matches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false
  return cookiePath.endsWith('/') || path.length === cookiePath.length || path[cookiePath.length] === '/'
}

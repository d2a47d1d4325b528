/**
 * How names of users and servers are written into URLs, client ids and scopes. Clients compare these strings exactly,
 * so the two encodings must not be mixed up.
 */

/** Percent-encoding that leaves only unreserved characters and `/`: used in OAuth client ids. */
export function encodeForClientId(name: string): string {
  return percentEncode(name, /[A-Za-z0-9\-._~/]/)
}

/** Percent-encoding that additionally leaves `@` but not `/`: used in paths (service prefix, activity URL). */
export function encodeForPath(name: string): string {
  return percentEncode(name, /[A-Za-z0-9\-._~@]/)
}

/** The id of a server's OAuth client. */
export function serverClientId(userName: string, serverName: string): string {
  const user = `jupyterhub-user-${encodeForClientId(userName)}`
  return serverName === '' ? user : `${user}-${encodeForClientId(serverName)}`
}

/** The path a server is reached at, beginning and ending with `/`. `baseUrl` begins and ends with `/`. */
export function serverPrefix(baseUrl: string, userName: string, serverName: string): string {
  const user = `${baseUrl}user/${encodeForPath(userName)}/`
  return serverName === '' ? user : `${user}${encodeForPath(serverName)}/`
}

/** Any one of these scopes lets a visitor into the server. Names stand raw in them, not percent-encoded. */
export function serverAccessScopes(userName: string, serverName: string): readonly [string, string] {
  return [`access:servers!server=${userName}/${serverName}`, `access:servers!user=${userName}`]
}

/** Where a server reports its activity; `hubApiUrl` has no trailing slash. */
export function serverActivityUrl(hubApiUrl: string, userName: string): string {
  return `${hubApiUrl}/users/${encodeForPath(userName)}/activity`
}

function percentEncode(text: string, kept: RegExp): string {
  let encoded = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte)
    encoded += byte < 0x80 && kept.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

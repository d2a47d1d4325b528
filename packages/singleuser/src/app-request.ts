import type { IncomingMessage } from 'node:http'
import type { CookieRules } from './cookies.js'
import type { Credential } from './visit.js'
import type { Identity } from './hub.js'

/** Headers by which apps learn from a server in front who asks: nobody but this server sets them. */
const TOLD_BY_US = new Set([
  'x-forwarded-user',
  'x-forwarded-groups',
  'x-forwarded-prefix',
  'x-forwarded-email',
  'x-forwarded-preferred-username',
  'x-forwarded-access-token',
  'x-remote-user',
  'x-remote-group',
  'x-webauth-user',
  'x-auth-request-user',
  'x-auth-request-email',
  'x-auth-request-groups',
  'x-auth-request-preferred-username',
  'remote-user',
  'remote-groups',
])

/** Cookies of the hub, which are none of the app's business. */
const HUB_COOKIES = /^(?:__Host-)?jupyterhub-(?:hub-login|session-id|services)$/

/**
 * Makes a visitor's request the app's: who it is stands in headers, the credentials do not.
 *
 * @param appPrefix - where the app lies from the browser's point of view, without a slash at its end
 */
export function prepareForApp(
  request: IncomingMessage,
  visitor: { readonly identity: Identity; readonly credential: Credential },
  cookies: CookieRules,
  appPrefix: string,
): void {
  // The forwarder sends these on; node makes a plain object of them, which is ours to change.
  const { headers } = request
  for (const name of Object.keys(headers)) {
    // Some servers take `_` for `-`.
    if (TOLD_BY_US.has(name.replaceAll('_', '-'))) Reflect.deleteProperty(headers, name)
  }
  const { identity, credential } = visitor
  headers['x-forwarded-user'] = headerText(identity.name)
  headers['x-forwarded-groups'] = identity.groups.map(headerText).join(',')
  headers['x-forwarded-prefix'] = appPrefix
  if (credential.from === 'header') delete headers.authorization
  const kept = withoutOwn(headers.cookie, cookies)
  if (kept === '') delete headers.cookie
  else headers.cookie = kept
}

function withoutOwn(header: string | undefined, cookies: CookieRules): string {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => {
      const [name = ''] = pair.split('=', 1)
      return pair !== '' && !cookies.isOwn(name) && !HUB_COOKIES.test(name)
    })
    .join('; ')
}

/** A name may hold what no header may, a comma that would end an entry too: percent-encoded then. */
function headerText(text: string): string {
  return text.replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu, (char) => encodeURIComponent(char))
}

/** The query without the token, which is not for the app. */
export function withoutToken(query: string): string {
  return query
    .split('&')
    .filter((pair) => !/^token(?:=|$)/.test(pair))
    .join('&')
}

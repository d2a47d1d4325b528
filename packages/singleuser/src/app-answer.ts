import { wireVersion } from '@hub/api/base'
import type { CookieRules } from './cookies.js'

/** How answers of the app are passed on. */
export interface AnswerRules {
  readonly cookies: CookieRules
  /** Path that was cut off the request, without a slash at its end; empty: none was. */
  readonly cutPrefix: string
  /** `Host` that the browser asked. */
  readonly host: string | undefined
}

const SAYS_FRAMING = /^(?:content-security-policy|x-frame-options)$/

/**
 * The headers of an answer as the browser may have them: paths with the prefix that was cut off, no cookie that could be
 * taken for one of ours, the version that the hub looks for.
 */
export function answerHeaders(headers: readonly string[], rules: AnswerRules): string[] {
  const passed: string[] = []
  let isFramingSaid = false
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (name === 'x-jupyterhub-version') continue
    if (SAYS_FRAMING.test(name)) isFramingSaid = true
    if (name === 'location') passed.push(name, outsideLocation(value, rules))
    else if (name === 'set-cookie') {
      const cookie = outsideCookie(value, rules)
      if (cookie !== undefined) passed.push(name, cookie)
    } else passed.push(name, value)
  }
  passed.push('x-jupyterhub-version', wireVersion)
  // An app that says nothing of frames is not shown in those of other sites.
  if (!isFramingSaid) passed.push('content-security-policy', "frame-ancestors 'self'")
  return passed
}

/** The app knows paths without the prefix: `/login` of it is `/user/ada/login` for the browser. */
function outsideLocation(location: string, { cutPrefix, host }: AnswerRules): string {
  if (cutPrefix === '') return location
  if (/^\/(?![/\\])/.test(location)) return cutPrefix + location
  if (host === undefined || !URL.canParse(location)) return location
  const url = new URL(location)
  if (url.host !== host) return location
  return `${url.origin}${cutPrefix}${url.pathname}${url.search}${url.hash}`
}

/** Undefined for a cookie that is not the app's to set. */
function outsideCookie(cookie: string, { cookies, cutPrefix }: AnswerRules): string | undefined {
  const [name = ''] = cookie.split('=', 1)
  if (cookies.isOwn(name.trim()) || /^\s*(?:__Host-)?jupyterhub-/.test(name)) return undefined
  if (cutPrefix === '') return cookie
  let hasPath = false
  const parts = cookie.split(';').map((part) => {
    const path = /^\s*path\s*=\s*(.*)$/i.exec(part)?.[1]
    if (path === undefined) return part
    hasPath = true
    return ` Path=${cutPrefix}${path.startsWith('/') ? path : '/'}`
  })
  // Without a path the browser takes the folder of the page, which has the prefix.
  return hasPath ? parts.join(';') : cookie
}

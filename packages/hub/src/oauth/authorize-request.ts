import { badRequest } from '../http/hub-error.js'
import { AuthorizeError } from './oauth-errors.js'
import { type Challenge, isChallengeMethod, maxChallengeLength } from './pkce.js'

const oncePerRequest = ['client_id', 'response_type', 'redirect_uri', 'scope', 'state'] as const

/** Where the answer goes; known before anything else about the request is looked at. */
export interface ClientParameters {
  readonly clientId: string
  readonly redirectUri: string | undefined
}

/**
 * The parameters that say whom the answer goes to. What is wrong with them is told to the person, never redirected:
 * who knows where to.
 *
 * @throws {@link HubError} 400
 */
export function clientParameters(query: URLSearchParams): ClientParameters {
  for (const name of oncePerRequest) {
    if (query.getAll(name).length > 1) throw badRequest(`Duplicate ${name} parameter.`, 'oauth_request_invalid')
  }
  const clientId = query.get('client_id') ?? ''
  if (clientId === '') throw badRequest('Missing client_id parameter.', 'oauth_request_invalid')
  return { clientId, redirectUri: query.get('redirect_uri') ?? undefined }
}

/**
 * The redirect URI the answer goes to: byte for byte the registered one, or nothing at all.
 *
 * @throws {@link HubError} 400
 */
export function checkedRedirectUri(asked: string | undefined, registered: string): string {
  if (asked === undefined) return registered
  if (!asked.startsWith('/') && !isAbsoluteUri(asked))
    throw badRequest('Invalid redirect URI.', 'oauth_redirect_invalid')
  if (asked !== registered) throw badRequest('Mismatching redirect URI.', 'oauth_redirect_invalid')
  return registered
}

const isAbsoluteUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)

/** What the client asks for, once it is known where the answer goes. */
export interface GrantParameters {
  /** Words of `scope`; undefined when nothing was asked for in particular. */
  readonly scopes: readonly string[] | undefined
  readonly challenge: Challenge | undefined
}

/** @throws {@link AuthorizeError} */
export function grantParameters(query: URLSearchParams, requirePkce: boolean): GrantParameters {
  const responseType = query.get('response_type') ?? ''
  if (responseType === '') throw new AuthorizeError('invalid_request', 'Missing response_type parameter.')
  if (responseType !== 'code') throw new AuthorizeError('unsupported_response_type', 'Use response_type=code.')
  const challenge = challengeOf(query)
  if (challenge === undefined && requirePkce) throw new AuthorizeError('invalid_request', 'Code challenge required.')
  const words = (query.get('scope') ?? '').split(/\s+/).filter((word) => word !== '')
  return { scopes: words.length === 0 ? undefined : words, challenge }
}

/** A method without a challenge means nothing; a challenge without a method is `plain`. */
function challengeOf(query: URLSearchParams): Challenge | undefined {
  const value = query.get('code_challenge') ?? ''
  if (value === '') return undefined
  const method = query.get('code_challenge_method') ?? 'plain'
  if (!isChallengeMethod(method)) throw new AuthorizeError('invalid_request', 'Transform algorithm not supported.')
  if (value.length > maxChallengeLength || value.includes('\0')) {
    throw new AuthorizeError('invalid_request', 'Code challenge is not valid.')
  }
  return { value, method }
}

/** `uri` with parameters added to whatever query it has; undefined ones are left out. */
export function withQuery(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const added = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  if (added.length === 0) return uri
  const separator = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return `${uri}${separator}${added.join('&')}`
}

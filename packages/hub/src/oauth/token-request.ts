import { type FormFields, firstText } from '../http/form-body.js'
import { TokenError } from './oauth-errors.js'

/** A request to exchange a code for a token. */
export interface TokenRequest {
  readonly code: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string | undefined
  readonly codeVerifier: string | undefined
}

const oncePerRequest = ['client_id', 'grant_type', 'redirect_uri', 'code', 'client_secret', 'code_verifier'] as const

/** @throws {@link TokenError} */
export function tokenRequest(fields: FormFields): TokenRequest {
  const field = (name: string): string | undefined => firstText(fields, name) || undefined
  if (field('grant_type') !== 'authorization_code') throw new TokenError('unsupported_grant_type')
  const code = field('code')
  if (code === undefined) throw new TokenError('invalid_request', 'Missing code parameter.')
  for (const name of oncePerRequest) {
    if ((fields.get(name)?.length ?? 0) > 1) throw new TokenError('invalid_request', `Duplicate ${name} parameter.`)
  }
  return {
    code,
    clientId: field('client_id') ?? '',
    clientSecret: field('client_secret') ?? '',
    redirectUri: field('redirect_uri'),
    codeVerifier: field('code_verifier'),
  }
}

import type { Database } from '../database/index.js'
import { generateOAuthToken, GENERATED_TOKEN_ROUNDS, hashToken, isTokenStoredAs } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import * as clientStore from './client-store.js'
import * as codeStore from './code-store.js'
import { TokenError } from './oauth-errors.js'
import { answersChallenge, type Challenge, isChallengeMethod } from './pkce.js'
import type { TokenRequest } from './token-request.js'

export interface ExchangeCodeDeps {
  readonly database: Database
  readonly now: () => Date
  /** `oauth_token_expires_in`, in seconds */
  readonly tokenExpiresInSeconds: number
  /** `oauth_require_pkce` */
  readonly requirePkce: boolean
}

/** The answer of section 5.1 of RFC 6749. */
export interface IssuedToken {
  readonly access_token: string
  readonly expires_in: number
  readonly token_type: 'Bearer'
  readonly scope: string
}

/** Longer than any secret a client has; what is longer would only keep the hash busy. */
const maxSecretLength = 1_000

/**
 * Gives a client the token that its code stands for. The code is used up together with that; a failed attempt leaves it.
 *
 * @throws {@link TokenError}
 */
export async function exchangeCode(request: TokenRequest, deps: ExchangeCodeDeps): Promise<IssuedToken> {
  const { database, now, tokenExpiresInSeconds } = deps
  const client = await authenticatedClient(request, database)
  const at = now()
  const code = await codeStore.find(database.read, client.identifier, request.code, at)
  if (code === undefined) throw new TokenError('invalid_grant')
  assertVerifier(challengeOf(code), request.codeVerifier, deps.requirePkce)
  if (request.redirectUri !== undefined && request.redirectUri !== code.redirectUri) {
    throw new TokenError('invalid_request', 'Mismatching redirect URI.')
  }
  const token = generateOAuthToken()
  await database.write(async (tx) => {
    // Of several who present the same code at once, only one deletes it.
    if (!(await codeStore.take(tx, code.id))) throw new TokenError('invalid_grant')
    await tokenStore.create(tx, {
      owner: { userId: code.userId },
      ...hashToken(token, { rounds: GENERATED_TOKEN_ROUNDS }),
      clientId: client.identifier,
      sessionId: code.sessionId,
      scopes: code.scopes,
      note: '',
      created: at,
      expiresAt: new Date(at.getTime() + tokenExpiresInSeconds * 1_000),
    })
  })
  return { access_token: token, expires_in: tokenExpiresInSeconds, token_type: 'Bearer', scope: code.scopes.join(' ') }
}

/** Clients without a secret, such as the hub's own, cannot be authenticated at all. */
async function authenticatedClient(request: TokenRequest, database: Database): Promise<clientStore.OAuthClient> {
  const { clientId, clientSecret } = request
  const client = await clientStore.findByIdentifier(database.read, clientId)
  const isProven =
    client !== undefined &&
    client.secret !== '' &&
    clientSecret !== '' &&
    clientSecret.length <= maxSecretLength &&
    isTokenStoredAs(clientSecret, client.secret)
  if (!isProven) throw new TokenError('invalid_client')
  return client
}

function assertVerifier(challenge: Challenge | undefined, verifier: string | undefined, requirePkce: boolean): void {
  if (challenge === undefined) {
    if (requirePkce) throw new TokenError('invalid_grant')
    return
  }
  if (verifier === undefined) throw new TokenError('invalid_request', 'Code verifier required.')
  if (!answersChallenge(challenge, verifier)) throw new TokenError('invalid_grant')
}

function challengeOf({ codeChallenge, codeChallengeMethod }: codeStore.OAuthCode): Challenge | undefined {
  if (codeChallenge === null || codeChallenge === '') return undefined
  const method = codeChallengeMethod ?? 'plain'
  // A method that only another hub knows proves nothing here.
  return isChallengeMethod(method) ? { value: codeChallenge, method } : { value: '', method: 'S256' }
}

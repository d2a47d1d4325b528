import { describeRequest } from '@hub/api'
import { alwaysGranted } from '../access/oauth-scopes.js'
import type { Exchange } from '../http/exchange.js'
import type { FormFields } from '../http/form-body.js'
import { badRequest, forbidden, HubError } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import type { UserVisitor } from '../http/visitor.js'
import type { LoginSession } from '../login/login-session.js'
import type { PageWriter } from '../login/page-writer.js'
import { consentView } from '../pages/views/consent-views.js'
import { generateOAuthToken } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import {
  checkedRedirectUri,
  clientParameters,
  grantParameters,
  type GrantParameters,
  withQuery,
} from './authorize-request.js'
import { type ClientOwner, clientOwner } from './client-owner.js'
import * as clientStore from './client-store.js'
import * as codeStore from './code-store.js'
import { grantedScopes, type GrantedScopesDeps } from './granted-scopes.js'
import { AuthorizeError } from './oauth-errors.js'

export interface AuthorizeRouteDeps extends GrantedScopesDeps {
  readonly session: LoginSession
  readonly pages: PageWriter
  readonly now: () => Date
  /** `oauth_require_pkce` */
  readonly requirePkce: boolean
}

/** How long a code can be exchanged; the client does so at once. */
const codeLifeMs = 300_000

/** `GET` and `POST {hub}api/oauth2/authorize`: gives a browser a code for the server or service that sent it. */
export function authorizeRoute(deps: AuthorizeRouteDeps): PageRoute {
  return {
    methods: ['get', 'post'],
    paths: ['/api/oauth2/authorize'],
    visitor: 'user',
    run: async ({ exchange, visitor }) => {
      const { query } = exchange.facts
      const target = await answerTarget(query, deps)
      try {
        return await authorize(exchange, visitor, target, deps)
      } catch (error) {
        if (!(error instanceof AuthorizeError)) throw error
        return answerTo(target, { error: error.error, error_description: error.description })
      }
    },
  }
}

/** Who asked, and where the answer goes. */
interface Target {
  readonly client: clientStore.OAuthClient
  readonly redirectUri: string
  readonly state: string | undefined
}

/** Whatever is wrong up to here is told to the person: there is nobody else yet who could be trusted with it. */
async function answerTarget(query: URLSearchParams, { database }: AuthorizeRouteDeps): Promise<Target> {
  const asked = clientParameters(query)
  const client = await clientStore.findByIdentifier(database.read, asked.clientId)
  if (client === undefined || client.secret === '') {
    throw badRequest('Invalid client_id parameter value.', 'oauth_request_invalid')
  }
  const redirectUri = checkedRedirectUri(asked.redirectUri, client.redirectUri)
  return { client, redirectUri, state: query.get('state') ?? undefined }
}

async function authorize(
  exchange: Exchange,
  visitor: UserVisitor,
  target: Target,
  deps: AuthorizeRouteDeps,
): Promise<Reply> {
  const { client } = target
  const parameters = grantParameters(exchange.facts.query, deps.requirePkce)
  const owner = await clientOwner(deps.database.read, client.identifier)
  const isAnswer = exchange.facts.method === 'POST'
  const words = isAnswer ? confirmedScopes(await exchange.form()) : parameters.scopes
  const { issuer } = owner
  const scopes = await grantedScopes(
    words,
    { id: client.identifier, allowedScopes: client.allowedScopes, issuer },
    visitor.user,
    deps,
  )
  await assertMayEnter(visitor, client, owner, deps)
  if (isAnswer || (await isConfirmed(visitor, client, owner, scopes, deps))) {
    return answerTo(target, { code: await newCode(exchange, visitor, target, parameters, scopes, deps) })
  }
  const html = await deps.pages.render(
    exchange,
    'oauth.html',
    consentView({
      client: { id: client.identifier, description: client.description, redirectUri: target.redirectUri },
      grantedScopes: scopes,
      descriptions: describeRequest(deps.expander.table, scopes, {
        self: visitor.user.name,
        neededAnyway: alwaysGranted(issuer),
      }),
    }),
  )
  return { status: 200, html }
}

/** What the form has shown and the person agreed to. None at all is an answer too: identification only. */
const confirmedScopes = (fields: FormFields): readonly string[] =>
  (fields.get('scopes') ?? []).filter((value) => typeof value === 'string')

/** @throws HubError 403 when the user must not use what the client stands for */
async function assertMayEnter(
  visitor: UserVisitor,
  client: clientStore.OAuthClient,
  { issuer }: ClientOwner,
  { resolver, log }: AuthorizeRouteDeps,
): Promise<void> {
  const needed =
    issuer.kind === 'server'
      ? { scope: 'access:servers', filter: { kind: 'server', value: `${issuer.user}/${issuer.server}` } as const }
      : issuer.kind === 'service'
        ? { scope: 'access:services', filter: { kind: 'service', value: issuer.name } as const }
        : undefined
  if (needed === undefined) {
    throw new HubError(
      'oauth_client_orphaned',
      500,
      'The application belongs to no server or service any more. Start it again.',
    )
  }
  if ((await resolver.authorize(visitor, [needed.scope], needed.filter, false)) === 'granted') return
  log.warn('a user may not use what an OAuth client stands for', { user: visitor.user.name, client: client.identifier })
  throw forbidden(`You do not have permission to access ${client.description}`, 'oauth_access_denied')
}

/** Whether the person need not be asked: it is their own server, the administrator vouches, or they agreed before. */
async function isConfirmed(
  { user }: UserVisitor,
  client: clientStore.OAuthClient,
  { issuer, isTrusted }: ClientOwner,
  scopes: readonly string[],
  { database, now }: AuthorizeRouteDeps,
): Promise<boolean> {
  if (isTrusted || (issuer.kind === 'server' && issuer.user === user.name)) return true
  const agreed = new Set(await tokenStore.scopesGrantedTo(database.read, user.id, client.identifier, now()))
  return agreed.size > 0 && scopes.every((scope) => agreed.has(scope))
}

async function newCode(
  exchange: Exchange,
  { user }: UserVisitor,
  { client, redirectUri }: Target,
  { challenge }: GrantParameters,
  scopes: readonly string[],
  { database, now, session }: AuthorizeRouteDeps,
): Promise<string> {
  const code = generateOAuthToken()
  const sessionId = session.ensureSessionId(exchange)
  await database.write((tx) =>
    codeStore.create(tx, {
      clientId: client.identifier,
      code,
      expiresAt: Math.floor((now().getTime() + codeLifeMs) / 1_000),
      redirectUri,
      sessionId,
      userId: user.id,
      scopes,
      codeChallenge: challenge?.value ?? null,
      codeChallengeMethod: challenge?.method ?? null,
    }),
  )
  return code
}

const answerTo = ({ redirectUri, state }: Target, parameters: Readonly<Record<string, string>>): Reply => ({
  redirect: withQuery(redirectUri, { ...parameters, state }),
})

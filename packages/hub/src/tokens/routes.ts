import { createToken, deleteToken, getToken, listTokens, parseTokenId, type TokenModel } from '@hub/api'
import { type Authenticator, getAuthenticatedUser } from '@hub/authenticator'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { AccessVersion } from '../access/access-version.js'
import { hubClientId } from '../access/permission-facts.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Authorize } from '../http/authorize.js'
import type { Exchange } from '../http/exchange.js'
import { missingCredentials } from '../http/handle.js'
import { forbidden, notFound } from '../http/hub-error.js'
import { type Identified } from '../http/visitor.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import { type LoginThrottle, LoginThrottledError } from '../login/login-throttle.js'
import { loginRequest } from '../login/login-request.js'
import { requireUser } from '../servers/find-server.js'
import * as userStore from '../users/user-store.js'
import { type CreateTokenDeps, createUserToken } from './create-token.js'
import { tokenModel, type TokenModelDeps } from './token-model.js'
import * as tokenStore from './token-store.js'

export interface TokenRoutesDeps extends TokenModelDeps, CreateTokenDeps {
  readonly access: AccessVersion
  readonly authenticator: Authenticator
  readonly throttle: LoginThrottle
  readonly authorize: Authorize
  readonly xsrf: XsrfGuard
  readonly activity: Pick<ActivityRecorder, 'latest' | 'forget'>
}

/** Longest wait for an authenticator that is given a name and password. */
const loginTimeoutMs = 60_000

/** The REST API of users' tokens. */
export function tokenRoutes(deps: TokenRoutesDeps): ApiRoute[] {
  const { database, access, resolver } = deps

  const modelOf = async (token: tokenStore.ApiToken, user: userStore.User) =>
    tokenModel(token, { kind: 'user', name: user.name }, await resolver.ofUser(user), deps)

  return [
    route(listTokens, async ({ params }) => {
      const user = await requireUser(database, params.user)
      const now = deps.now()
      const tokens = (await tokenStore.listOf(database.read, { userId: user.id })).filter(
        (token) => token.clientId !== null && (token.expiresAt === null || token.expiresAt > now),
      )
      const models = await Promise.all(tokens.map((token) => modelOf(token, user)))
      const lastUse = (model: TokenModel): string => model.last_activity ?? model.created
      return { status: 200, body: { api_tokens: models.sort((a, b) => (lastUse(a) < lastUse(b) ? -1 : 1)) } }
    }),

    route(createToken, async ({ params, body, exchange }) => {
      const caller = await callerOf(exchange, body.auth, deps)
      const user = await userStore.findByName(database.read, params.user)
      const decision = await deps.authorize(caller, ['tokens'], { kind: 'user', value: params.user }, false)
      // The same answer whether the user exists or not.
      if (user === undefined || decision !== 'granted') throw forbidden('Not allowed to create tokens for this user.')
      const held = await resolver.ofUser(user)
      const isOwn = caller.kind === 'user' && caller.user.name === user.name
      const note = body.note || `Requested via api${isOwn ? '' : ` by ${caller.kind} ${nameOf(caller)}`}`
      const { token, row } = await createUserToken(
        { user, held, note, scopes: body.scopes, roles: body.roles, expiresIn: body.expires_in },
        deps,
      )
      return { status: 201, body: { ...(await modelOf(row, user)), token } }
    }),

    route(getToken, async ({ params }) => {
      const user = await requireUser(database, params.user)
      return { status: 200, body: await modelOf(await requireToken(params.token, user, deps), user) }
    }),

    route(deleteToken, async ({ params }) => {
      const user = await requireUser(database, params.user)
      const token = await requireToken(params.token, user, deps)
      const removed = await database.write((tx) =>
        token.clientId === null || token.clientId === hubClientId
          ? tokenStore.remove(tx, token.id)
          : tokenStore.removeByClient(tx, user.id, token.clientId),
      )
      access.bump()
      deps.activity.forget('api_tokens', removed)
      return { status: 204 }
    }),
  ]
}

/** Who asks: by cookie or token, else by what the login form would have sent. */
async function callerOf(exchange: Exchange, auth: unknown, deps: TokenRoutesDeps): Promise<Identified> {
  if (exchange.visitor.kind !== 'anonymous') {
    await deps.xsrf.check(exchange, 'api')
    return exchange.visitor
  }
  const form = credentialsIn(auth)
  if (form === undefined) throw missingCredentials()
  const { authenticator, database, resolver, throttle } = deps
  const request = loginRequest(exchange, form)
  const outcome = await throttle
    .guard(form['username'] ?? '', request.remoteAddress, () =>
      getAuthenticatedUser(authenticator, request, AbortSignal.timeout(loginTimeoutMs)),
    )
    .catch((error: unknown) => {
      if (error instanceof LoginThrottledError) throw error
      return undefined
    })
  // Nobody is made a user this way: that is what logging in is for.
  const name = outcome === undefined || outcome.kind === 'refused' ? undefined : outcome.model.name
  const user = name === undefined ? undefined : await userStore.findByName(database.read, name)
  if (user === undefined) throw missingCredentials()
  return { kind: 'user', user, credential: { by: 'cookie' }, permissions: await resolver.ofUser(user) }
}

const nameOf = (caller: Identified): string => (caller.kind === 'user' ? caller.user.name : caller.service.name)

function credentialsIn(auth: unknown): Record<string, string> | undefined {
  if (typeof auth !== 'object' || auth === null) return undefined
  const texts = Object.entries(auth).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return texts.length === 0 ? undefined : Object.fromEntries(texts)
}

async function requireToken(
  id: string,
  user: userStore.User,
  { database }: TokenRoutesDeps,
): Promise<tokenStore.ApiToken> {
  const number = parseTokenId(id)
  const token = number === undefined ? undefined : await tokenStore.findById(database.read, number)
  if (token?.userId !== user.id) throw notFound(`No such token: ${id}`)
  return token
}

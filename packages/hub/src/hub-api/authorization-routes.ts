import { createTokenOldWay, identifyCookie, identifyToken } from '@hub/api'
import { identifyScopes, type Owner } from '../access/owner.js'
import { Permissions, union } from '../access/permissions.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Exchange } from '../http/exchange.js'
import { identified, missingCredentials } from '../http/handle.js'
import { notFound } from '../http/hub-error.js'
import { readBody } from '../http/json-body.js'
import type { Identified } from '../http/visitor.js'
import { readLoginMark } from '../login/session-cookies.js'
import { verifySignedValue } from '../login/signed-value.js'
import type { Visitors } from '../login/visitors.js'
import type { Services } from '../services/services.js'
import { type UserModelDeps, userModel } from '../users/user-model.js'
import { findProfileById } from '../users/user-profile-store.js'

export interface AuthorizationRoutesDeps extends UserModelDeps {
  readonly visitors: Visitors
  readonly services: Pick<Services, 'model'>
  readonly activity: ActivityRecorder
  /** How login cookies are signed, and for how long they are good. */
  readonly cookies: { readonly secret: Uint8Array; readonly maxAgeDays: number }
  readonly now: () => Date
}

const dayMs = 24 * 3_600 * 1_000
/** Cookies are not longer than this anywhere. */
const maxCookieBytes = 8 * 1024

/** Look-ups that services of old make about their visitors' tokens and cookies. */
export function authorizationRoutes(deps: AuthorizationRoutesDeps): ApiRoute[] {
  const modelOf = async (id: number, permissions: Permissions, includeStopped: boolean) => {
    const profile = await findProfileById(deps.database.read, id)
    if (profile === undefined) throw notFound()
    return userModel(profile, { permissions, includeStopped }, deps)
  }

  return [
    route(identifyToken, async ({ params, query, exchange }) => {
      const caller = byHeader(exchange)
      const found = params.token === '' ? undefined : await deps.visitors.byToken(params.token)
      if (found === undefined) throw notFound()
      noteActivity(found, deps)
      const owner: Owner =
        found.kind === 'user' ? { kind: 'user', name: found.user.name } : { kind: 'service', name: found.service.name }
      const permissions = union(caller.permissions, Permissions.parse(identifyScopes(owner)))
      const body =
        found.kind === 'user'
          ? await modelOf(found.user.id, permissions, query.include_stopped_servers ?? false)
          : await deps.services.model(found.service.id, permissions)
      return { status: 200, body }
    }),

    route(createTokenOldWay, () => Promise.reject(notFound('Create tokens at users/NAME/tokens instead.'))),

    route(identifyCookie, async ({ params, query, exchange }) => {
      const caller = byHeader(exchange)
      const value =
        params.value === '' ? (await readBody(exchange.request, maxCookieBytes)).toString('utf8') : params.value
      const text = verifySignedValue(value, {
        name: quoted(params.cookie),
        secret: deps.cookies.secret,
        nowMs: deps.now().getTime(),
        maxAgeMs: deps.cookies.maxAgeDays * dayMs,
      })
      const mark = text === undefined ? undefined : readLoginMark(text)
      const found = mark === undefined ? undefined : await deps.visitors.byLogin(mark)
      if (found === undefined) throw notFound()
      return {
        status: 200,
        body: await modelOf(found.user.id, caller.permissions, query.include_stopped_servers ?? false),
      }
    }),
  ]
}

/** These are for services: a browser's cookie is not enough. */
function byHeader(exchange: Exchange): Identified {
  const caller = identified(exchange)
  if (caller.credential.by !== 'token') throw missingCredentials()
  return caller
}

/** Being asked about is activity. */
function noteActivity(found: Identified, { activity, now }: AuthorizationRoutesDeps): void {
  if (found.credential.by === 'token') activity.report('api_tokens', found.credential.token.id, now())
  if (found.kind === 'user') activity.report('users', found.user.id, now())
}

/** Cookies were signed under their name as it is written in a URL, by Python's rules. */
const quoted = (name: string): string =>
  encodeURIComponent(name).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

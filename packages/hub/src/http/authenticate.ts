import type { ActivityRecorder } from '../activity/recorder.js'
import type { LoginSessions } from '../login/login-sessions.js'
import type { LoginSession } from '../login/login-session.js'
import type { AuthRefresh } from '../login/refresh.js'
import type { SessionCookies } from '../login/session-cookies.js'
import type { Visitors } from '../login/visitors.js'
import type { Exchange } from './exchange.js'
import { anonymous, type Identified, type Visitor } from './visitor.js'

export interface AuthenticateDeps {
  readonly visitors: Visitors
  readonly cookies: SessionCookies
  readonly session: LoginSession
  readonly refresh: AuthRefresh
  /** Is told of every request by a user or token, and sees to it that this does not get too much. */
  readonly activity: Pick<ActivityRecorder, 'seen'>
  readonly nowMs: () => number
  readonly loginSessions: Pick<LoginSessions, 'seen'>
}

/** `cookie`: pages, for browsers only. `any`: the API, where a token in the header comes first. */
export type Credentials = 'cookie' | 'any'

export type Authenticate = (exchange: Exchange, credentials: Credentials) => Promise<void>

/** A keyword, white space, one word, and nothing else: what looks only roughly like it is no credential. */
const authorization = /^(?:token|bearer)\s+(\S+)$/i

/** What notes of tokens begin with that the hub gives to servers: their requests say nothing about the person. */
const serverTokenNotePrefix = 'Server at '

/** Makes the function that finds out who a request comes from, and sets `exchange.visitor` and `exchange.sessionId`. */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  return async (exchange, credentials) => {
    exchange.sessionId = deps.cookies.readSessionIds(exchange.facts.headers.cookie)[0]
    const visitor = await currentVisitor(exchange, credentials, deps)
    exchange.visitor = visitor
    if (visitor.kind === 'anonymous') return
    if (visitor.credential.by === 'cookie') {
      deps.session.ensureSessionId(exchange)
      if (visitor.kind === 'user') deps.loginSessions.seen(exchange, visitor.user.id)
    }
    noteActivity(visitor, deps)
  }
}

async function currentVisitor(exchange: Exchange, credentials: Credentials, deps: AuthenticateDeps): Promise<Visitor> {
  const find = async (): Promise<Identified | undefined> =>
    (credentials === 'any' ? await byHeader(exchange, deps) : undefined) ??
    (await byCookie(exchange, credentials, deps))
  const found = await find()
  if (found?.kind !== 'user' || !deps.refresh.isDue(found.user.id)) return found ?? anonymous
  if (!(await deps.refresh.ensureFresh(found.user, exchange))) return anonymous
  // The refresh may have changed what the user may do.
  return (await find()) ?? anonymous
}

async function byHeader({ facts }: Exchange, { visitors }: AuthenticateDeps): Promise<Identified | undefined> {
  const token = authorization.exec(facts.headers.authorization ?? '')?.[1]
  return token === undefined ? undefined : visitors.byToken(token)
}

async function byCookie(
  exchange: Exchange,
  credentials: Credentials,
  deps: AuthenticateDeps,
): Promise<Identified | undefined> {
  const login = deps.cookies.readLogin(exchange.facts.headers.cookie, deps.nowMs())
  if (login.state === 'absent') return undefined
  const user = login.state === 'valid' ? await deps.visitors.byLogin(login, exchange.sessionId) : undefined
  if (login.state !== 'valid' || user === undefined) {
    deps.session.clearLogin(exchange)
    return undefined
  }
  if (login.sessionId !== undefined) deps.session.keepTo(exchange, login.sessionId)
  return credentials === 'any' && isForeignForm(exchange) ? undefined : user
}

/** A form of any other site can be posted to the API with the browser's cookies; JSON cannot. */
function isForeignForm({ facts }: Exchange): boolean {
  const type = facts.headers['content-type']
  if (facts.method !== 'POST' || type === undefined) return false
  return !type.split(';').some((part) => part.trim().toLowerCase().startsWith('application/json'))
}

function noteActivity(visitor: Identified, { activity }: AuthenticateDeps): void {
  const { credential } = visitor
  if (credential.by === 'token') activity.seen('api_tokens', credential.token.id)
  const isServer = credential.by === 'token' && credential.token.note.startsWith(serverTokenNotePrefix)
  if (visitor.kind === 'user' && !isServer) activity.seen('users', visitor.user.id)
}

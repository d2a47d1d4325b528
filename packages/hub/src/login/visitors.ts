import type { AccessVersion } from '../access/access-version.js'
import type { PermissionsResolver } from '../access/permissions-resolver.js'
import type { Permissions } from '../access/permissions.js'
import type { Database } from '../database/index.js'
import type { Identified, UserVisitor, VisitorService, VisitorUser } from '../http/visitor.js'
import * as serviceStore from '../services/service-store.js'
import type { TokenCache } from '../tokens/token-cache.js'
import { tokenPrefix } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import { TokenVerifier } from '../tokens/token-verifier.js'
import * as userStore from '../users/user-store.js'
import * as loginSessionStore from './login-session-store.js'
import { hashedSessionId } from './login-sessions.js'
import { RecentVisitors } from './recent-visitors.js'
import type { LoginMark } from './session-cookies.js'

/** A token with all that a request by it has to know, so that none of that is asked for again. */
export interface KnownToken extends tokenStore.ApiToken {
  readonly visitor: Identified
}

export interface VisitorsDeps {
  readonly database: Database
  readonly resolver: PermissionsResolver
  readonly access: AccessVersion
  readonly tokens: TokenCache<KnownToken>
  readonly now: () => Date
}

interface KnownUser {
  readonly visitor: UserVisitor
  /** Hashes of the ids of those sessions whose cookies could still be in use. */
  readonly endedSessions: ReadonlySet<string>
}

/** Longer than any token there is; what is longer would only keep the hash busy. */
const maxTokenLength = 1_000

/** Recognises those who make requests, from memory as far as nothing has changed that could alter what they may do. */
export class Visitors {
  readonly #byCookieId = new RecentVisitors<KnownUser>()
  readonly #verifier = new TokenVerifier()
  #version: number

  constructor(private readonly deps: VisitorsDeps) {
    this.#version = deps.access.current
  }

  /** The owner of a token, with what the token allows; undefined when there is no such token, or it has expired. */
  async byToken(token: string): Promise<Identified | undefined> {
    if (token === '' || token.length > maxTokenLength) return undefined
    this.#forgetIfChanged()
    const now = this.deps.now()
    const known = await this.deps.tokens.resolve(token, now, () => this.#findToken(token, now))
    return known?.visitor
  }

  /** The user of this cookie id; undefined when there is none, or not any more. */
  async byCookieId(cookieId: string): Promise<UserVisitor | undefined> {
    return (await this.#known(cookieId))?.visitor
  }

  /**
   * The user that a login cookie names; undefined also when its session has been ended.
   *
   * @param sent - the browser's session id, for cookies that name no session
   */
  async byLogin({ cookieId, sessionId }: LoginMark, sent?: string): Promise<UserVisitor | undefined> {
    const known = await this.#known(cookieId)
    const session = sessionId ?? sent
    if (known === undefined || known.endedSessions.size === 0 || session === undefined) return known?.visitor
    return known.endedSessions.has(hashedSessionId(session)) ? undefined : known.visitor
  }

  #known(cookieId: string): Promise<KnownUser | undefined> {
    this.#forgetIfChanged()
    return this.#byCookieId.resolve(cookieId, this.deps.now(), () => this.#findUser(cookieId))
  }

  #forgetIfChanged(): void {
    const { access, tokens } = this.deps
    if (this.#version === access.current) return
    this.#version = access.current
    tokens.clear()
    this.#byCookieId.clear()
  }

  async #findUser(cookieId: string): Promise<KnownUser | undefined> {
    const { database, resolver } = this.deps
    const row = await userStore.findByCookieId(database.read, cookieId)
    if (row === undefined) return undefined
    const user = visitorUser(row)
    const [permissions, ended] = await Promise.all([
      resolver.ofUser(user),
      loginSessionStore.endedOf(database.read, user.id),
    ])
    return {
      visitor: { kind: 'user', user, credential: { by: 'cookie' }, permissions },
      endedSessions: new Set(ended),
    }
  }

  async #findToken(token: string, now: Date): Promise<KnownToken | undefined> {
    const candidates = await tokenStore.findCandidatesByPrefix(this.deps.database.read, tokenPrefix(token), now)
    const row = candidates.find((candidate) => this.#verifier.isStoredAs(token, candidate.hashed))
    // A token without a client is left over from a client that is gone.
    if (row === undefined || row.clientId === null) return undefined
    const visitor = await this.#ownerOf(row)
    return visitor === undefined ? undefined : { ...row, visitor }
  }

  async #ownerOf(row: tokenStore.ApiToken): Promise<Identified | undefined> {
    const { database, resolver } = this.deps
    const credential = { by: 'token', token: { id: row.id, note: row.note ?? '', sessionId: row.sessionId } } as const
    if (row.userId !== null) {
      const found = await userStore.findById(database.read, row.userId)
      if (found === undefined) return undefined
      const user = visitorUser(found)
      const permissions = await this.#limited(row, { kind: 'user', name: user.name }, await resolver.ofUser(user))
      return { kind: 'user', user, credential, permissions }
    }
    if (row.serviceId === null) return undefined
    const found = await serviceStore.findById(database.read, row.serviceId)
    if (found === undefined) return undefined
    const service: VisitorService = { id: found.id, name: found.name, admin: found.admin }
    const permissions = await this.#limited(
      row,
      { kind: 'service', name: service.name },
      await resolver.ofService(service),
    )
    return { kind: 'service', service, credential, permissions }
  }

  #limited(
    row: tokenStore.ApiToken,
    owner: Parameters<PermissionsResolver['ofToken']>[1],
    held: Permissions,
  ): Promise<Permissions> {
    return this.deps.resolver.ofToken(row, owner, held)
  }
}

const visitorUser = ({ id, name, admin, cookieId }: userStore.User): VisitorUser => ({ id, name, admin, cookieId })

import { createHash } from 'node:crypto'
import type { Log } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import type { Database } from '../database/index.js'
import type { Exchange } from '../http/exchange.js'
import { badRequest, notFound } from '../http/hub-error.js'
import * as tokenStore from '../tokens/token-store.js'
import { newCookieId } from '../users/create-user.js'
import * as userStore from '../users/user-store.js'
import * as store from './login-session-store.js'

export interface LoginSessionsDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly maxAgeDays: number
  readonly now: () => Date
  readonly log: Log
}

/** A browser that somebody is logged in with. */
export interface KnownSession {
  /** Names the session to the hub; worth nothing to anybody else. */
  readonly key: string
  readonly agent: string
  readonly address: string
  readonly created: Date
  readonly lastSeen: Date
  /** The one that asks. */
  readonly isThis: boolean
}

/** A session in use is noted this often. */
const noteEveryMs = 5 * 60_000
/** How many are remembered as just noted; beyond that they are noted more often, and nothing else. */
const remembered = 10_000

const dayMs = 86_400_000

/** Which browsers people are logged in with, for them to look at and to end. */
export class LoginSessions {
  readonly #notedAtMs = new Map<string, number>()

  constructor(private readonly deps: LoginSessionsDeps) {}

  /** Notes that the browser of a request is in use. Nothing waits for it, and nothing fails by it. */
  seen({ facts, sessionId }: Exchange, userId: number): void {
    if (sessionId === undefined) return
    const now = this.deps.now()
    const id = hashedSessionId(sessionId)
    const key = `${userId} ${id}`
    if (now.getTime() - (this.#notedAtMs.get(key) ?? -Infinity) < noteEveryMs) return
    if (this.#notedAtMs.size >= remembered) this.#notedAtMs.clear()
    this.#notedAtMs.set(key, now.getTime())
    const agent = facts.headers['user-agent']?.slice(0, 300) ?? null
    const row = { id, userId, agent, address: facts.ip.slice(0, 45), created: now, lastSeen: now, ended: null }
    this.deps.database
      .write((tx) => store.touch(tx, row))
      .catch((error: unknown) => {
        this.#notedAtMs.delete(key)
        this.deps.log.debug('a session could not be noted', { error })
      })
  }

  async list({ sessionId }: Exchange, userId: number): Promise<KnownSession[]> {
    const { database, now } = this.deps
    await database.write((tx) => store.removeUnusedSince(tx, userId, this.#oldest(now())))
    const current = sessionId === undefined ? '' : hashedSessionId(sessionId)
    return (await store.listOf(database.read, userId)).map((row) => ({
      key: row.id,
      agent: row.agent ?? '',
      address: row.address ?? '',
      created: row.created,
      lastSeen: row.lastSeen,
      isThis: row.id === current,
    }))
  }

  /** One session has ended: somebody has logged out. A copy of its login cookie is worth nothing from now on. */
  async ended(sessionId: string, userId: number): Promise<void> {
    const now = this.deps.now()
    await this.deps.database.write(async (tx) => {
      await store.end(tx, userId, hashedSessionId(sessionId), now)
      await store.removeUnusedSince(tx, userId, this.#oldest(now))
    })
    this.deps.access.bump()
  }

  /** Whether this session was ended: whoever logs in again in that browser needs another one. */
  async isEnded(sessionId: string, userId: number): Promise<boolean> {
    return (await store.endedOf(this.deps.database.read, userId)).includes(hashedSessionId(sessionId))
  }

  /**
   * Ends one of the user's other sessions, as its own logout would: its login cookie counts no more, and the tokens that
   * applications got in it are gone.
   *
   * @throws a 404 if the user has no such session, and a 400 if it is the one that asks
   */
  async endOne({ sessionId }: Exchange, userId: number, key: string): Promise<void> {
    if (sessionId !== undefined && hashedSessionId(sessionId) === key)
      throw badRequest('This is the session you are using. Log out to end it.', 'own_session')
    await this.deps.database.write(async (tx) => {
      if ((await store.end(tx, userId, key, this.deps.now())) === 0)
        throw notFound('There is no such session any more. Load the page again.')
      for (const one of await tokenStore.sessionIdsOf(tx, userId)) {
        if (hashedSessionId(one) === key) await tokenStore.removeBySession(tx, userId, one)
      }
    })
    this.deps.access.bump()
  }

  /**
   * Ends every other session of the user: their login cookies name nobody any more, and the tokens that applications got
   * in them are gone.
   *
   * @returns what the login cookie has to name from now on
   */
  async endOthers({ sessionId }: Exchange, userId: number): Promise<string> {
    if (sessionId === undefined) throw badRequest('This browser has no session. Log in again first.', 'no_session')
    const cookieId = newCookieId()
    await this.deps.database.write(async (tx) => {
      await userStore.setCookieId(tx, userId, cookieId)
      await tokenStore.removeOfOtherSessions(tx, userId, sessionId)
      await store.removeOthers(tx, userId, hashedSessionId(sessionId))
    })
    this.#notedAtMs.clear()
    this.deps.access.bump()
    return cookieId
  }

  /** The cookies of sessions unused for longer have run out. */
  #oldest(now: Date): Date {
    return new Date(now.getTime() - this.deps.maxAgeDays * dayMs)
  }
}

/** The id itself opens servers to whoever has it. */
export const hashedSessionId = (sessionId: string): string => createHash('sha256').update(sessionId).digest('hex')

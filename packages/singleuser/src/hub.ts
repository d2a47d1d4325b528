import type { SecureContextOptions } from 'node:tls'
import { exchangeOAuthCode, formatTimestamp, reportActivity, wireVersion } from '@hub/api'
import type { Log } from '@hub/api/base'
import { HubAnswerError, HubApiClient } from '@hub/api/client'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HubFacts } from './config/hub-facts.js'
import { VisitorError } from './errors.js'

/** A visitor, as the hub knows it by a token. */
export interface Identity {
  readonly name: string
  readonly kind: 'user' | 'service'
  readonly groups: readonly string[]
  readonly scopes: readonly string[]
}

const CALL_MS = 20_000
const VERSION_WAITS_MS = [2_000, 4_000, 8_000, 16_000, 0]

/** What is asked of the hub. */
export class Hub {
  readonly #client: HubApiClient

  constructor(
    private readonly facts: HubFacts,
    tls?: SecureContextOptions,
  ) {
    const { apiUrl, apiToken: token } = facts
    this.#client = new HubApiClient({ apiUrl, token, deadlineMs: CALL_MS, ...(tls === undefined ? {} : { tls }) })
  }

  /** Undefined: the hub does not know the token (any more). @throws HubUnreachableError, HubAnswerError */
  async identify(token: string): Promise<Identity | undefined> {
    // Made of what the browser sent: a header cannot hold everything.
    if (!/^[\x21-\x7e]+$/.test(token)) return undefined
    const { whoami } = await import('@hub/api')
    try {
      const { body } = await this.#client.call(whoami, { token })
      const groups = 'groups' in body ? (body.groups ?? []) : []
      return { name: body.name ?? '', kind: body.kind ?? 'user', groups, scopes: body.scopes }
    } catch (error) {
      if (error instanceof HubAnswerError && error.answerStatus === 403) return undefined
      throw error
    }
  }

  /** @throws VisitorError */
  async exchange(
    code: string,
    verifier: string,
  ): Promise<{ readonly token: string; readonly expiresInSeconds: number }> {
    const { status, body } = await this.#client.call(exchangeOAuthCode, {
      body: {
        grant_type: 'authorization_code',
        code,
        client_id: this.facts.clientId,
        client_secret: this.facts.apiToken,
        redirect_uri: this.facts.callbackUrl,
        code_verifier: verifier,
      },
    })
    if (status === 200) return { token: body.access_token, expiresInSeconds: body.expires_in }
    throw new VisitorError(
      500,
      `The hub refused the login (${body.error}). Try again; if it stays, tell your administrator.`,
    )
  }

  async report(at: Date, signal: AbortSignal): Promise<void> {
    const { userName, serverName } = this.facts
    const time = formatTimestamp(at)
    await this.#client.call(reportActivity, {
      params: { user: userName },
      body: { servers: { [serverName]: { last_activity: time } }, last_activity: time },
      signal,
    })
  }

  /** Waits until the hub answers, and says so when it is of another major version. @throws when it does not answer */
  async checkVersion(log: Log, signal: AbortSignal): Promise<void> {
    for (const [index, waitMs] of VERSION_WAITS_MS.entries()) {
      try {
        const version = await this.#client.version({ signal })
        if (version.split('.')[0] !== wireVersion.split('.')[0])
          log.warn(`The hub speaks JupyterHub ${version}, this server ${wireVersion}; some things may not work`)
        else log.debug('the hub answers', { version })
        return
      } catch (error) {
        if (signal.aborted || index === VERSION_WAITS_MS.length - 1) throw error
        log.warn('the hub does not answer yet', { error: error instanceof Error ? error.message : error })
        await sleep(waitMs, undefined, { signal })
      }
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

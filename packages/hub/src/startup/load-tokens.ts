import type { Log } from '@hub/api'
import { hubClientId } from '../access/permission-facts.js'
import * as roleStore from '../access/role-store.js'
import type { Database } from '../database/index.js'
import { hashProvidedToken, isTokenStoredAs, MIN_TOKEN_CHARACTERS, tokenPrefix } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import { ConfigProblem } from './config-problem.js'

export interface ConfiguredToken {
  readonly token: string
  readonly owner: tokenStore.TokenOwner
  /** For the log: `user ada`, `service culler`. */
  readonly ownerText: string
}

export interface LoadTokensDeps {
  readonly database: Database
  readonly trustProvidedTokens: boolean
  readonly now: () => Date
  readonly log: Log
}

/** @throws {@link ConfigProblem} without showing the token */
export function assertLongEnough(token: string, option: string): void {
  if (token.length < MIN_TOKEN_CHARACTERS) {
    throw new ConfigProblem(
      option,
      `a token must have at least ${MIN_TOKEN_CHARACTERS} characters; make one with openssl rand -hex 32`,
    )
  }
}

/** Stores tokens of the configuration that are not there yet; one that is, whoever owns it, stays as it is. */
export async function loadTokens(tokens: readonly ConfiguredToken[], deps: LoadTokensDeps): Promise<void> {
  const { database, now, log } = deps
  await database.write(async (tx) => {
    const role = await roleStore.findByName(tx, 'token')
    for (const { token, owner, ownerText } of tokens) {
      const candidates = await tokenStore.findCandidatesByPrefix(tx, tokenPrefix(token), now())
      if (candidates.some((candidate) => isTokenStoredAs(token, candidate.hashed))) continue
      log.info(`Adding API token for ${ownerText}`)
      await tokenStore.create(tx, {
        ...hashProvidedToken(token, { isTrusted: deps.trustProvidedTokens }),
        owner,
        clientId: hubClientId,
        scopes: role?.scopes ?? ['inherit'],
        note: 'from config',
        created: now(),
        expiresAt: null,
      })
    }
  })
}

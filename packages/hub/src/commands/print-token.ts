import { userInfo } from 'node:os'
import { CodedError } from '@hub/api'
import { hubClientId } from '../access/permission-facts.js'
import * as roleStore from '../access/role-store.js'
import { databaseLimits } from '../assemble/foundation.js'
import { type HubSettings, hubSettings } from '../assemble/hub-settings.js'
import { makeAuthenticator } from '../assemble/identity.js'
import type { CommandContext } from '../cli.js'
import { type Database, openDatabase } from '../database/index.js'
import { storeHubClient } from '../startup/hub-client.js'
import { generateApiToken, GENERATED_TOKEN_ROUNDS, hashToken } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import { insertUser } from '../users/create-user.js'
import * as userStore from '../users/user-store.js'
import { hubLog } from './hub-log.js'

/**
 * `jupyterhub token [NAME]`: the token alone goes to standard output. A hub may be running on the same database, so nothing is
 * done here that belongs to a start: no tables are dropped or brought up to date, no servers renamed, no roles changed.
 */
export async function printToken({ config }: CommandContext): Promise<number> {
  const log = hubLog(config)
  try {
    const settings = hubSettings(config)
    const { db_url: url, db_kwargs: kwargs, debug_db: debug } = settings.hub
    const signal = AbortSignal.timeout(60_000)
    const database = await openDatabase({ url, log, debug, signal, ...databaseLimits(kwargs) })
    try {
      const name = config.positionals[0] ?? userInfo().username
      const user =
        (await userStore.findByName(database.read, name)) ??
        (await createConfigured(name, settings, database, makeAuthenticator({ settings, database, log })))
      if (user === undefined) {
        log.error(
          `No such user: ${name}. Users are made by logging in, by Authenticator.allowed_users, or over the API.`,
        )
        return 1
      }
      process.stdout.write(`${await createToken(database, user.id)}\n`)
      return 0
    } finally {
      await database.close()
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    log.error(error.message, { code: error.code })
    return 1
  }
}

/** Somebody whom the configuration names, and whom the next start of a hub would make. */
async function createConfigured(
  name: string,
  { hub }: HubSettings,
  database: Database,
  authenticator: ReturnType<typeof makeAuthenticator>,
): Promise<userStore.User | undefined> {
  const spelled = async (names: Iterable<string>): Promise<string[]> => {
    const found: string[] = []
    for (const each of names) found.push(await authenticator.normalizeUsername(each))
    return found
  }
  const admin = (await spelled(authenticator.adminUsers)).includes(name)
  const others = await spelled([...authenticator.allowedUsers, ...Object.values(hub.api_tokens)])
  if (!admin && !others.includes(name)) return undefined
  return database.write(async (tx) => {
    // The first to use the database may be this command.
    await storeHubClient(tx)
    return insertUser(tx, { name, admin }, new Date())
  })
}

async function createToken(database: Database, userId: number): Promise<string> {
  const token = generateApiToken()
  await database.write(async (tx) => {
    const role = await roleStore.findByName(tx, 'token')
    await tokenStore.create(tx, {
      ...hashToken(token, { rounds: GENERATED_TOKEN_ROUNDS }),
      owner: { userId },
      clientId: hubClientId,
      scopes: role?.scopes ?? ['inherit'],
      note: 'command-line generated',
      created: new Date(),
      expiresAt: null,
    })
  })
  return token
}

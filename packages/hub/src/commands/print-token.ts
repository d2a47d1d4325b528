import { userInfo } from 'node:os'
import { CodedError } from '@hub/api'
import { Closer } from '@hub/daemon'
import { hubClientId } from '../access/permission-facts.js'
import * as roleStore from '../access/role-store.js'
import { layFoundation, systemClock } from '../assemble/foundation.js'
import { hubSettings } from '../assemble/hub-settings.js'
import { assembleIdentity } from '../assemble/identity.js'
import type { CommandContext } from '../cli.js'
import { readServiceSpecs } from '../services/service-spec.js'
import { startUpData } from '../startup/start-up-data.js'
import { generateApiToken, GENERATED_TOKEN_ROUNDS, hashToken } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import * as userStore from '../users/user-store.js'
import { hubLog } from './hub-log.js'

/** `jupyterhub token [NAME]`: the token alone goes to standard output. Works beside a running hub. */
export async function printToken({ config, env }: CommandContext): Promise<number> {
  const log = hubLog(config)
  await using closer = new Closer(log)
  try {
    const settings = hubSettings(config)
    const signal = AbortSignal.timeout(60_000)
    const foundation = await layFoundation(settings, { environment: env, log, clock: systemClock, closer, signal })
    await startUpData(foundation, assembleIdentity(foundation), readServiceSpecs(settings.hub.services))
    const name = config.positionals[0] ?? userInfo().username
    const token = await createToken(foundation, name)
    if (token === undefined) {
      log.error(`No such user: ${name}. Users are made by logging in, by Authenticator.allowed_users, or over the API.`)
      return 1
    }
    process.stdout.write(`${token}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    log.error(error.message, { code: error.code })
    return 1
  }
}

async function createToken(
  { database, clock }: Awaited<ReturnType<typeof layFoundation>>,
  name: string,
): Promise<string | undefined> {
  const user = await userStore.findByName(database.read, name)
  if (user === undefined) return undefined
  const token = generateApiToken()
  await database.write(async (tx) => {
    const role = await roleStore.findByName(tx, 'token')
    await tokenStore.create(tx, {
      ...hashToken(token, { rounds: GENERATED_TOKEN_ROUNDS }),
      owner: { userId: user.id },
      clientId: hubClientId,
      scopes: role?.scopes ?? ['inherit'],
      note: 'command-line generated',
      created: clock.now(),
      expiresAt: null,
    })
  })
  return token
}

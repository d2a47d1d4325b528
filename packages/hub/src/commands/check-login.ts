import { access, constants } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '@hub/api'
import { findAccount } from '@hub/api/accounts'
import {
  AuthenticationError,
  type Authenticator,
  fakeLoginRequest,
  getAuthenticatedUser,
  type LoginOutcome,
  PAMAuthenticator,
} from '@hub/authenticator'
import { databaseLimits } from '../assemble/foundation.js'
import { hubSettings } from '../assemble/hub-settings.js'
import { makeAuthenticator } from '../assemble/identity.js'
import type { CommandContext } from '../cli.js'
import { openDatabase } from '../database/index.js'
import { askSecret } from './ask-secret.js'
import { hubLog } from './hub-log.js'

/** Longest time the whole check may take, the typing included. */
const CHECK_DEADLINE_MS = 180_000

/**
 * `jupyterhub check-login [NAME]`: how the configured authenticator and the allow rules judge a login, told step by step.
 * Nobody is logged in, and neither user nor account is made.
 */
export async function checkLogin({ config }: CommandContext): Promise<number> {
  const log = hubLog(config)
  const name = config.positionals[0] ?? userInfo().username
  try {
    const settings = hubSettings(config)
    const { db_url: url, db_kwargs: kwargs } = settings.hub
    const signal = AbortSignal.timeout(CHECK_DEADLINE_MS)
    // For allow_existing_users.
    const database = await openDatabase({ url, log, signal, ...databaseLimits(kwargs) })
    const authenticator = makeAuthenticator({ settings, database, log })
    try {
      return await check(authenticator, name, signal)
    } finally {
      await authenticator.stop()
      await database.close()
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    log.error(error.message, { code: error.code })
    return 1
  }
}

async function check(authenticator: Authenticator, name: string, signal: AbortSignal): Promise<number> {
  say('authenticator', authenticator.constructor.name)
  if (authenticator.loginService !== '' || !authenticator.hasLoginPage) {
    say('verdict', 'cannot be checked: nobody logs in with a form of the hub')
    return 1
  }
  if (authenticator instanceof PAMAuthenticator) await describePam(authenticator)
  await authenticator.init(signal)
  const spelled = await authenticator.normalizeUsername(name)
  say('name', spelled)
  if (authenticator instanceof PAMAuthenticator) {
    const account = await findAccount(spelled)
    say('account', account === undefined ? 'none of this name on this host' : `uid ${account.uid}`)
  }
  const password = (await askSecret('Password: ')) ?? ''
  const otp = authenticator.config.request_otp ? await askSecret(`${authenticator.config.otp_prompt} `) : undefined
  const request = fakeLoginRequest({ username: name, password, ...(otp === undefined ? {} : { otp }) })
  try {
    return tell(await getAuthenticatedUser(authenticator, request, signal))
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error
    // What the person would read; with PAM, what its modules say.
    say('verdict', `refused: ${error.message}`)
    return 1
  }
}

/** What most often is the reason: which file is asked, and whether this process may read the hashes of passwords. */
async function describePam({ config }: PAMAuthenticator): Promise<void> {
  const file = join('/etc/pam.d', config.service)
  const exists = await may(file, constants.F_OK)
  say(
    'PAM service',
    exists ? `${config.service} (${file})` : `${config.service} (there is no ${file}: PAM asks "other")`,
  )
  const readable = await may('/etc/shadow', constants.R_OK)
  say(
    'asked as',
    readable
      ? `${userInfo().username}, who can read /etc/shadow`
      : `${userInfo().username}, who cannot read /etc/shadow: only its own password can be checked (see the group shadow)`,
  )
}

const REASONS: Readonly<Record<Extract<LoginOutcome, { kind: 'refused' }>['reason'], string>> = {
  credentials: 'wrong name or password; the log lines above say more',
  invalid_username: 'the name is not one that a user can have (Authenticator.username_pattern)',
  blocked: 'the password is right, but the name is in Authenticator.blocked_users',
  not_allowed:
    'the password is right, but no allow option lets the name in (Authenticator.allowed_users, allow_all, …)',
}

function tell(outcome: LoginOutcome): number {
  if (outcome.kind === 'refused') {
    say('verdict', `refused: ${REASONS[outcome.reason]}`)
    return 1
  }
  const { model } = outcome
  say('verdict', `may log in, as ${model.name}`)
  say('administrator', model.admin === true ? 'yes' : model.admin === false ? 'no' : 'as the database has it')
  if (model.groups !== undefined && model.groups !== null) say('groups', model.groups.join(', '))
  return 0
}

function say(what: string, text: string): void {
  process.stdout.write(`${`${what}:`.padEnd(16)}${text}\n`)
}

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

import type { Configurable } from '@hub/config'
import { AuthenticationError } from '../authentication-error.js'
import type {
  AuthenticatorContext,
  AuthModel,
  AuthResult,
  HubServer,
  HubUser,
  LoginRequest,
  RefreshResult,
} from '../contract.js'
import { LocalAuthenticator } from '../local/local-authenticator.js'
import { canonicalAccountName, systemAccounts } from '../local/system-accounts.js'
import { type PamConfig, pamConfigurable } from './pam-config.js'
import type { Refusal, Verdict } from './protocol.js'
import { SessionKeeper } from './session-keeper.js'
import { PamUnavailableError } from './worker.js'
import { PamWorkerPool } from './worker-pool.js'

/** A refusal takes at least as long, so that its duration does not tell which accounts there are. */
export const SHORTEST_REFUSAL_MS = 400
const LONGEST_NAME_BYTES = 255
const LONGEST_SHOWN_MESSAGE = 500

/**
 * Accounts of this host, with their passwords.
 *
 * @see JupyterHub `PAMAuthenticator`
 */
export class PAMAuthenticator extends LocalAuthenticator<PamConfig> {
  static override readonly configurable: Configurable = pamConfigurable

  readonly #pool: PamWorkerPool
  readonly #sessions: SessionKeeper

  constructor(context: AuthenticatorContext<PamConfig>) {
    super(context)
    this.#pool = new PamWorkerPool({ size: context.config.executor_threads })
    this.#sessions = new SessionKeeper(context.config.service, context.log)
  }

  override async start(signal: AbortSignal): Promise<void> {
    await super.start(signal)
    await this.lookForGroups('admin_groups', this.config.admin_groups)
  }

  override async stop(): Promise<void> {
    this.#pool.stop()
    this.#sessions.stop()
    await super.stop()
  }

  override async authenticate({ form, remoteAddress }: LoginRequest, signal: AbortSignal): Promise<AuthResult> {
    const startedAt = performance.now()
    const [typed = '', password = '', otp = ''] = ['username', 'password', 'otp'].map((field) => form?.[field])
    const account = this.#accountName(typed)
    // An empty password would open accounts that have none.
    if (!mayBeAsked(account) || password === '' || [password, otp].some((text) => text.includes('\0'))) return null
    const verdict = await this.#ask(
      account,
      this.config.request_otp ? [password, otp] : [password],
      remoteAddress,
      signal,
    )
    if (verdict.refusal !== undefined) {
      this.#logRefusal(account, remoteAddress, verdict.refusal)
      await wait(Math.max(verdict.delayMs, SHORTEST_REFUSAL_MS) - (performance.now() - startedAt), signal)
      const told = shownMessages(verdict)
      if (told === '') return null
      // Whoever got to the account stack had the right password.
      const what = verdict.refusal.stage === 'account' ? 'You cannot log in.' : 'Invalid username or password.'
      throw new AuthenticationError(`${what} ${told}`)
    }
    return this.config.manage_groups ? { name: account, groups: await this.accounts.groupsOf(account) } : account
  }

  /** The account's own spelling, or lower case. */
  override async normalizeUsername(name: string): Promise<string> {
    if (!this.config.pam_normalize_username) return super.normalizeUsername(name)
    const { username_map: map } = this.config
    const canonical = (await canonicalAccountName(name)) ?? name
    return Object.hasOwn(map, canonical) ? (map[canonical] ?? canonical) : canonical
  }

  override async isAdmin(name: string, model: AuthModel): Promise<boolean | undefined> {
    const named = await super.isAdmin(name, model)
    if (named === true || this.config.admin_groups.size === 0) return named
    return this.isMemberOfAny(name, this.config.admin_groups)
  }

  /** Whether there still is an account; groups that make administrators, or groups of the hub, are looked at anew. */
  override async refreshUser(user: HubUser): Promise<RefreshResult> {
    if ((await systemAccounts.find(user.name)) === undefined) return false
    const { manage_groups: managesGroups, admin_groups: adminGroups } = this.config
    if (!managesGroups && adminGroups.size === 0) return true
    const admin = adminGroups.size === 0 ? undefined : await this.isAdmin(user.name, { name: user.name })
    return {
      ...(admin === undefined ? {} : { admin }),
      ...(managesGroups ? { groups: await this.accounts.groupsOf(user.name) } : {}),
    }
  }

  override async preSpawnStart(user: HubUser, server: HubServer): Promise<void> {
    if (this.config.open_sessions) await this.#sessions.open(`${user.name}/${server.serverName}`, user.name)
  }

  override async postSpawnStop(user: HubUser, server: HubServer): Promise<void> {
    await this.#sessions.close(`${user.name}/${server.serverName}`, user.name)
  }

  override checkAllowConfig(): readonly string[] {
    const warnings = super.checkAllowConfig()
    if (this.config.any_allow_config || !this.config.allow_all) return warnings
    return [
      ...warnings,
      'Every account of this host that has a password may log in, because no allow option is set. Set ' +
        'Authenticator.allowed_users or LocalAuthenticator.allowed_groups to let in some only, or Authenticator.allow_all = True if this is meant.',
    ]
  }

  /** The account whose password is asked for has to be the one that the hub's user will be. */
  #accountName(typed: string): string {
    return this.config.pam_normalize_username ? typed : typed.toLowerCase()
  }

  async #ask(
    username: string,
    answers: readonly string[],
    remoteAddress: string,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { service, encoding, check_account: checkAccount, check_timeout: seconds } = this.config
    const timeout = AbortSignal.timeout(seconds * 1_000)
    try {
      return await this.#pool.check(
        { service, username, answers, encoding, checkAccount, remoteAddress },
        AbortSignal.any([signal, timeout]),
      )
    } catch (error) {
      if (timeout.aborted && !signal.aborted) {
        this.log.error('PAM did not answer in time; a module may hang', { user: username, service, seconds })
        throw new AuthenticationError('Passwords cannot be checked just now. Try again in a minute.', 503)
      }
      if (!(error instanceof PamUnavailableError)) throw error
      this.log.error('PAM cannot be asked', { user: username, service, error })
      throw new AuthenticationError('Passwords cannot be checked just now. Tell your administrator.', 503)
    }
  }

  #logRefusal(account: string, remoteAddress: string, { stage, reason, code }: Refusal): void {
    const shown = account.length > 32 ? `${account.slice(0, 16)}... (${account.length} characters)` : account
    const event =
      stage === 'account'
        ? `PAM Account Check failed (${shown}@${remoteAddress}): ${reason}`
        : `PAM Authentication failed (${shown}@${remoteAddress}): ${reason}`
    this.log.warn(event, { service: this.config.service, code })
  }
}

/** Names that no account can have are not passed to modules, some of which put them into files and commands. */
function mayBeAsked(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= LONGEST_NAME_BYTES && !/^-|[/\p{Cc}\p{Zl}\p{Zp}]|^\.\.?$/u.test(name)
}

/** What modules say is text for terminals: bells and colours are taken out. */
function shownMessages({ messages, refusal }: Verdict): string {
  const texts = messages.map((text) => text.replace(/\p{Cc}+/gu, ' ').trim()).filter((text) => text !== '')
  if (texts.length === 0 && refusal?.stage === 'account') texts.push(accountReason(refusal.code))
  return texts.join(' ').slice(0, LONGEST_SHOWN_MESSAGE)
}

const PAM_NEW_AUTHTOK_REQD = 12
const PAM_ACCT_EXPIRED = 13

/** The password was right, so its owner may know. */
function accountReason(code: number): string {
  if (code === PAM_NEW_AUTHTOK_REQD) return 'Your password has expired. Change it on the host first.'
  if (code === PAM_ACCT_EXPIRED) return 'Your account has expired.'
  return 'Your account may not log in at present.'
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

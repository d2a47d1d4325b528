import { type Account, findAccount, groupsOfAccount } from '@hub/api/accounts'
import type { HelperSettings } from './config.js'
import { HostFullError, NoAccountError, NotAllowedError } from './errors.js'
import type { Limits, ServerRecord } from './server-record.js'

/** What may not reach sudo: options, numbers (`#0`), lists, blanks. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.@-]{0,254}$/

/**
 * The account that a server is to run as.
 *
 * @throws NotAllowedError, NoAccountError
 */
export async function allowedAccount(user: string, settings: HelperSettings): Promise<Account> {
  if (!NAME.test(user)) throw new NotAllowedError(`${JSON.stringify(user)} is not the name of an account.`)
  const isListed = settings.allowed_users.has(user) || settings.allowed_groups.size > 0
  if (!isListed || settings.blocked_users.has(user)) throw new NotAllowedError(`no servers of ${user}.`)
  const account = await findAccount(user)
  if (account === undefined) throw new NoAccountError(user)
  if (account.uid < settings.min_uid)
    throw new NotAllowedError(`${user} is an account of the system (its number is below ${settings.min_uid}).`)
  if (settings.allowed_users.has(user)) return account
  if ((await groupsOfAccount(user)).some((group) => settings.allowed_groups.has(group))) return account
  throw new NotAllowedError(`${user} is in none of the groups that may have servers.`)
}

/** @throws HostFullError */
export function assertRoom(user: string, records: Iterable<ServerRecord>, settings: HelperSettings): void {
  const live = [...records].filter(({ phase }) => phase.at !== 'exited')
  if (settings.max_servers > 0 && live.length >= settings.max_servers) throw new HostFullError('The host is full.')
  const own = live.filter(({ facts }) => facts.user === user).length
  if (settings.max_servers_per_user > 0 && own >= settings.max_servers_per_user)
    throw new HostFullError(`${user} has as many servers on this host as are allowed (${own}).`)
}

/** The path of the mediator. @throws NotAllowedError */
export function allowedCommand(name: string, { commands }: HelperSettings): string {
  const path = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (path === undefined) throw new NotAllowedError(`there is no command named ${JSON.stringify(name)}.`)
  return path
}

/** The limits that hold: those asked for, within what is allowed. @throws NotAllowedError */
export function allowedLimits(asked: Limits, { max_memory: memory, max_cpu: cpu }: HelperSettings): Limits {
  if (memory !== null && asked.memoryBytes !== null && asked.memoryBytes > memory)
    throw new NotAllowedError(`${asked.memoryBytes} bytes of memory; at most ${memory}.`)
  if (cpu !== null && asked.cpuCores !== null && asked.cpuCores > cpu)
    throw new NotAllowedError(`${asked.cpuCores} cores; at most ${cpu}.`)
  return { memoryBytes: asked.memoryBytes ?? memory, cpuCores: asked.cpuCores ?? cpu }
}

/** @throws NotAllowedError */
export function assertAllowedStart(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  settings: HelperSettings,
): void {
  const patterns = settings.allowed_args?.map((pattern) => new RegExp(`^(?:${pattern})$`, 'u'))
  const arg = patterns && args.find((each) => !patterns.some((pattern) => pattern.test(each)))
  if (arg !== undefined) throw new NotAllowedError(`the argument ${JSON.stringify(arg.split('=', 1)[0])}.`)
  const name = Object.keys(environment).find((each) => settings.forbidden_environment.has(each))
  if (name !== undefined) throw new NotAllowedError(`the environment variable ${name}.`)
}

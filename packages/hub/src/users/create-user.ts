import { randomUUID } from 'node:crypto'
import type { Authenticator } from '@hub/authenticator'
import type { AccessVersion } from '../access/access-version.js'
import type { Database, Transaction } from '../database/index.js'
import { DuplicateError } from '../database/errors.js'
import type { HubEvents } from '../events.js'
import { HubError } from '../http/hub-error.js'
import { grantDefaultRoles } from './default-user-roles.js'
import * as userStore from './user-store.js'

/** Names that cannot be anybody's, in the order they were given. */
export class InvalidUsernamesError extends HubError {
  override readonly name = 'InvalidUsernamesError'
  constructor(readonly usernames: readonly string[]) {
    super('username_invalid', 400, `Invalid username${usernames.length === 1 ? '' : 's'}: ${usernames.join(', ')}`)
  }
}

/** The authenticator does not take the user: its account cannot be made, its name is refused. */
export class UserRefusedError extends HubError {
  override readonly name = 'UserRefusedError'
  constructor(
    readonly username: string,
    cause: unknown,
  ) {
    const why = cause instanceof Error && cause.message !== '' ? cause.message : 'the authenticator refused the name'
    super('user_refused', 400, `Failed to create user ${username}: ${why}`, { cause })
  }
}

/**
 * The names as the authenticator spells them, each once.
 *
 * @throws {@link InvalidUsernamesError} that names all that cannot be
 */
export async function normalizedUsernames(
  authenticator: Pick<Authenticator, 'normalizeUsername' | 'validateUsername'>,
  names: readonly string[],
): Promise<readonly string[]> {
  const normalized = new Set<string>()
  const invalid: string[] = []
  for (const name of names) {
    const spelled = await authenticator.normalizeUsername(name)
    if (authenticator.validateUsername(spelled)) normalized.add(spelled)
    else invalid.push(spelled)
  }
  if (invalid.length > 0) throw new InvalidUsernamesError(invalid)
  return [...normalized]
}

export interface CreateUserDeps {
  readonly database: Database
  readonly authenticator: Pick<Authenticator, 'addUser'>
  readonly access: AccessVersion
  readonly events: HubEvents
  readonly now: () => Date
}

/**
 * Creates a user: the authenticator's hook, then row and default roles at once. The hook comes first, for it may take long
 * and may refuse, and nothing has to be taken back then.
 *
 * @param user - with a name that has been normalised and checked
 * @throws {@link UserRefusedError} when the hook refuses
 * @throws {@link HubError} 409 when there is such a user
 */
export async function createUser(
  deps: CreateUserDeps,
  user: { readonly name: string; readonly admin?: boolean },
): Promise<userStore.User> {
  await welcome(deps.authenticator, user.name)
  try {
    const created = await deps.database.write((tx) => insertUser(tx, user, deps.now()))
    deps.access.bump()
    deps.events.emit('usersCreated', { count: 1 })
    return created
  } catch (error) {
    if (error instanceof DuplicateError) throw new HubError('user_exists', 409, `User ${user.name} already exists`)
    throw error
  }
}

/** @throws {@link UserRefusedError} */
export async function welcome(authenticator: Pick<Authenticator, 'addUser'>, name: string): Promise<void> {
  try {
    await authenticator.addUser({ name })
  } catch (error) {
    throw new UserRefusedError(name, error)
  }
}

/** The row of a new user with its default roles; the caller bumps the access version after the commit. */
export async function insertUser(
  tx: Transaction,
  user: { readonly name: string; readonly admin?: boolean },
  created: Date,
): Promise<userStore.User> {
  const admin = user.admin ?? false
  const [row] = await userStore.create(tx, [{ name: user.name, admin, cookieId: newCookieId(), created }])
  if (row === undefined) throw new Error(`nothing came back from creating the user ${user.name}`)
  await grantDefaultRoles(tx, [row.id], admin)
  return row
}

/** What a login cookie names its user by. */
export const newCookieId = (): string => randomUUID().replaceAll('-', '')

import { grantDefaultRoles } from './default-user-roles.js'
import { type CreateUserDeps, newCookieId, welcome } from './create-user.js'
import * as userStore from './user-store.js'

/**
 * Creates users in a few statements, whatever their number.
 *
 * @param names - normalised, checked, and none of them taken
 * @returns them in the order of their names
 * @throws UserRefusedError when the authenticator refuses one; those before it have been created then
 */
export async function createManyUsers(
  names: readonly string[],
  admin: boolean,
  deps: CreateUserDeps,
): Promise<userStore.User[]> {
  const welcomed: string[] = []
  let refusal: Error | undefined
  for (const name of names) {
    try {
      await welcome(deps.authenticator, name)
      welcomed.push(name)
    } catch (error) {
      refusal = error instanceof Error ? error : new Error(String(error))
      break
    }
  }
  const created = await deps.database.write(async (tx) => {
    const users = await userStore.create(
      tx,
      welcomed.map((name) => ({ name, admin, cookieId: newCookieId(), created: deps.now() })),
    )
    await grantDefaultRoles(
      tx,
      users.map((user) => user.id),
      admin,
    )
    return users
  })
  deps.access.bump()
  deps.events.emit('usersCreated', { count: created.length })
  if (refusal !== undefined) throw refusal
  return created
}

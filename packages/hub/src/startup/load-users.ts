import type { Log } from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import * as roleStore from '../access/role-store.js'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { insertUser, normalizedUsernames } from '../users/create-user.js'
import * as userStore from '../users/user-store.js'

export interface LoadUsersDeps {
  readonly database: Database
  readonly authenticator: Authenticator
  readonly now: () => Date
  readonly log: Log
}

export interface WantedUsers {
  readonly admins: Iterable<string>
  readonly others: Iterable<string>
}

/**
 * Creates the users that the configuration names, marks its administrators, and presents every user to the authenticator.
 *
 * @returns ids of those who are blocked, for {@link loseEverything} once nothing more is given to anybody
 * @throws HubError when a name cannot be anybody's
 */
export async function loadUsers(wanted: WantedUsers, deps: LoadUsersDeps): Promise<readonly number[]> {
  const { authenticator, database, log } = deps
  const admins = new Set(await normalizedUsernames(authenticator, [...wanted.admins]))
  const names = await normalizedUsernames(authenticator, [...admins, ...wanted.others])
  await database.write(async (tx) => {
    const known = new Map((await userStore.findByNames(tx, names)).map((user) => [user.name, user]))
    for (const name of names) {
      const user = known.get(name)
      if (user === undefined) await insertUser(tx, { name, admin: admins.has(name) }, deps.now())
      else if (admins.has(name) && !user.admin) await userStore.setAdmin(tx, user.id, true)
    }
  })
  return greetAll(deps, log)
}

/** The authenticator may want to see every user: accounts are made, names checked, existing users allowed. */
async function greetAll({ authenticator, database }: LoadUsersDeps, log: Log): Promise<readonly number[]> {
  const blocked: number[] = []
  for (const user of await userStore.listAll(database.read)) {
    if (await authenticator.checkBlocked(user.name, undefined)) {
      blocked.push(user.id)
      continue
    }
    try {
      await authenticator.addUser({ name: user.name })
      if (user.created === null)
        await database.write((tx) => userStore.setCreated(tx, user.id, user.lastActivity ?? new Date()))
    } catch (error) {
      log.error('the authenticator does not take a user of the database', { user: user.name, error })
      if (!authenticator.config.delete_invalid_users) {
        log.warn('users that are not taken can be deleted at the start with Authenticator.delete_invalid_users', {
          user: user.name,
        })
        continue
      }
      await database.write((tx) => userStore.remove(tx, [user.id]))
    }
  }
  return blocked
}

/** A blocked user keeps data and tokens, but nothing they could do with them; whatever the configuration says besides. */
export async function loseEverything(userIds: readonly number[], database: Database): Promise<void> {
  if (userIds.length === 0) return
  await database.write(async (tx) => {
    for (const id of userIds) {
      await userStore.setAdmin(tx, id, false)
      await groupStore.setGroupsOf(tx, id, [])
    }
    await roleStore.stripAll(tx, 'users', userIds)
  })
}

import { expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import { assign } from '../../src/access/role-assignment-store.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import { findProfileById, findProfileByName } from '../../src/users/user-profile-store.js'
import { onEveryDatabase } from './both-databases.js'
import { address, makeServer, makeUser, noon } from './make.js'

onEveryDatabase('profiles of users', (current) => {
  test('have the user, and the names of groups and roles and the servers of that user alone', async () => {
    const { database } = current()
    const ada = await database.write(async (tx) => {
      const user = await makeUser(tx, "ada-'ünï")
      const other = await makeUser(tx, 'bob')
      const groups = await groupStore.create(tx, ['b "quoted"', 'a', 'not hers'])
      for (const group of groups.slice(0, 2)) await groupStore.addMembers(tx, group.id, [user.id, other.id])
      await groupStore.addMembers(tx, groups[2]?.id ?? 0, [other.id])
      for (const name of ['writer', 'reader']) {
        const role = await roleStore.create(tx, { name, description: '', scopes: [], managedByAuth: false })
        await assign(tx, 'users', [user.id], role.id)
      }
      const server = await makeServer(tx, user.id)
      await makeServer(tx, user.id, 'work')
      await makeServer(tx, other.id)
      await serverStore.attachAddress(tx, server.id, address)
      await serverStore.update(tx, server.id, { userOptions: { a: [1, null] }, started: noon })
      return user
    })
    const profile = await findProfileByName(database.read, ada.name)
    expect(profile).toEqual({
      user: ada,
      groups: ['b "quoted"', 'a'],
      roles: ['writer', 'reader'],
      servers: await serverStore.listOfUsers(database.read, [ada.id]),
    })
    expect(profile?.servers.map((server) => [server.name, server.address?.port, server.started])).toEqual([
      ['', 4321, noon],
      ['work', undefined, null],
    ])
    expect(await findProfileById(database.read, ada.id)).toEqual(profile)
  })

  test('are there without any of these, and not for nobody', async () => {
    const { database } = current()
    const user = await database.write((tx) => makeUser(tx))
    expect(await findProfileByName(database.read, 'ada')).toEqual({ user, groups: [], roles: [], servers: [] })
    expect(await findProfileByName(database.read, 'Ada')).toBeUndefined()
    expect(await findProfileById(database.read, user.id + 1)).toBeUndefined()
  })
})

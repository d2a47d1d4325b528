import { expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import { DuplicateError, type Sql } from '../../src/database/index.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import { onEveryDatabase } from './both-databases.js'
import { aService, makeUsers } from './make.js'

const aRole = (name: string, more: Partial<roleStore.NewRole> = {}): roleStore.NewRole => ({
  name,
  description: null,
  scopes: [`scope-of-${name}`],
  managedByAuth: false,
  ...more,
})

async function makeRoles(tx: Sql, ...names: string[]): Promise<roleStore.Role[]> {
  const made: roleStore.Role[] = []
  for (const name of names) made.push(await roleStore.create(tx, aRole(name)))
  return made
}

const names = (roles: readonly roleStore.Role[] | undefined) => roles?.map((role) => role.name)

onEveryDatabase('roles', (current) => {
  test('a role is created, changed, found and deleted; its name is taken once', async () => {
    const { database } = current()
    const role = await database.write((tx) => roleStore.create(tx, aRole('grader', { description: 'grades' })))
    await expect(database.write((tx) => roleStore.create(tx, aRole('grader')))).rejects.toBeInstanceOf(DuplicateError)
    await database.write((tx) => roleStore.update(tx, role.id, { scopes: ['x', 'y'], description: null }))
    const changed = { ...role, scopes: ['x', 'y'], description: null }
    expect(await roleStore.findByName(database.read, 'grader')).toEqual(changed)
    expect(await roleStore.findByNames(database.read, ['grader', 'none'])).toEqual([changed])
    expect(await roleStore.list(database.read)).toContainEqual(changed)
    expect(await database.write((tx) => roleStore.remove(tx, role.id))).toBe(1)
    expect(await roleStore.findByName(database.read, 'grader')).toBeUndefined()
  })

  test('users, groups and services get and lose roles; the roles of many are one answer', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada, bob] = await makeUsers(tx, 'ada', 'bob')
      const [group] = await groupStore.create(tx, ['team'])
      const service = await serviceStore.upsert(tx, aService('culler'))
      const [one, two] = await makeRoles(tx, 'one', 'two')
      if (!ada || !bob || !group || !one || !two) throw new Error('rows missing')
      const ids = { users: ada.id, groups: group.id, services: service.id }
      for (const holder of ['users', 'groups', 'services'] as const) {
        expect(await roleStore.assign(tx, holder, [ids[holder]], one.id)).toBe(1)
        expect(await roleStore.assign(tx, holder, [ids[holder], 999], one.id)).toBe(0)
        await roleStore.assign(tx, holder, [ids[holder]], two.id, true)
        expect(names((await roleStore.rolesOf(tx, holder, [ids[holder]])).get(ids[holder]))).toEqual(['one', 'two'])
        expect(await roleStore.managedAssignments(tx, holder)).toEqual([
          { holderId: ids[holder], roleId: two.id, managedByAuth: true },
        ])
        expect(await roleStore.strip(tx, holder, [ids[holder]], one.id)).toBe(1)
        expect(await roleStore.holdersOf(tx, holder, one.id)).toEqual([])
      }
      expect(await roleStore.withoutRole(tx, 'users')).toEqual([bob.id])
      expect(await roleStore.stripAll(tx, 'users', [ada.id, bob.id])).toBe(1)
    })
  })

  test('the holders of a role, and the roles of a holder, are brought to exactly the given ones', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada, bob, eve] = await makeUsers(tx, 'ada', 'bob', 'eve')
      const [one, two, three] = await makeRoles(tx, 'one', 'two', 'three')
      if (!ada || !bob || !eve || !one || !two || !three) throw new Error('rows missing')
      await roleStore.setHolders(tx, 'users', one.id, [ada.id, bob.id])
      await roleStore.setHolders(tx, 'users', one.id, [bob.id, eve.id], true)
      expect(await roleStore.holdersOf(tx, 'users', one.id)).toEqual([
        { holderId: bob.id, roleId: one.id, managedByAuth: false },
        { holderId: eve.id, roleId: one.id, managedByAuth: true },
      ])
      await roleStore.setRolesOf(tx, 'users', bob.id, [two.id, three.id])
      expect(names((await roleStore.rolesOf(tx, 'users', [bob.id])).get(bob.id))).toEqual(['two', 'three'])
      await roleStore.setRolesOf(tx, 'users', bob.id, [])
      expect(await roleStore.rolesOf(tx, 'users', [bob.id])).toEqual(new Map())
      await roleStore.setHolders(tx, 'users', one.id, [])
      expect(await roleStore.holdersOf(tx, 'users', one.id)).toEqual([])
    })
  })

  test("raw scopes are those of a user's own roles and of the roles of all groups the user is in", async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada, bob] = await makeUsers(tx, 'ada', 'bob')
      const [team] = await groupStore.create(tx, ['team', 'other'])
      const [own, shared, foreign] = await makeRoles(tx, 'own', 'shared', 'foreign')
      if (!ada || !bob || !team || !own || !shared || !foreign) throw new Error('rows missing')
      await groupStore.addMembers(tx, team.id, [ada.id])
      await roleStore.assign(tx, 'users', [ada.id], own.id)
      await roleStore.assign(tx, 'users', [ada.id], shared.id)
      await roleStore.assign(tx, 'groups', [team.id], shared.id)
      await roleStore.assign(tx, 'users', [bob.id], foreign.id)
      expect([...(await roleStore.rawScopesOfUser(tx, ada.id))].sort()).toEqual(['scope-of-own', 'scope-of-shared'])
    })
  })

  test('roles of the authenticator that nobody has are deleted, but for those configured', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada] = await makeUsers(tx, 'ada')
      await roleStore.create(tx, aRole('unused', { managedByAuth: true }))
      await roleStore.create(tx, aRole('configured', { managedByAuth: true }))
      await roleStore.create(tx, aRole('not-managed'))
      const held = await roleStore.create(tx, aRole('held', { managedByAuth: true }))
      await roleStore.assign(tx, 'users', [ada?.id ?? 0], held.id, true)
      expect(await roleStore.removeUnusedManaged(tx, ['configured'])).toEqual(['unused'])
      expect(names(await roleStore.list(tx))).toEqual(['configured', 'not-managed', 'held'])
    })
  })
})

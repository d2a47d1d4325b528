import { expect, test } from 'vitest'
import { DuplicateError } from '../../src/database/index.js'
import * as groupStore from '../../src/groups/group-store.js'
import { onEveryDatabase } from './both-databases.js'
import { makeUsers } from './make.js'

onEveryDatabase('groups', (current) => {
  test('members are added and removed once, and each question is one answer for many groups or users', async () => {
    const { database } = current()
    const [ada, bob] = await database.write((tx) => makeUsers(tx, 'ada', 'bob'))
    const [red, blue] = await database.write((tx) => groupStore.create(tx, ['red', 'blue']))
    if (!ada || !bob || !red || !blue) throw new Error('rows missing')
    expect(await database.write((tx) => groupStore.addMembers(tx, red.id, [ada.id, bob.id]))).toBe(2)
    expect(await database.write((tx) => groupStore.addMembers(tx, red.id, [ada.id, 999]))).toBe(0)
    await database.write((tx) => groupStore.addMembers(tx, blue.id, [bob.id]))
    expect(await groupStore.groupsOf(database.read, [ada.id, bob.id, 999])).toEqual(
      new Map([
        [ada.id, ['red']],
        [bob.id, ['red', 'blue']],
      ]),
    )
    expect(await database.write((tx) => groupStore.removeMembers(tx, red.id, [ada.id, 999]))).toBe(1)
    expect(await groupStore.membersOf(database.read, [red.id, blue.id])).toEqual(
      new Map([
        [red.id, ['bob']],
        [blue.id, ['bob']],
      ]),
    )
  })

  test("a user's groups are brought to exactly the given ones", async () => {
    const { database } = current()
    const [ada] = await database.write((tx) => makeUsers(tx, 'ada'))
    const groups = await database.write((tx) => groupStore.ensure(tx, ['a', 'b', 'c', 'a']))
    const idOf = (name: string) => groups.find((group) => group.name === name)?.id ?? 0
    const namesAfter = async (...names: string[]) => {
      await database.write((tx) => groupStore.setGroupsOf(tx, ada?.id ?? 0, names.map(idOf)))
      return (await groupStore.groupsOf(database.read, [ada?.id ?? 0])).get(ada?.id ?? 0)
    }
    expect(await namesAfter('a', 'b')).toEqual(['a', 'b'])
    expect(await namesAfter('b', 'c')).toEqual(['b', 'c'])
    expect(await namesAfter()).toBeUndefined()
    expect(await database.write((tx) => groupStore.ensure(tx, ['a', 'd']))).toHaveLength(2)
    expect((await groupStore.listPage(database.read, { offset: 0, limit: 9 })).total).toBe(4)
  })

  test('a page holds the named groups only, in order, with their total', async () => {
    const { database } = current()
    await database.write((tx) => groupStore.create(tx, ['a', 'b', 'c']))
    const page = await groupStore.listPage(database.read, { names: ['c', 'a', 'none'], offset: 1, limit: 1 })
    expect(page.groups.map((group) => group.name)).toEqual(['c'])
    expect(page.total).toBe(2)
  })

  test('properties are replaced, a taken name is refused, and a deleted group lets its members go', async () => {
    const { database } = current()
    const [ada] = await database.write((tx) => makeUsers(tx, 'ada'))
    const [red] = await database.write((tx) => groupStore.create(tx, ['red']))
    if (!ada || !red) throw new Error('rows missing')
    expect(red.properties).toEqual({})
    await database.write((tx) => groupStore.setProperties(tx, red.id, { quota: 5, tags: ['x'] }))
    expect(await groupStore.findByName(database.read, 'red')).toMatchObject({ properties: { quota: 5, tags: ['x'] } })
    await expect(database.write((tx) => groupStore.create(tx, ['blue', 'red']))).rejects.toBeInstanceOf(DuplicateError)
    expect(await groupStore.findByName(database.read, 'blue')).toBeUndefined()
    await database.write((tx) => groupStore.addMembers(tx, red.id, [ada.id]))
    expect(await database.write((tx) => groupStore.remove(tx, red.id))).toBe(1)
    expect(await groupStore.groupsOf(database.read, [ada.id])).toEqual(new Map())
  })
})

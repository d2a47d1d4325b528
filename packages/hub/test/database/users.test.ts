import { expect, test } from 'vitest'
import { DuplicateError } from '../../src/database/index.js'
import * as clientStore from '../../src/oauth/client-store.js'
import * as codeStore from '../../src/oauth/code-store.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as serverStateStore from '../../src/servers/server-state-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { countActiveSince, touchMany } from '../../src/users/user-activity-store.js'
import { listPage, type UserQuery } from '../../src/users/user-list-store.js'
import * as userStore from '../../src/users/user-store.js'
import { onEveryDatabase } from './both-databases.js'
import { aClient, address, makeServer, makeToken, makeUser, makeUsers, noon, secondsAfter } from './make.js'

onEveryDatabase('users', (current) => {
  const page = async (query: Partial<UserQuery>) => {
    const { profiles, total } = await listPage(current().database.read, { offset: 0, limit: 50, ...query })
    return { names: profiles.map(({ user }) => user.name), total }
  }

  test('500 are created at once, in the order asked for, and found again', async () => {
    const { database } = current()
    const names = Array.from({ length: 500 }, (_, i) => `user-${(i * 7) % 500}`)
    const made = await database.write((tx) => makeUsers(tx, ...names))
    expect(made.map((user) => user.name)).toEqual(names)
    expect(await userStore.countAll(database.read)).toBe(500)
    const found = await userStore.findByName(database.read, 'user-49')
    expect(found).toEqual(made.find((user) => user.name === 'user-49'))
    expect(found).toMatchObject({ admin: false, created: noon, lastActivity: null, userInfo: null })
    expect(await userStore.findByIds(database.read, [found?.id ?? 0])).toEqual([found])
    expect(await userStore.findByCookieId(database.read, found?.cookieId ?? '')).toEqual(found)
    expect(await userStore.findByNames(database.read, ['user-1', 'nobody'])).toHaveLength(1)
    expect(await userStore.findByName(database.read, 'User-1')).toBeUndefined()
  })

  test('a taken name is refused as a duplicate, for creation and renaming, and nothing changes', async () => {
    const { database } = current()
    const [ada] = await database.write((tx) => makeUsers(tx, 'ada', 'bob'))
    await expect(database.write((tx) => makeUsers(tx, 'eve', 'ada'))).rejects.toBeInstanceOf(DuplicateError)
    await expect(database.write((tx) => userStore.rename(tx, ada?.id ?? 0, 'bob'))).rejects.toMatchObject({
      status: 409,
    })
    expect((await page({})).names).toEqual(['ada', 'bob'])
  })

  test('admin flag, user info, cookie id and auth state are set and read back', async () => {
    const { database } = current()
    const { id } = await database.write((tx) => makeUser(tx))
    const blob = Buffer.from([0, 255, 1, 39])
    await database.write(async (tx) => {
      await userStore.rename(tx, id, 'ada-ünï')
      await userStore.setAdmin(tx, id, true)
      await userStore.setUserInfo(tx, id, { email: 'ada@example.org', nested: { list: [1, null] } })
      await userStore.setCookieId(tx, id, 'other')
      await userStore.setEncryptedAuthState(tx, id, blob)
    })
    expect(await userStore.findById(database.read, id)).toMatchObject({
      name: 'ada-ünï',
      admin: true,
      userInfo: { email: 'ada@example.org', nested: { list: [1, null] } },
      cookieId: 'other',
    })
    expect(await userStore.findEncryptedAuthState(database.read, id)).toEqual(blob)
    await database.write((tx) => userStore.setEncryptedAuthState(tx, id, null))
    expect(await userStore.findEncryptedAuthState(database.read, id)).toBeNull()
  })

  test('activity only moves forward, for one user as for many', async () => {
    const { database } = current()
    const [ada, bob, eve] = await database.write((tx) => makeUsers(tx, 'ada', 'bob', 'eve'))
    if (!ada || !bob || !eve) throw new Error('users missing')
    await database.write((tx) => userStore.touch(tx, ada.id, noon))
    expect(await database.write((tx) => userStore.touch(tx, ada.id, secondsAfter(noon, -1)))).toBe(0)
    const moved = await database.write((tx) =>
      touchMany(tx, 'users', [
        { id: ada.id, at: secondsAfter(noon, -5) },
        { id: bob.id, at: secondsAfter(noon, 5) },
        { id: 9999, at: noon },
      ]),
    )
    expect(moved).toBe(1)
    const activity = (name: string) => userStore.findByName(database.read, name).then((user) => user?.lastActivity)
    expect(await activity('ada')).toEqual(noon)
    expect(await activity('bob')).toEqual(secondsAfter(noon, 5))
    expect(await activity('eve')).toBeNull()
    expect(await countActiveSince(database.read, [noon, secondsAfter(noon, 5), secondsAfter(noon, 6)])).toEqual([
      2, 1, 0,
    ])
    expect(await database.write((tx) => touchMany(tx, 'users', []))).toBe(0)
  })

  test('a page is filtered, ordered and counted', async () => {
    const { database } = current()
    const [ada, bob] = await database.write((tx) => makeUsers(tx, 'ada', 'bob', 'Carol', 'dan'))
    await database.write(async (tx) => {
      await userStore.touch(tx, ada?.id ?? 0, secondsAfter(noon, 2))
      await userStore.touch(tx, bob?.id ?? 0, secondsAfter(noon, 1))
    })
    expect(await page({ limit: 2 })).toEqual({ names: ['ada', 'bob'], total: 4 })
    expect(await page({ limit: 2, offset: 3 })).toEqual({ names: ['dan'], total: 4 })
    expect(await page({ offset: 9 })).toEqual({ names: [], total: 4 })
    expect(await page({ nameFilter: 'CAR' })).toEqual({ names: ['Carol'], total: 1 })
    expect(await page({ nameFilter: "'" })).toEqual({ names: [], total: 0 })
    expect((await page({ sort: { by: 'name', descending: true } })).names[0]).toBe('dan')
    const activity = { by: 'lastActivity' } as const
    expect((await page({ sort: { ...activity, descending: false } })).names).toEqual(['Carol', 'dan', 'bob', 'ada'])
    expect((await page({ sort: { ...activity, descending: true } })).names).toEqual(['ada', 'bob', 'Carol', 'dan'])
  })

  test('members of several visible groups are listed once', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada, bob] = await makeUsers(tx, 'ada', 'bob', 'eve')
      for (const { id } of await groupStore.create(tx, ['red', 'blue'])) {
        await groupStore.addMembers(tx, id, [ada?.id ?? 0, bob?.id ?? 0])
      }
    })
    const visible = { userNames: ['ada', 'nobody'], groupNames: ['red', 'blue', 'none'] }
    expect(await page({ visible, limit: 2 })).toEqual({ names: ['ada', 'bob'], total: 2 })
    expect(await page({ visible: { userNames: [], groupNames: [] } })).toEqual({ names: [], total: 0 })
  })

  test('the states of users follow from those of their servers', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ready, starting, stopped] = await makeUsers(tx, 'ready', 'starting', 'stopped', 'none')
      for (const [user, phase] of [
        [ready, 'ready'],
        [starting, 'starting'],
        [stopped, 'stopped'],
      ] as const) {
        const { id } = await makeServer(tx, user?.id ?? 0)
        await makeServer(tx, user?.id ?? 0, 'other')
        if (phase !== 'stopped') await serverStore.attachAddress(tx, id, address)
        if (phase !== 'starting') continue
        // The row of ours comes about as `ready`, for the server has an address: take it from there.
        await serverStateStore.transition(tx, id, {
          from: ['ready'],
          to: 'starting',
          generation: 0,
          at: noon,
          actor: 'hub',
        })
      }
    })
    expect(await page({ state: 'active' })).toEqual({ names: ['ready', 'starting'], total: 2 })
    expect(await page({ state: 'ready' })).toEqual({ names: ['ready'], total: 1 })
    expect(await page({ state: 'inactive' })).toEqual({ names: ['stopped', 'none'], total: 2 })
  })

  test('a deleted user takes servers, addresses, clients, tokens, codes and memberships along, and nothing of others', async () => {
    const { database } = current()
    const [ada, bob] = await database.write((tx) => makeUsers(tx, 'ada', 'bob'))
    if (!ada || !bob) throw new Error('users missing')
    await database.write(async (tx) => {
      for (const user of [ada, bob]) {
        const { id } = await makeServer(tx, user.id)
        await clientStore.upsert(tx, aClient(`client-${user.name}`))
        await serverStore.update(tx, id, { oauthClientId: `client-${user.name}` })
        await serverStore.attachAddress(tx, id, address)
        await makeToken(tx, { userId: user.id })
        await codeStore.create(tx, {
          clientId: `client-${user.name}`,
          code: user.name,
          expiresAt: 2_000_000_000,
          redirectUri: null,
          sessionId: null,
          userId: user.id,
          scopes: [],
          codeChallenge: null,
          codeChallengeMethod: null,
        })
      }
      await makeToken(tx, { userId: bob.id }, { clientId: 'client-ada', note: 'bob visits ada' })
      const [group] = await groupStore.create(tx, ['both'])
      await groupStore.addMembers(tx, group?.id ?? 0, [ada.id, bob.id])
    })
    expect(await database.write((tx) => userStore.remove(tx, [ada.id]))).toBe(1)
    const left = async (table: string) => (await database.read.all(`SELECT * FROM ${table}`)).length
    expect(await userStore.findByName(database.read, 'ada')).toBeUndefined()
    for (const table of ['spawners', 'servers', 'api_tokens', 'oauth_codes', 'user_group_map']) {
      expect([table, await left(table)]).toEqual([table, 1])
    }
    expect(await clientStore.findByIdentifier(database.read, 'client-ada')).toBeUndefined()
    expect(await clientStore.findByIdentifier(database.read, 'client-bob')).toBeDefined()
    expect(await tokenStore.listOf(database.read, { userId: bob.id })).toMatchObject([{ note: 'a token' }])
  })
})

import { expect, test } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as serverStateStore from '../../src/servers/server-state-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { onEveryDatabase } from './both-databases.js'
import { aClient, address, makeServer, makeToken, makeUser, makeUsers, noon, secondsAfter } from './make.js'

onEveryDatabase('servers', (current) => {
  test('a server is found by owner and name with all that is known of it', async () => {
    const { database } = current()
    const { id: userId } = await database.write((tx) => makeUser(tx))
    const { id } = await database.write((tx) => makeServer(tx, userId, 'lab'))
    const found = await serverStore.find(database.read, userId, 'lab')
    expect(found).toEqual({
      id,
      userId,
      userName: 'ada',
      name: 'lab',
      displayName: 'lab',
      started: null,
      lastActivity: null,
      userOptions: null,
      state: null,
      oauthClientId: null,
      address: null,
      life: {
        phase: 'stopped',
        generation: 0,
        since: new Date(0),
        deadline: null,
        actor: null,
        reason: null,
        failure: null,
      },
    })
    expect(await serverStore.findByOwnerName(database.read, 'ada', 'lab')).toEqual(found)
    expect(await serverStore.findById(database.read, id)).toEqual(found)
    expect(await serverStore.find(database.read, userId, '')).toBeUndefined()
  })

  test('a row of a database of upstream counts as ready when it has an address', async () => {
    const { database } = current()
    const { id: userId } = await database.write((tx) => makeUser(tx))
    const { id } = await database.write((tx) => makeServer(tx, userId))
    await database.write((tx) => serverStore.attachAddress(tx, id, address))
    await database.write((tx) => serverStore.update(tx, id, { started: noon }))
    const record = await serverStore.findById(database.read, id)
    expect(record?.life).toMatchObject({ phase: 'ready', generation: 0, since: noon })
    expect(record?.address).toMatchObject(address)
    expect((await serverStore.listUnfinished(database.read)).map((one) => one.id)).toEqual([id])
  })

  test('address, options, state and display name are kept; losing the address leaves the server', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id: userId } = await makeUser(tx)
      const { id } = await makeServer(tx, userId, 'lab')
      await serverStore.attachAddress(tx, id, { ...address, ip: '', port: null })
      expect(await serverStore.setAddress(tx, id, { proto: 'https', ip: 'node-7', port: 99 })).toBe(1)
      await serverStore.update(tx, id, {
        userOptions: { size: 'big' },
        state: { pid: 7, secret: { __jupyterhub_bytes__: true, data: 'AQI=\n' } },
        displayName: 'My lab',
        name: 'lab-2',
      })
      expect(await serverStore.findById(tx, id)).toMatchObject({
        name: 'lab-2',
        displayName: 'My lab',
        userOptions: { size: 'big' },
        state: { pid: 7, secret: { __jupyterhub_bytes__: true, data: 'AQI=\n' } },
        address: { proto: 'https', ip: 'node-7', port: 99, baseUrl: '/user/ada/' },
      })
      expect(await serverStore.detachAddress(tx, id)).toBe(1)
      expect(await serverStore.detachAddress(tx, id)).toBe(0)
      expect(await serverStore.findById(tx, id)).toMatchObject({ address: null, userOptions: { size: 'big' } })
      expect(await tx.all('SELECT * FROM servers')).toEqual([])
    })
  })

  test('servers of many users come in one answer, and named ones are counted', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const users = await makeUsers(tx, 'ada', 'bob', 'eve')
      const [ada, bob] = users
      if (!ada || !bob) throw new Error('users missing')
      for (const [userId, name] of [
        [bob.id, ''],
        [ada.id, ''],
        [ada.id, 'x'],
        [ada.id, 'y'],
      ] as const) {
        await makeServer(tx, userId, name)
      }
      const listed = await serverStore.listOfUsers(
        tx,
        users.map(({ id }) => id),
      )
      expect(listed.map(({ userName, name }) => `${userName}/${name}`)).toEqual(['ada/', 'ada/x', 'ada/y', 'bob/'])
      expect(await serverStore.countNamed(tx, ada.id)).toBe(2)
      expect(await serverStore.countNamed(tx, bob.id)).toBe(0)
    })
  })

  test('a removed server takes its address, client, tokens of the client and state along', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id: userId } = await makeUser(tx)
      const { id } = await makeServer(tx, userId, 'lab')
      await clientStore.upsert(tx, aClient('lab'))
      await serverStore.update(tx, id, { oauthClientId: 'lab' })
      await serverStore.attachAddress(tx, id, address)
      await serverStateStore.transition(tx, id, {
        from: ['ready'],
        to: 'unknown',
        generation: 0,
        at: noon,
        actor: 'hub',
      })
      await makeToken(tx, { userId }, { clientId: 'lab' })
      await makeToken(tx, { userId })
      await serverStore.remove(tx, id)
      for (const table of ['spawners', 'servers', 'server_states'])
        expect(await tx.all(`SELECT * FROM ${table}`)).toEqual([])
      expect(await tokenStore.listOf(tx, { userId })).toMatchObject([{ clientId: 'jupyterhub' }])
    })
  })

  test('activity of a server only moves forward', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id: userId } = await makeUser(tx)
      const { id } = await makeServer(tx, userId)
      expect(await serverStore.touch(tx, id, noon)).toBe(1)
      expect(await serverStore.touch(tx, id, secondsAfter(noon, -1))).toBe(0)
      expect((await serverStore.findById(tx, id))?.lastActivity).toEqual(noon)
    })
  })
})

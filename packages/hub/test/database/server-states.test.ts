import { expect, test } from 'vitest'
import type { Database } from '../../src/database/index.js'
import * as serverStateStore from '../../src/servers/server-state-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import { onEveryDatabase } from './both-databases.js'
import { address, makeServer, makeUser, noon, secondsAfter } from './make.js'

const asked = { at: noon, actor: 'user:ada', deadline: secondsAfter(noon, 60) }

async function aServer(database: Database): Promise<number> {
  return database.write(async (tx) => (await makeServer(tx, (await makeUser(tx)).id)).id)
}

onEveryDatabase('life of servers', (current) => {
  test('of 50 callers who claim a server at once, exactly one wins', async () => {
    const { database } = current()
    const id = await aServer(database)
    const claims = Array.from({ length: 50 }, () => database.write((tx) => serverStateStore.claim(tx, id, asked)))
    expect((await Promise.all(claims)).filter((generation) => generation !== undefined)).toEqual([1])
    expect((await serverStore.findById(database.read, id))?.life).toEqual({
      phase: 'requested',
      generation: 1,
      since: noon,
      deadline: asked.deadline,
      actor: 'user:ada',
      reason: null,
      failure: null,
    })
  })

  test('of 50 transitions from the same phase at once, exactly one wins', async () => {
    const { database } = current()
    const id = await aServer(database)
    await database.write((tx) => serverStateStore.claim(tx, id, asked))
    const change = { from: ['requested'], to: 'starting', generation: 1, at: noon, actor: 'hub' } as const
    const tries = Array.from({ length: 50 }, () => database.write((tx) => serverStateStore.transition(tx, id, change)))
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
  })

  test('a transition of an earlier start changes nothing in a later one', async () => {
    const { database } = current()
    const id = await aServer(database)
    const go = (change: Partial<serverStateStore.Transition>) =>
      database.write((tx) =>
        serverStateStore.transition(tx, id, {
          from: [],
          to: 'failed',
          generation: 1,
          at: noon,
          actor: 'hub',
          ...change,
        }),
      )
    await database.write((tx) => serverStateStore.claim(tx, id, asked))
    const failure = { status: 500, message: 'no memory' }
    expect(await go({ from: ['requested', 'starting'], to: 'failed', failure, reason: 'start failed' })).toBe(true)
    expect((await serverStore.findById(database.read, id))?.life).toMatchObject({
      phase: 'failed',
      failure,
      deadline: null,
    })
    expect(await database.write((tx) => serverStateStore.claim(tx, id, asked))).toBe(2)
    expect((await serverStore.findById(database.read, id))?.life).toMatchObject({ failure: null, reason: null })
    expect(await go({ from: ['requested'], to: 'ready', generation: 1 })).toBe(false)
    expect(await go({ from: ['requested'], to: 'ready', generation: 2 })).toBe(true)
    expect(await database.write((tx) => serverStateStore.claim(tx, id, asked))).toBeUndefined()
  })

  test('a failed server is claimed again even if what its start had taken was never given back', async () => {
    const { database } = current()
    const id = await aServer(database)
    await database.write(async (tx) => {
      await serverStateStore.claim(tx, id, asked)
      await serverStore.attachAddress(tx, id, address)
      const failed = { from: ['requested'], to: 'failed', generation: 1, at: noon, actor: 'hub' } as const
      expect(await serverStateStore.transition(tx, id, failed)).toBe(true)
      expect(await serverStateStore.claim(tx, id, asked)).toBe(2)
    })
  })

  test('a server that upstream started is ready, and is stopped from there', async () => {
    const { database } = current()
    const id = await aServer(database)
    await database.write((tx) => serverStore.attachAddress(tx, id, address))
    expect(await database.write((tx) => serverStateStore.claim(tx, id, asked))).toBeUndefined()
    const stop = { from: ['ready'], to: 'stopping', generation: 0, at: noon, actor: 'hub' } as const
    expect(await database.write((tx) => serverStateStore.transition(tx, id, stop))).toBe(true)
    expect(await database.write((tx) => serverStateStore.transition(tx, id, stop))).toBe(false)
    expect(await database.write((tx) => serverStateStore.claim(tx, 9999, asked))).toBeUndefined()
  })

  test('what upstream changed while it ran on the same database is taken over at the next start', async () => {
    const { database } = current()
    const [stopped, started, kept] = await database.write(async (tx) => {
      const { id: userId } = await makeUser(tx)
      const made: number[] = []
      for (const name of ['stopped', 'started', 'kept']) {
        const { id } = await makeServer(tx, userId, name)
        await serverStateStore.claim(tx, id, asked)
        made.push(id)
      }
      return made
    })
    if (!stopped || !started || !kept) throw new Error('servers missing')
    await database.write(async (tx) => {
      const move = { generation: 1, at: noon, actor: 'hub' } as const
      await serverStateStore.transition(tx, stopped, { ...move, from: ['requested'], to: 'ready' })
      await serverStateStore.transition(tx, started, { ...move, from: ['requested'], to: 'stopped' })
      await serverStore.attachAddress(tx, started, address)
      expect(await serverStateStore.reconcile(tx, secondsAfter(noon, 9))).toBe(2)
    })
    const phase = async (id: number) => (await serverStore.findById(database.read, id))?.life.phase
    expect([await phase(stopped), await phase(started), await phase(kept)]).toEqual(['stopped', 'ready', 'requested'])
  })
})

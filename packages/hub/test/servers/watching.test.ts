import { waitFor } from '@hub/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as serverStore from '../../src/servers/server-store.js'
import { onBothDatabases } from './databases.js'
import { type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

onBothDatabases('a running server', (newDatabase) => {
  let hub: HubWithFakes
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    hub = await startHubWithFakes({
      ...(dbUrl === undefined ? {} : { dbUrl }),
      config: { Spawner: { poll_interval: 1, poll_jitter: 0 } },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  const run = async (name: string): Promise<void> => {
    await hub.user(name)
    await hub.start(name)
    expect(await hub.settled(name)).toMatchObject({ ready: true })
  }

  test('whose process ends is stopped, and its route and token are gone', async () => {
    await run('ada')
    hub.world.exit('ada/', 3)
    await waitFor(async () => (await hub.server('ada')).stopped, { what: 'the stop of ada' })
    expect(await hub.server('ada')).toMatchObject({ ready: false, pending: null, started: null })
    expect(await hub.routes()).not.toContain('/user/ada/')
    expect((await hub.api('GET', '/users/ada/tokens')).json()).toEqual({ api_tokens: [] })
    expect(hub.world.stopped).not.toContain('ada/')
    expect(hub.log.map(({ event }) => event)).toContain('User ada server stopped, with exit code: 3')
  })

  test('is left alone, and watched on, by a stop of the start before it', async () => {
    const { database } = hub.hub.parts.foundation
    const { servers } = hub.hub.parts.serving
    await run('dan')
    const before = await serverStore.findByOwnerName(database.read, 'dan', '')
    if (before === undefined) throw new Error('dan has no server')
    await hub.end('dan')
    await waitFor(async () => (await hub.server('dan')).stopped)
    await hub.start('dan')
    expect(await hub.settled('dan')).toMatchObject({ ready: true })
    await (
      await servers.stop(before, { actor: 'hub', reason: 'a request that was overtaken' })
    ).done
    expect(await hub.server('dan')).toMatchObject({ ready: true })
    expect(hub.world.running).toContain('dan/')
    expect(await hub.routes()).toContain('/user/dan/')
    hub.world.exit('dan/', 3)
    await waitFor(async () => (await hub.server('dan')).stopped, { what: 'the end of the server of dan' })
  })

  test('that cannot be polled is not taken for stopped, stays routed, and is ready again as soon as it can', async () => {
    await run('bob')
    hub.world.pollError = new Error('the platform does not answer')
    try {
      await waitFor(async () => (await hub.server('bob')).pending === 'check')
      expect(await hub.server('bob')).toMatchObject({ ready: false, stopped: false })
      expect(await hub.routes()).toContain('/user/bob/')
      expect((await hub.start('bob')).status).toBe(400)
    } finally {
      hub.world.pollError = undefined
    }
    expect(await hub.settled('bob')).toMatchObject({ ready: true })
    expect(hub.world.started.filter((name) => name === 'bob/')).toHaveLength(1)
  })

  test('that cannot be stopped is not stopped: it comes back, and can be stopped later', async () => {
    await run('cyd')
    hub.behave('cyd', {
      beforeStop: () => {
        throw new Error('the platform does not answer')
      },
    })
    await hub.end('cyd')
    await waitFor(async () => (await hub.server('cyd')).pending !== 'stop')
    expect(await hub.server('cyd')).toMatchObject({ stopped: false })
    expect(hub.world.running).toContain('cyd/')
    expect(await hub.settled('cyd')).toMatchObject({ ready: true })
    await waitFor(async () => (await hub.routes()).includes('/user/cyd/'), { what: 'the route of cyd' })
    hub.behave('cyd', {})
    expect([202, 204]).toContain((await hub.end('cyd')).status)
    expect(await hub.settled('cyd')).toMatchObject({ stopped: true })
    expect(hub.world.running).not.toContain('cyd/')
  })

  test('is found again by the next hub, and one that ended meanwhile is not', async () => {
    const dbUrl = await newDatabase()
    await using first = await startHubWithFakes(dbUrl === undefined ? {} : { dbUrl })
    for (const name of ['up', 'down']) {
      await first.user(name)
      await first.start(name)
      await first.settled(name)
    }
    await first.stop({ servers: false, proxy: false })
    expect(first.world.running).toEqual(['up/', 'down/'])
    first.world.exit('down/', 0)
    await using second = await startHubWithFakes({ after: first })
    expect(await second.settled('up')).toMatchObject({ ready: true })
    expect(await second.settled('down')).toMatchObject({ stopped: true })
    expect(await second.routes()).toEqual(['/user/up/'])
    expect(second.world.started).toEqual(['up/', 'down/'])
  })

  test('that the next hub cannot poll stays routed, and is ready as soon as it can', async () => {
    const dbUrl = await newDatabase()
    const config = { Spawner: { poll_interval: 1 } }
    await using first = await startHubWithFakes({ config, ...(dbUrl === undefined ? {} : { dbUrl }) })
    await first.user('ada')
    await first.start('ada')
    await first.settled('ada')
    await first.stop({ servers: false, proxy: false })
    first.world.pollError = new Error('the platform does not answer')
    await using second = await startHubWithFakes({ config, after: first })
    await waitFor(async () => (await second.routes()).includes('/user/ada/'))
    expect(await second.server('ada')).toMatchObject({ ready: false, pending: 'check' })
    first.world.pollError = undefined
    expect(await second.settled('ada')).toMatchObject({ ready: true })
  })

  test('of a user who is blocked meanwhile is stopped by the next hub', async () => {
    const dbUrl = await newDatabase()
    await using first = await startHubWithFakes(dbUrl === undefined ? {} : { dbUrl })
    await first.user('mallory')
    await first.start('mallory')
    await first.settled('mallory')
    await first.stop({ servers: false, proxy: false })
    await using second = await startHubWithFakes({
      after: first,
      config: { Authenticator: { blocked_users: ['mallory'] } },
    })
    expect(await second.settled('mallory')).toMatchObject({ stopped: true })
    expect(first.world.running).toEqual([])
  })
})

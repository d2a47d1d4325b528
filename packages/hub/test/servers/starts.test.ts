import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '@hub/testkit'
import { onBothDatabases } from './databases.js'
import { gate, type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

onBothDatabases('a start', (newDatabase) => {
  let hub: HubWithFakes
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    hub = await startHubWithFakes(dbUrl === undefined ? {} : { dbUrl })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  test('that is done in time answers 201 with an empty text', async () => {
    await using patient = await startHubWithFakes({ config: { JupyterHub: { tornado_settings: {} } } })
    await patient.user('ada')
    const page = await patient.start('ada')
    expect(page).toMatchObject({ status: 201, text: '' })
    expect(page.headers['content-type']).toMatch(/^text\/plain/)
    expect(await patient.server('ada')).toMatchObject({ ready: true, pending: null, stopped: false })
    expect(await patient.routes()).toEqual(['/user/ada/'])
    expect((await patient.start('ada')).status).toBe(400)
  })

  test('asked for while one is under way answers 202 and starts nothing', async () => {
    const { opened, open } = gate()
    await hub.user('twice', { beforeStart: () => opened })
    const pages = await Promise.all(Array.from({ length: 8 }, () => hub.start('twice')))
    expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 202))
    expect(await hub.server('twice')).toMatchObject({ ready: false, pending: 'spawn', stopped: false })
    open()
    expect(await hub.settled('twice')).toMatchObject({ ready: true })
    expect(hub.world.started.filter((name) => name === 'twice/')).toEqual(['twice/'])
  })

  test('is cancelled by a stop, and gives back what it had taken', async () => {
    await hub.user('regrets', { beforeStart: () => new Promise(() => undefined) })
    expect((await hub.start('regrets')).status).toBe(202)
    await waitFor(async () => (await hub.server('regrets')).pending === 'spawn')
    expect([202, 204]).toContain((await hub.end('regrets')).status)
    expect(await hub.settled('regrets')).toMatchObject({ ready: false, stopped: true, started: null })
    expect(hub.world.running).not.toContain('regrets/')
    expect(await hub.routes()).not.toContain('/user/regrets/')
    const tokens = await hub.api('GET', '/users/regrets/tokens')
    expect(tokens.json()).toEqual({ api_tokens: [] })
    expect(await hub.progress('regrets')).toEqual([{ progress: 100, failed: true, message: 'Spawn cancelled' }])
    hub.behave('regrets', {})
    expect((await hub.start('regrets')).status).toBe(202)
    expect(await hub.settled('regrets')).toMatchObject({ ready: true })
  })

  test('cancelled after its process was there ends the process', async () => {
    await hub.user('late', { address: () => 'http://127.0.0.1:1' })
    await hub.start('late')
    await waitFor(() => hub.world.running.includes('late/'))
    await hub.end('late')
    expect(await hub.settled('late')).toMatchObject({ stopped: true })
    expect(hub.world.running).not.toContain('late/')
  })

  test('takes the options of the start before, unless it is given some', async () => {
    await hub.user('chooser')
    const startWith = async (body: unknown) => {
      expect((await hub.start('chooser', '', body)).status).toBe(202)
      await hub.settled('chooser')
      const { user_options: options } = await hub.server('chooser')
      expect(hub.world.requestOf('chooser/')?.userOptions).toEqual(options)
      await hub.end('chooser')
      await hub.settled('chooser')
      return options
    }
    // A body without the newer keys is the options themselves.
    expect(await startWith({ memory: '1G' })).toEqual({ memory: '1G' })
    expect(await startWith(undefined)).toEqual({ memory: '1G' })
    expect(await startWith({ user_options: { cpu: 2 } })).toEqual({ cpu: 2 })
    expect(await startWith({ display_name: 'mine' })).toEqual({ cpu: 2 })
    expect(await startWith({ user_options: {} })).toEqual({})
  })

  test('is refused while the server stops; a second stop stops nothing', async () => {
    const { opened, open } = gate()
    await hub.user('slow', { beforeStop: () => opened })
    await hub.start('slow')
    await hub.settled('slow')
    expect((await hub.end('slow')).status).toBe(202)
    expect(await hub.server('slow')).toMatchObject({ ready: false, pending: 'stop', stopped: false })
    expect((await hub.start('slow')).status).toBe(400)
    expect((await hub.end('slow')).status).toBe(202)
    open()
    expect(await hub.settled('slow')).toMatchObject({ stopped: true })
    expect(hub.world.stopped.filter((name) => name === 'slow/')).toEqual(['slow/'])
    expect((await hub.end('slow')).status).toBe(204)
  })

  test('of a server whose process has died starts a new one at once', async () => {
    await hub.user('phoenix')
    await hub.start('phoenix')
    await hub.settled('phoenix')
    hub.world.exit('phoenix/', 1)
    await waitFor(async () => (await hub.start('phoenix')).status === 202)
    expect(await hub.settled('phoenix')).toMatchObject({ ready: true })
    expect(hub.world.running.filter((name) => name === 'phoenix/')).toEqual(['phoenix/'])
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from './databases.js'
import { type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

onBothDatabases('named servers', (newDatabase) => {
  let hub: HubWithFakes
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    hub = await startHubWithFakes({
      ...(dbUrl === undefined ? {} : { dbUrl }),
      config: { JupyterHub: { allow_named_servers: true, named_server_limit_per_user: 2 } },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  const put = (user: string, name: string, body?: unknown) =>
    hub.api('PUT', `/users/${user}/servers/${encodeURIComponent(name)}`, body)
  const patch = (user: string, name: string, body: unknown) =>
    hub.api('PATCH', `/users/${user}/servers/${encodeURIComponent(name)}`, body)
  const messageOf = (page: { text: string }) => (JSON.parse(page.text) as { message: string }).message

  test('are made with PUT without being started, and found until they are removed', async () => {
    await hub.user('ada')
    const made = await put('ada', 'work', { display_name: 'My work', user_options: { cpu: 2 } })
    expect(made.status).toBe(201)
    expect(made.json()).toMatchObject({
      name: 'work',
      display_name: 'My work',
      full_name: 'ada/work',
      user_options: { cpu: 2 },
      ready: false,
      stopped: true,
      url: '/user/ada/work/',
      progress_url: '/hub/api/users/ada/servers/work/progress',
    })
    expect(hub.world.started).not.toContain('ada/work')
    expect((await put('ada', 'work')).status).toBe(409)
    expect((await put('ada', '')).status).toBe(409)
    expect((await put('nobody', 'work')).status).toBe(404)

    expect((await hub.start('ada', 'work')).status).toBe(202)
    expect(await hub.settled('ada', 'work')).toMatchObject({ ready: true, user_options: { cpu: 2 } })
    expect(await hub.routes()).toContain('/user/ada/work/')
    expect((await hub.end('ada', 'work', { remove: true })).status).toBe(202)
    await expect.poll(async () => Object.keys(await hub.servers('ada'))).not.toContain('work')
    expect((await hub.end('ada', 'work')).status).toBe(404)
    expect((await hub.end('ada', '', { remove: true })).status).toBe(400)
  })

  test('stay with their options when they are only stopped', async () => {
    await hub.user('bob')
    await hub.start('bob', 'kept', { user_options: { a: 1 } })
    await hub.settled('bob', 'kept')
    await hub.end('bob', 'kept')
    expect(await hub.settled('bob', 'kept')).toMatchObject({ stopped: true, user_options: { a: 1 } })
    expect((await hub.end('bob', 'kept')).status).toBe(204)
  })

  test('are as many as are allowed, running or not, and one that exists may always be started', async () => {
    await hub.user('cyd')
    expect((await put('cyd', 'one')).status).toBe(201)
    expect((await put('cyd', 'two')).status).toBe(201)
    const refused = await hub.start('cyd', 'three')
    expect(refused.status).toBe(400)
    expect(messageOf(refused)).toBe(
      'User cyd already has the maximum of 2 named servers.  One must be deleted before a new server can be created',
    )
    expect((await hub.start('cyd', 'one')).status).toBe(202)
    expect((await hub.start('cyd')).status).toBe(202)
  })

  test.each(['Upper', '-a', 'a-', 'a--b', '1a', 'ä', 'a b', 'a/b', 'x'.repeat(31)])(
    'are not called %s',
    async (name) => {
      const user = `n${Buffer.from(name).toString('hex').slice(0, 12)}`
      await hub.user(user)
      for (const page of [await put(user, name), await hub.start(user, name)]) {
        expect(page.status).toBe(400)
        expect(messageOf(page)).toBe(`Invalid server_name: '${name}'`)
      }
    },
  )

  test.each([' leading', 'trailing ', 'two  blanks', 'tab\tin', 'line\nin', 'x'.repeat(256)])(
    'are not shown as %j',
    async (displayName) => {
      const user = `d${Buffer.from(displayName).toString('hex').slice(0, 12)}`
      await hub.user(user)
      const page = await put(user, 'fine', { display_name: displayName })
      expect(page.status).toBe(400)
      expect(messageOf(page)).toContain('display_name')
    },
  )

  test('are renamed while they are stopped: the row stays, so do its options', async () => {
    await hub.user('dee')
    await put('dee', 'old', { display_name: 'Shown', user_options: { a: 1 } })
    const renamed = await patch('dee', 'old', { name: 'new' })
    expect(renamed.status, renamed.text).toBe(200)
    expect(renamed.json()).toMatchObject({ name: 'new', display_name: 'Shown', user_options: { a: 1 } })
    expect(Object.keys(await hub.servers('dee'))).not.toContain('old')
    expect((await patch('dee', 'new', { display_name: 'Other' })).json()).toMatchObject({ display_name: 'Other' })
    expect((await patch('dee', 'new', { user_options: { b: 2 } })).json()).toMatchObject({ user_options: { b: 2 } })

    expect((await patch('dee', 'new', {})).status).toBe(400)
    expect((await patch('dee', 'new', { user_options: null })).status).toBe(400)
    expect((await patch('dee', 'new', { unknown: 1 })).status).toBe(400)
    expect((await patch('dee', 'gone', { user_options: {} })).status).toBe(404)
    expect((await patch('dee', 'new', { name: 'new' })).status).toBe(409)
    expect((await patch('dee', 'new', { name: '' })).status).toBe(409)
    expect((await patch('dee', 'new', { name: 'Not a slug' })).status).toBe(400)

    await hub.start('dee', 'new')
    await hub.settled('dee', 'new')
    expect((await patch('dee', 'new', { name: 'newer' })).status).toBe(400)
  })

  test('asked for at once are one', async () => {
    await hub.user('eve')
    const pages = await Promise.all(Array.from({ length: 6 }, () => put('eve', 'only')))
    expect(pages.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
    expect(Object.keys(await hub.servers('eve')).filter((name) => name !== '')).toEqual(['only'])
  })

  test('asked for at once are not more than are allowed', async () => {
    await hub.user('gil')
    const names = ['a', 'b', 'c', 'd', 'e']
    const pages = await Promise.all(names.map((name, index) => (index % 2 ? put('gil', name) : hub.start('gil', name))))
    expect(pages.filter(({ status }) => status < 300)).toHaveLength(2)
    expect(Object.keys(await hub.servers('gil')).filter((name) => name !== '')).toHaveLength(2)
  })

  test('of one user start, stop and fail apart from each other', async () => {
    await hub.user('fay')
    await hub.start('fay')
    await hub.start('fay', 'side')
    await hub.settled('fay')
    await hub.settled('fay', 'side')
    await hub.end('fay')
    await hub.settled('fay')
    expect(await hub.server('fay', 'side')).toMatchObject({ ready: true })
    expect((await hub.routes()).filter((route) => route.includes('fay'))).toEqual(['/user/fay/side/'])
  })
})

test('without allow_named_servers there are none, but the default one works under its empty name', async () => {
  await using hub = await startHubWithFakes()
  await hub.user('ada')
  for (const page of [
    await hub.start('ada', 'x'),
    await hub.end('ada', 'x'),
    await hub.api('PUT', '/users/ada/servers/x'),
  ]) {
    expect(page.status).toBe(400)
    expect(page.json<{ message: string }>().message).toBe('Named servers are not enabled.')
  }
  expect((await hub.api('POST', '/users/ada/servers/')).status).toBe(202)
  expect(await hub.settled('ada')).toMatchObject({ ready: true })
})

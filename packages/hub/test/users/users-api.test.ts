import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { onBothDatabases } from '../servers/databases.js'

interface UserModel {
  readonly name: string
  readonly admin: boolean
  readonly roles: readonly string[]
}

onBothDatabases('the REST API of users', (newDatabase) => {
  let hub: HubInProcess
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          allow_named_servers: true,
          ...(dbUrl === undefined ? {} : { db_url: dbUrl }),
          load_groups: { team: { users: ['member-1', 'member-2'] } },
        },
        Authenticator: { username_map: { 'known-as': 'mapped' }, username_pattern: '^[^!]*$' },
      },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  const messageOf = (page: { text: string }) => (JSON.parse(page.text) as { message: string }).message
  const names = (page: { text: string }) => (JSON.parse(page.text) as UserModel[]).map(({ name }) => name)

  describe('creating', () => {
    test('several at once answers with them in the order of the request, names as the authenticator spells them', async () => {
      const reply = await hub.api('POST', '/users', { usernames: ['Zoe', 'amy', 'Known-As', 'zoe'] })
      expect(reply.status).toBe(201)
      expect(names(reply)).toEqual(['zoe', 'amy', 'mapped'])
      expect(reply.json<object[]>()[0]).toEqual({
        kind: 'user',
        name: 'zoe',
        user_info: null,
        admin: false,
        roles: ['user'],
        groups: [],
        server: null,
        pending: null,
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        last_activity: null,
        servers: {},
        auth_state: null,
      })
    })

    test('leaves those that exist alone, and is a conflict if all do', async () => {
      await hub.api('POST', '/users', { usernames: ['one'] })
      expect(names(await hub.api('POST', '/users', { usernames: ['one', 'two'] }))).toEqual(['two'])
      const reply = await hub.api('POST', '/users', { usernames: ['one', 'two'] })
      expect(reply.status).toBe(409)
    })

    test('creates none if one name cannot be', async () => {
      const one = await hub.api('POST', '/users', { usernames: ['fine-1', 'a!'] })
      expect([one.status, messageOf(one)]).toEqual([400, 'Invalid username: a!'])
      const two = await hub.api('POST', '/users', { usernames: ['fine-1', 'a!', 'x/y'] })
      expect([two.status, messageOf(two)]).toEqual([400, 'Invalid usernames: a!, x/y'])
      expect((await hub.api('GET', '/users/fine-1')).status).toBe(404)
    })

    test.each([
      [null],
      [{}],
      [{ usernames: [] }],
      [{ usernames: 'ada' }],
      [{ usernames: [1] }],
      [{ usernames: ['x'], colour: 1 }],
    ])('refuses %j', async (body) => {
      expect((await hub.api('POST', '/users', body)).status).toBe(400)
    })

    test('at the same time creates each once', async () => {
      const usernames = ['race-1', 'race-2']
      const pages = await Promise.all(Array.from({ length: 4 }, () => hub.api('POST', '/users', { usernames })))
      expect(pages.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
      const singly = await Promise.all(Array.from({ length: 4 }, () => hub.api('POST', '/users/race-3')))
      expect(singly.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    })

    test('one by its exact name; a second time is a conflict', async () => {
      const reply = await hub.api('POST', '/users/Exact')
      expect(reply.status).toBe(201)
      expect(reply.json()).toMatchObject({ name: 'Exact', admin: false, roles: ['user'] })
      expect((await hub.api('POST', '/users/Exact')).status).toBe(409)
      expect((await hub.api('POST', '/users/a!')).status).toBe(400)
    })

    test('an admin gives the role, and takes an admin', async () => {
      const reply = await hub.api('POST', '/users/boss', { admin: true })
      expect(reply.json<UserModel>()).toMatchObject({ admin: true })
      expect([...reply.json<UserModel>().roles].sort()).toEqual(['admin', 'user'])
      const token = await hub.userWith('clerk', ['admin:users'])
      for (const [path, body] of [
        ['/users/more', { admin: true }],
        ['/users', { usernames: ['more'], admin: true }],
      ] as const) {
        expect((await hub.api('POST', path, body, token)).status).toBe(403)
      }
      expect((await hub.api('POST', '/users/more', { admin: false }, token)).status).toBe(201)
    })

    test('several needs the scope for all users', async () => {
      const token = await hub.userWith('narrow', ['admin:users!user=this-one'])
      expect((await hub.api('POST', '/users', { usernames: ['this-one'] }, token)).status).toBe(403)
      expect((await hub.api('POST', '/users/this-one', undefined, token)).status).toBe(201)
    })
  })

  describe('listing', () => {
    test('needs list:users, and shows what else may be seen', async () => {
      const reader = await hub.userWith('reader', ['read:users'])
      expect((await hub.api('GET', '/users', undefined, reader)).status).toBe(403)
      const lister = await hub.userWith('lister', ['list:users'])
      const reply = await hub.api('GET', '/users?name_filter=lister', undefined, lister)
      expect(reply.json()).toEqual([{ kind: 'user', name: 'lister', admin: false, user_info: null }])
    })

    test('with filters shows the named users and the members of the groups, once each', async () => {
      const token = await hub.userWith('filtered', [
        'list:users!user=member-1',
        'list:users!group=team',
        'list:users!user=nobody-like-that',
      ])
      expect(names(await hub.api('GET', '/users?sort=name', undefined, token))).toEqual(['member-1', 'member-2'])
      const foreign = await hub.userWith('foreign', ['list:users!server=member-1/'])
      expect((await hub.api('GET', '/users', undefined, foreign)).status).toBe(403)
    })

    test('by pages: all of them once, with a total and the address of the next', async () => {
      const token = await hub.userWith('pager', ['list:users'])
      const seen: string[] = []
      let path: string | undefined = '/users?name_filter=member-&limit=1&sort=-name&include_stopped_servers'
      while (path !== undefined) {
        const browser = hub.browser()
        const page = await browser.visit(`/hub/api${path}`, {
          headers: { authorization: `token ${token}`, accept: 'application/jupyterhub-pagination+json' },
        })
        expect(page.headers['content-type']).toMatch(/^application\/json/)
        const { items, _pagination: info } = page.json<{
          items: UserModel[]
          _pagination: { total: number; next: { offset: number; limit: number; url: string } | null }
        }>()
        expect(info.total).toBe(2)
        seen.push(...items.map(({ name }) => name))
        if (info.next !== null) expect(info.next.url).toContain('include_stopped_servers')
        path = info.next === null ? undefined : info.next.url.split('/hub/api')[1]
      }
      expect(seen).toEqual(['member-2', 'member-1'])
    })

    test.each(['sort=--id', 'sort=roles', 'state=odd', 'limit=x', 'offset=1.5'])('refuses %s', async (query) => {
      expect((await hub.api('GET', `/users?${query}`)).status).toBe(400)
    })

    test('takes a limit of 0 as 1, and a negative one as positive', async () => {
      expect(names(await hub.api('GET', '/users?limit=0'))).toHaveLength(1)
      expect(names(await hub.api('GET', '/users?limit=-2'))).toHaveLength(2)
    })

    test('in order of activity puts those without any first, or last', async () => {
      await hub.api('POST', '/users', { usernames: ['order-a', 'order-b', 'order-c'] })
      const at = (name: string, time: string) => hub.api('POST', `/users/${name}/activity`, { last_activity: time })
      await at('order-a', '2026-01-02T00:00:00Z')
      await at('order-b', '2026-01-01T00:00:00Z')
      expect(names(await hub.api('GET', '/users?name_filter=order-&sort=last_activity'))).toEqual([
        'order-c',
        'order-b',
        'order-a',
      ])
      expect(names(await hub.api('GET', '/users?name_filter=order-&sort=-last_activity'))).toEqual([
        'order-a',
        'order-b',
        'order-c',
      ])
    })

    test('by state tells who has servers, and who has one that is ready', async () => {
      await hub.api('POST', '/users', { usernames: ['state-up', 'state-down', 'state-on'] })
      expect((await hub.api('POST', '/users/state-up/server')).status).toBe(201)
      expect((await hub.api('POST', '/users/state-on/servers/named')).status).toBe(201)
      const by = async (state: string) =>
        names(await hub.api('GET', `/users?name_filter=state-&state=${state}&sort=name`))
      expect(await by('ready')).toEqual(['state-on', 'state-up'])
      expect(await by('active')).toEqual(['state-on', 'state-up'])
      expect(await by('inactive')).toEqual(['state-down'])
      expect((await hub.api('DELETE', '/users/state-up/server')).status).toBe(204)
      expect(await by('ready')).toEqual(['state-on'])
    })
  })

  describe('changing', () => {
    test('the name keeps the rest; a taken one is refused', async () => {
      await hub.api('POST', '/users', { usernames: ['old-name', 'taken-name'] })
      const { created } = (await hub.api('GET', '/users/old-name')).json<{ created: string }>()
      const reply = await hub.api('PATCH', '/users/old-name', { name: 'new-name' })
      expect(reply.status).toBe(200)
      expect(reply.json()).toMatchObject({ name: 'new-name', created, roles: ['user'], auth_state: null })
      expect((await hub.api('GET', '/users/old-name')).status).toBe(404)
      const taken = await hub.api('PATCH', '/users/new-name', { name: 'taken-name' })
      expect([taken.status, messageOf(taken)]).toEqual([400, 'User taken-name already exists, username must be unique'])
    })

    test('a new name is spelled and checked like that of a new user; an old one is kept as it is', async () => {
      await hub.api('POST', '/users/Speller')
      expect((await hub.api('PATCH', '/users/Speller', { name: 'Speller' })).json()).toMatchObject({ name: 'Speller' })
      for (const name of ['', ' x', 'a/b'])
        expect((await hub.api('PATCH', '/users/Speller', { name })).status).toBe(400)
      expect((await hub.api('PATCH', '/users/Speller', { name: 'SPELLED' })).json()).toMatchObject({ name: 'spelled' })
    })

    test('the admin flag changes the role with it', async () => {
      await hub.api('POST', '/users/riser')
      const up = await hub.api('PATCH', '/users/riser', { admin: true })
      expect([...up.json<UserModel>().roles].sort()).toEqual(['admin', 'user'])
      const down = await hub.api('PATCH', '/users/riser', { admin: false })
      expect(down.json()).toMatchObject({ admin: false, roles: ['user'] })
    })

    test('of admins, or into one, takes an admin', async () => {
      const token = await hub.userWith('changer', ['admin:users'])
      await hub.api('POST', '/users', { usernames: ['plain-1'] })
      await hub.api('POST', '/users/admin-1', { admin: true })
      expect((await hub.api('PATCH', '/users/admin-1', { name: 'x-1' }, token)).status).toBe(403)
      expect((await hub.api('PATCH', '/users/plain-1', { admin: true }, token)).status).toBe(403)
      expect((await hub.api('PATCH', '/users/plain-1', { name: 'plain-2' }, token)).status).toBe(200)
    })

    test.each([[null], [[]], [{ groups: ['team'] }], [{ roles: ['admin'] }], [{ name: 1 }], [{ colour: 'red' }]])(
      'refuses %j',
      async (body) => {
        await hub.api('POST', '/users/steady')
        const reply = await hub.api('PATCH', '/users/steady', body)
        expect(reply.status, reply.text).toBe(400)
      },
    )

    test('somebody unknown is not found', async () => {
      expect((await hub.api('PATCH', '/users/nobody', { admin: false })).status).toBe(404)
    })
  })

  describe('deleting', () => {
    test('takes what the user did along, so that the next one has done nothing yet', async () => {
      for (const _ of [1, 2]) {
        await hub.api('POST', '/users/brief')
        const token = (await hub.api('POST', '/users/brief/tokens', {})).json<{ id: string; token: string }>()
        const [user, tokens] = [await hub.api('GET', '/users/brief'), await hub.api('GET', '/users/brief/tokens')]
        expect(user.json()).toMatchObject({ last_activity: null })
        expect(tokens.json()).toMatchObject({ api_tokens: [{ id: token.id, last_activity: null }] })
        await hub.api('GET', '/user', undefined, token.token)
        expect((await hub.api('GET', '/users/brief')).json()).toMatchObject({ last_activity: expect.any(String) })
        await hub.api('DELETE', '/users/brief')
      }
    })

    test('stops all servers first, named ones too', async () => {
      await hub.api('POST', '/users/leaver')
      await hub.api('POST', '/users/leaver/server')
      await hub.api('POST', '/users/leaver/servers/side')
      const { servers } = (await hub.api('GET', '/users/leaver')).json<{
        servers: Record<string, { state: { pid: number } }>
      }>()
      const pids = Object.values(servers).map(({ state }) => state.pid)
      expect(pids).toHaveLength(2)
      expect((await hub.api('DELETE', '/users/leaver')).status).toBe(204)
      expect((await hub.api('GET', '/users/leaver')).status).toBe(404)
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
      expect(Object.keys((await hub.api('GET', '/proxy')).json<object>()).join()).not.toContain('leaver')
    })

    test('takes their tokens with them', async () => {
      const token = await hub.userWith('forgotten', ['self'])
      expect((await hub.api('GET', '/user', undefined, token)).status).toBe(200)
      expect((await hub.api('DELETE', '/users/forgotten')).status).toBe(204)
      expect((await hub.api('GET', '/user', undefined, token)).status).toBe(403)
    })

    test('oneself is refused, and somebody unknown is not found', async () => {
      const token = await hub.userWith('lonely', ['delete:users'])
      expect((await hub.api('DELETE', '/users/lonely', undefined, token)).status).toBe(400)
      expect((await hub.api('DELETE', '/users/nobody')).status).toBe(404)
    })
  })

  test('existence is not told to those with a scope for others only', async () => {
    const token = await hub.userWith('curious', ['read:users!user=curious'])
    await hub.api('POST', '/users/private')
    for (const path of ['/users/private', '/users/no-such-user']) {
      const reply = await hub.api('GET', path, undefined, token)
      expect([reply.status, messageOf(reply)]).toEqual([404, 'No access to resources or resources not found'])
    }
    const none = await hub.userWith('powerless', [])
    const reply = await hub.api('GET', '/users/private', undefined, none)
    expect(reply.status).toBe(403)
    expect(messageOf(reply)).toContain('requires any of [')
  })
})

import { fakeServers, type FakeServers } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { onBothDatabases } from '../servers/databases.js'

interface Listed {
  readonly user: string
  readonly name: string
  readonly phase: string
  readonly failure?: { readonly message: string } | null
}

onBothDatabases('lists for administrators', (newDatabase) => {
  let hub: HubInProcess
  let servers: FakeServers
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    servers = await fakeServers()
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          spawner_class: servers.spawnerClass,
          allow_named_servers: true,
          ...(dbUrl === undefined ? {} : { db_url: dbUrl }),
          load_groups: { team: { users: ['ada', 'bob', 'dora'] } },
        },
        Spawner: {
          pre_spawn_hook: (spawner: { serverName: string }) => {
            if (spawner.serverName === 'broken') throw new Error('no room')
          },
        },
      },
    })
    await hub.api('POST', '/users', { usernames: ['cleo'] })
    await hub.api('PATCH', '/users/cleo', { admin: true })
    await hub.api('POST', '/users/bob/server')
    await hub.api('POST', '/users/ada/servers/lab')
    await hub.api('POST', '/users/cleo/servers/broken')
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await servers[Symbol.asyncDispose]()
  })

  const users = async (query: string): Promise<string[]> =>
    (await hub.api('GET', `/users?${query}`)).json<{ name: string }[]>().map(({ name }) => name)

  test.each([
    ['group=team', ['ada', 'bob', 'dora']],
    ['group=none', []],
    ['state=failed', ['cleo']],
    ['state=pending', []],
    ['state=ready', ['ada', 'bob']],
    ['state=inactive', ['cleo', 'dora']],
    ['group=team&name_filter=B', ['bob']],
    ['idle_since=2100-01-01T00:00:00Z&group=team', ['ada', 'bob', 'dora']],
    ['idle_since=2019-01-01T00:00:00Z', ['dora']],
  ])('users: %s', async (query, expected) => {
    expect((await users(query)).sort()).toEqual(expected)
  })

  test('users: admins, and the others', async () => {
    expect(await users('admin')).toEqual(['cleo'])
    expect(await users('admin=false')).toEqual(['ada', 'bob', 'dora'])
  })

  test('users are sorted by every column, both ways, ties by age', async () => {
    expect((await users('sort=-started')).slice(0, 2)).toEqual(['ada', 'bob'])
    expect((await users('sort=started'))[3]).toBe('ada')
    expect((await users('sort=-servers'))[0]).toBe('ada')
    expect((await users('sort=servers')).slice(2)).toEqual(['ada', 'bob'])
    expect((await users('sort=-admin'))[0]).toBe('cleo')
    expect((await users('sort=admin'))[3]).toBe('cleo')
    expect((await users('sort=-created'))[0]).toBe('cleo')
    expect((await users('sort=last_activity'))[0]).toBe('dora')
  })

  test.each(['sort=--created', 'sort=groups', 'state=odd', 'idle_since=yesterday'])(
    'users: %s is refused',
    async (query) => {
      expect((await hub.api('GET', `/users?${query}`)).status).toBe(400)
    },
  )

  const listed = async (query: string, token?: string) => {
    const page = await hub.api('GET', `/servers?${query}`, undefined, token)
    return page.json<{ items: Listed[]; _pagination: { total: number } }>()
  }

  describe('servers of everybody', () => {
    test('are listed by state, with how a start failed', async () => {
      const running = await listed('state=ready&sort=user')
      expect(running.items.map(({ user, name }) => `${user}/${name}`)).toEqual(['ada/lab', 'bob/'])
      const failed = await listed('state=failed')
      expect(failed.items).toMatchObject([{ user: 'cleo', name: 'broken', phase: 'failed', failure: { status: 500 } }])
    })

    test('in pages', async () => {
      const first = await listed('state=active&limit=1')
      expect([first.items.length, first._pagination.total]).toEqual([1, 2])
    })

    test('only those that the caller may read, without failures for those who may not see their state', async () => {
      const ofOne = await hub.userWith('reads-bob', ['read:servers!user=bob'])
      expect((await listed('', ofOne)).items.map(({ user }) => user)).toEqual(['bob'])
      const ofServer = await hub.userWith('reads-lab', ['read:servers!server=ada/lab'])
      expect((await listed('', ofServer)).items.map(({ name }) => name)).toEqual(['lab'])
      const ofTeam = await hub.userWith('reads-team', ['read:servers!group=team'])
      expect((await listed('state=ready', ofTeam)).items.map(({ user }) => user).sort()).toEqual(['ada', 'bob'])
      const reader = await hub.userWith('reads-all', ['read:servers'])
      expect((await listed('state=failed', reader)).items[0]).not.toHaveProperty('failure')
      const nobody = await hub.userWith('reads-none', ['list:users'])
      expect((await hub.api('GET', '/servers', undefined, nobody)).status).toBe(403)
    })
  })

  describe('announcements', () => {
    test('are kept, shown as text on the page they are for, and taken away again', async () => {
      const set = await hub.api('PUT', '/announcements', { all: 'Down on <Friday>', login: 'Use your own account' })
      expect(set.json()).toMatchObject({ all: 'Down on <Friday>', login: 'Use your own account', home: '' })
      const login = await hub.browser().visit('/hub/login')
      expect(login.text).toContain('Use your own account')
      expect(login.text).not.toContain('Friday')
      const home = await (await hub.loggedIn('ada')).visit('/hub/home')
      expect(home.text).toContain('Down on &lt;Friday&gt;')
      await hub.api('PUT', '/announcements', { all: '', login: '' })
      expect((await hub.browser().visit('/hub/login')).text).not.toContain('Use your own account')
    })

    test('are refused with an unknown page, and from those who may not', async () => {
      expect((await hub.api('PUT', '/announcements', { everywhere: 'x' })).status).toBe(400)
      expect((await hub.api('PUT', '/announcements', { all: 'x'.repeat(2001) })).status).toBe(400)
      const looker = await hub.userWith('looker', ['admin-ui', 'admin:users!group=team'])
      expect((await hub.api('GET', '/announcements', undefined, looker)).status).toBe(200)
      expect((await hub.api('PUT', '/announcements', { all: 'x' }, looker)).status).toBe(403)
    })
  })
})

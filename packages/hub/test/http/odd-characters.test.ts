import { hubEndpoints } from '@hub/api'
import { fakeServers, type FakeServers } from '@hub/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { onBothDatabases } from '../servers/databases.js'

/** Ends the hub, or leads it to another proxy. */
const endsTheRun = ['POST /shutdown', 'PATCH /proxy']

onBothDatabases('characters that a database may not keep', (newDatabase) => {
  let hub: HubInProcess
  let fakes: FakeServers
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    fakes = await fakeServers()
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          spawner_class: fakes.spawnerClass,
          allow_named_servers: true,
          admin_access: true,
          load_groups: { team: { users: ['ada'] } },
          ...(dbUrl === undefined ? {} : { db_url: dbUrl }),
        },
      },
    })
    await hub.api('PUT', '/users/ada/servers/lab')
  }, 60_000)
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await fakes[Symbol.asyncDispose]()
  })

  const known: Readonly<Record<string, string>> = { user: 'ada', owner: 'ada', server: 'lab', group: 'team' }
  const paths = hubEndpoints
    .filter(({ method, path }) => !endsTheRun.includes(`${method} ${path}`))
    .flatMap(({ method, path, name }) => {
      const params = [...path.matchAll(/:(\w+)/g)].map(([, param = '']) => param)
      return params.map((odd) => ({
        method,
        name,
        path: path.replace(/:(\w+)/g, (_, param: string) => (param === odd ? 'a%00b' : (known[param] ?? 'x'))),
      }))
    })

  test('in a path are of a name that nobody has, or can get', async () => {
    for (const { method, path } of paths) {
      const page = await hub.api(method, path, ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined)
      expect([`${method} ${path}`, page.status]).toEqual([
        `${method} ${path}`,
        expect.toSatisfy((s: number) => s >= 400 && s < 500),
      ])
    }
  })

  test.each<[string, string, unknown]>([
    ['POST', '/users', { usernames: ['a\0b'] }],
    ['PATCH', '/users/ada', { name: 'a\0b' }],
    ['POST', '/groups', { groups: ['a\0b'] }],
    ['POST', '/groups', { groups: ['g'], users: ['a\0b'] }],
    ['POST', '/groups/team/users', { users: ['a\0b'] }],
    ['POST', '/users/ada/tokens', { scopes: ['read:users!user=a\0b'] }],
    ['POST', '/users/ada/tokens', { roles: ['a\0b'] }],
    ['PUT', '/users/ada/servers/lab2', { display_name: 'a\0b' }],
    ['PATCH', '/users/ada/servers/lab', { name: 'a\0b' }],
    ['PATCH', '/users/ada/servers/lab', { display_name: 'a\0b' }],
    ['POST', '/users/ada/activity', { servers: { 'a\0b': { last_activity: '2026-01-01' } } }],
    ['POST', '/shares/ada/lab', { user: 'a\0b' }],
    ['POST', '/shares/ada/lab', { group: 'a\0b' }],
    ['POST', '/services/s', { url: 'http://a\0b/' }],
  ])('in a body are refused: %s %s %j', async (method, path, body) => {
    const page = await hub.api(method, path, body)
    expect(page.status).toBe(400)
  })

  test('in texts for people, and in free data, go through', async () => {
    const note = await hub.api('POST', '/users/ada/tokens', { note: 'a\0b' })
    expect([note.status, note.text]).toEqual([201, expect.anything()])
    const properties = await hub.api('PUT', '/groups/team/properties', { a: 'x\0y', 'k\0': 1 })
    expect(properties.json()).toMatchObject({ properties: { a: 'x\0y', 'k\0': 1 } })
    const options = await hub.api('PATCH', '/users/ada/servers/lab', { user_options: { a: 'x\0y' } })
    expect(options.json()).toMatchObject({ user_options: { a: 'x\0y' } })
  })

  test('in a query are blanks', async () => {
    for (const path of ['/users?name_filter=a%00b', '/share-codes/ada/lab?x=%00']) {
      expect((await hub.api('GET', path)).status).toBe(200)
    }
    expect((await hub.api('DELETE', '/share-codes/ada/lab?code=a%00b')).status).toBe(404)
  })

  test('are no text at all when they are half a character', async () => {
    for (const body of ['{"usernames":["\\ud800"]}', '{"usernames":["\\udc00x"]}', '{"\\ud800":1}'])
      expect((await hub.api('POST', '/users', body)).status).toBe(400)
    expect((await hub.api('POST', '/users/ada/tokens', '{"note":"\\ud83d\\udc27"}')).json()).toMatchObject({
      note: '🐧',
    })
  })
})

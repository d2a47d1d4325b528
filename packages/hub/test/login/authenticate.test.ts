import { expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import { encodeTimestamp } from '../../src/database/codecs.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { hashToken } from '../../src/tokens/token-hash.js'
import * as userStore from '../../src/users/user-store.js'
import { aService } from '../database/make.js'
import { type IdentityApp, startIdentityApp } from './identity-app.js'

interface Caller {
  readonly kind: string
  readonly name: string
  readonly by: string
  readonly scopes: readonly string[]
}

const ask = (app: IdentityApp, token: string, path = '/hub/api/caller'): Promise<Response> =>
  app.fetch(path, { headers: { authorization: `token ${token}` } })

const caller = async (app: IdentityApp, token: string): Promise<Caller> => {
  const reply = await ask(app, token)
  if (reply.status !== 200) throw new Error(`not a caller: ${reply.status}`)
  return (await reply.json()) as Caller // as the probe route answers
}

test('the keyword is token or bearer in any case, then white space and one word; anything else is no credential', async () => {
  await using app = await startIdentityApp()
  const token = await app.token({ userId: (await app.user('ada')).id })
  const status = async (authorization: string) =>
    (await app.fetch('/hub/api/caller', { headers: { authorization } })).status
  for (const text of ['token', 'Token', 'TOKEN', 'bearer', 'Bearer', 'BeArEr'])
    expect(await status(`${text} ${token}`)).toBe(200)
  expect(await status(`token \t ${token}`)).toBe(200)
  for (const text of [
    token,
    `token: ${token}`,
    `token${token}`,
    `Basic ${token}`,
    `Basic ${Buffer.from(`ada:${token}`).toString('base64')}`,
    `token ${token} x`,
    `x token ${token}`,
    'token',
    'token ',
    '',
  ]) {
    expect([text, await status(text)]).toEqual([text, 403])
  }
  expect((await app.fetch(`/hub/api/caller?token=${token}`)).status).toBe(403)
})

test('unknown, expired, cut and endless tokens are nobody', async () => {
  await using app = await startIdentityApp()
  const owner = { userId: (await app.user('ada')).id }
  const token = await app.token(owner, { expiresInMs: 60_000 })
  const wrong = [
    token.slice(0, -1),
    `${token}0`,
    `${token.slice(0, 4)}${'0'.repeat(28)}`,
    token.slice(0, 4),
    'x'.repeat(8_000),
  ]
  for (const each of wrong) expect((await ask(app, each)).status).toBe(403)
  expect((await ask(app, token)).status).toBe(200)
  app.now.ms += 59_000
  expect((await ask(app, token)).status).toBe(200)
  app.now.ms += 1_000
  expect((await ask(app, token)).status).toBe(403)
})

test('a token that is none does not stand in the way of a login cookie', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const page = await browser.get('/hub/api/caller', { headers: { authorization: 'token nonsense' } })
  expect(page.json()).toMatchObject({ name: 'ada', by: 'cookie' })
  const token = await app.token({ userId: (await app.user('bob')).id })
  const other = await browser.get('/hub/api/caller', { headers: { authorization: `token ${token}` } })
  expect(other.json()).toMatchObject({ name: 'bob', by: 'token' })
  expect(other.headers['set-cookie']).toBeUndefined()
})

test('tokens whose first characters are the same are told apart', async () => {
  await using app = await startIdentityApp()
  for (const [name, token] of [
    ['ada', 'same-prefix-a'],
    ['bob', 'same-prefix-b'],
  ] as const) {
    const user = await app.user(name)
    await app.database.write((tx) =>
      tokenStore.create(tx, {
        owner: { userId: user.id },
        ...hashToken(token, { rounds: 16_384 }),
        clientId: 'jupyterhub',
        scopes: ['inherit'],
        note: '',
        created: new Date(),
        expiresAt: null,
      }),
    )
  }
  expect((await caller(app, 'same-prefix-a')).name).toBe('ada')
  expect((await caller(app, 'same-prefix-b')).name).toBe('bob')
})

test('a token allows what it says, as far as its owner may; whoever loses a role loses it with the next request', async () => {
  await using app = await startIdentityApp()
  await app.role('reader', ['read:users'])
  const ada = await app.user('ada', { roles: ['user', 'reader'] })
  const inherit = await app.token({ userId: ada.id })
  const narrow = await app.token({ userId: ada.id }, { scopes: ['read:users:name', 'shutdown'] })
  const none = await app.token({ userId: ada.id }, { scopes: [] })
  expect((await caller(app, inherit)).scopes).toContain('read:users')
  expect((await caller(app, narrow)).scopes).toEqual(['read:users:groups!user=ada', 'read:users:name'])
  expect((await caller(app, none)).scopes).toEqual(['read:users:groups!user=ada', 'read:users:name!user=ada'])
  expect((await ask(app, inherit, '/hub/api/users/bob')).status).toBe(200)

  const [reader] = await roleStore.findByNames(app.database.read, ['reader'])
  await app.database.write((tx) => roleStore.strip(tx, 'users', [ada.id], reader?.id ?? 0))
  app.access.bump()
  expect((await caller(app, inherit)).scopes).not.toContain('read:users')
  expect((await caller(app, narrow)).scopes).toEqual(['read:users:groups!user=ada', 'read:users:name!user=ada'])
  expect((await ask(app, inherit, '/hub/api/users/bob')).status).toBe(404)
})

test('roles of groups count, and membership decides about others in the group', async () => {
  await using app = await startIdentityApp()
  await app.role('lab-reader', ['read:users!group=lab'])
  const [ada, bob] = [await app.user('ada'), await app.user('bob')]
  await app.user('eve')
  const [role] = await roleStore.findByNames(app.database.read, ['lab-reader'])
  await app.database.write(async (tx) => {
    const [lab] = await groupStore.create(tx, ['lab'])
    await groupStore.addMembers(tx, lab?.id ?? 0, [ada.id, bob.id])
    await roleStore.assign(tx, 'groups', [lab?.id ?? 0], role?.id ?? 0)
  })
  app.access.bump()
  const token = await app.token({ userId: ada.id })
  expect((await ask(app, token, '/hub/api/users/bob')).status).toBe(200)
  expect((await ask(app, token, '/hub/api/users/eve')).status).toBe(404)
  expect((await ask(app, token, '/hub/api/users/nobody')).status).toBe(404)
})

test('a share reaches the tokens of its recipients, also through a group, and ends when it expires', async () => {
  await using app = await startIdentityApp()
  const [ada, bob] = [await app.user('ada'), await app.user('bob')]
  await app.database.write(async (tx) => {
    const server = await serverStore.create(tx, { userId: ada.id, name: 'lab', displayName: 'lab' })
    const [group] = await groupStore.create(tx, ['friends'])
    await groupStore.addMembers(tx, group?.id ?? 0, [bob.id])
    await tx.run(
      'INSERT INTO shares (created_at, scopes, expires_at, group_id, owner_id, spawner_id) VALUES (?, ?, ?, ?, ?, ?)',
      [
        encodeTimestamp(new Date(app.now.ms)),
        JSON.stringify(['access:servers!server=ada/lab']),
        encodeTimestamp(new Date(app.now.ms + 3_600_000)),
        group?.id ?? 0,
        ada.id,
        server.id,
      ],
    )
  })
  app.access.bump()
  const token = await app.token({ userId: bob.id })
  expect((await caller(app, token)).scopes).toContain('access:servers!server=ada/lab')
  app.now.ms += 3_600_000
  expect((await caller(app, token)).scopes).not.toContain('access:servers!server=ada/lab')
})

test('a service is known by its token and has its own roles only, whatever users are called', async () => {
  await using app = await startIdentityApp()
  await app.user('culler', { admin: true, roles: ['user', 'admin'] })
  await app.role('culler', ['list:users', 'self', 'read:services!service'])
  const service = await app.database.write(async (tx) => {
    const service = await serviceStore.upsert(tx, aService('culler'))
    const [role] = await roleStore.findByNames(tx, ['culler'])
    await roleStore.assign(tx, 'services', [service.id], role?.id ?? 0)
    return service
  })
  const token = await app.token({ serviceId: service.id })
  expect(await caller(app, token)).toEqual({
    kind: 'service',
    name: 'culler',
    by: 'token',
    scopes: ['list:users', 'read:services!service=culler', 'read:services:name!service=culler', 'read:users:name'],
  })
})

test("requests count as activity of token and user, those of a server's own token not as the user's", async () => {
  await using app = await startIdentityApp()
  const ada = await app.user('ada')
  const own = await app.token({ userId: ada.id })
  const ofServer = await app.token({ userId: ada.id }, { note: 'Server at /user/ada/' })
  const browser = await app.loggedIn('ada')
  const [first, second] = await tokenStore.listOf(app.database.read, { userId: ada.id })
  const during = async (act: () => Promise<unknown>) => {
    app.activity.length = 0
    await act()
    return [...app.activity]
  }
  expect(await during(() => ask(app, own))).toEqual([
    { table: 'api_tokens', id: first?.id },
    { table: 'users', id: ada.id },
  ])
  expect(await during(() => ask(app, ofServer))).toEqual([{ table: 'api_tokens', id: second?.id }])
  expect(await during(() => browser.get('/hub/home'))).toEqual([{ table: 'users', id: ada.id }])
  expect(await during(() => app.browser().get('/hub/login'))).toEqual([])
})

test('a token of a deleted user, or without a client, is nobody', async () => {
  await using app = await startIdentityApp()
  const [ada, bob] = [await app.user('ada'), await app.user('bob')]
  const [gone, orphaned] = [await app.token({ userId: ada.id }), await app.token({ userId: bob.id })]
  expect((await ask(app, gone)).status).toBe(200)
  await app.database.write(async (tx) => {
    await userStore.remove(tx, [ada.id])
    await tx.run('UPDATE api_tokens SET client_id = NULL WHERE user_id = ?', [bob.id])
  })
  app.access.bump()
  expect((await ask(app, gone)).status).toBe(403)
  expect((await ask(app, orphaned)).status).toBe(403)
})

test('an unknown scope in a stored token is left out and does no harm', async () => {
  await using app = await startIdentityApp()
  const token = await app.token({ userId: (await app.user('ada')).id }, { scopes: ['no:such', 'read:servers!user'] })
  expect((await caller(app, token)).scopes).toContain('read:servers!user=ada')
  expect(app.log).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ dropped: ['no:such'] }) }),
  )
})

test('a thousand requests by token ask the database once', async () => {
  await using app = await startIdentityApp()
  const token = await app.token({ userId: (await app.user('ada')).id })
  await ask(app, token)
  const { visitors } = app.identity
  let queries = 0
  const { read } = app.database
  const all = read.all.bind(read)
  read.all = (...args) => {
    queries += 1
    return all(...args)
  }
  for (let count = 0; count < 1_000; count++) await visitors.byToken(token)
  expect(queries).toBe(0)
  app.access.bump()
  await visitors.byToken(token)
  expect(queries).toBeGreaterThan(0)
})

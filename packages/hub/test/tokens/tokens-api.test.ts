import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
beforeAll(async () => {
  hub = await startHubInProcess({ config: { DummyAuthenticator: { password: 'right' } } })
  for (const name of ['ada', 'bob']) await hub.user(name)
})
afterAll(() => hub[Symbol.asyncDispose]())

interface TokenModel {
  readonly id: string
  readonly token: string
  readonly note: string
  readonly scopes: readonly string[]
  readonly expires_at: string | null
  readonly user?: string
}

const idOf = async (name: string): Promise<number> =>
  (await userStore.findByName(hub.foundation.database.read, name))?.id ?? 0

const tokenOf = async (name: string): Promise<string> => hub.token({ userId: await idOf(name) })

const messageOf = (reply: { json<T>(): T }): string => reply.json<{ message: string }>().message

describe('a new token', () => {
  test('is shown once, works, and does what its owner may', async () => {
    const reply = await hub.api('POST', '/users/ada/tokens', undefined, await tokenOf('ada'))
    expect(reply.status).toBe(201)
    const model = reply.json<TokenModel>()
    expect(Object.keys(model).sort()).toEqual(
      'created expires_at id kind last_activity note oauth_client roles scopes session_id token user'.split(' '),
    )
    expect(model).toMatchObject({
      user: 'ada',
      kind: 'api_token',
      roles: [],
      note: 'Requested via api',
      expires_at: null,
      session_id: null,
      oauth_client: 'JupyterHub',
    })
    expect(model.token).toMatch(/^[0-9a-f]{32}$/)
    expect(model.id).toMatch(/^a\d+$/)
    expect(model.scopes).toContain('servers!user=ada')
    expect((await hub.api('GET', '/users/ada', undefined, model.token)).status).toBe(200)
    const listed = await hub.api('GET', `/users/ada/tokens/${model.id}`)
    expect(listed.json()).not.toHaveProperty('token')
  })

  test('says who asked for it, when that is somebody else', async () => {
    const admin = await hub.userWith('boss', ['tokens'])
    expect((await hub.api('POST', '/users/ada/tokens', {}, admin)).json<TokenModel>().note).toBe(
      'Requested via api by user boss',
    )
    expect((await hub.api('POST', '/users/ada/tokens', {})).json<TokenModel>().note).toBe(
      'Requested via api by service test-admin',
    )
    expect((await hub.api('POST', '/users/ada/tokens', { note: 'mine' })).json<TokenModel>().note).toBe('mine')
  })

  test.each(['', 'null', '{}', '[]', '0', 'false', '""'])('needs no description: %j', async (body) => {
    expect((await hub.api('POST', '/users/ada/tokens', body)).status).toBe(201)
  })

  test.each([
    ['"text"'],
    ['[1]'],
    ['{'],
    ['{"scopes": "self"}'],
    ['{"scopes": [1]}'],
    ['{"roles": "user"}'],
    ['{"scopes": [], "roles": []}'],
    ['{"scopes": ["no:such:scope"]}'],
    ['{"scopes": ["self!planet=mars"]}'],
    ['{"roles": ["no-such-role"]}'],
    ['{"expires_in": 1.5}'],
    ['{"expires_in": "60"}'],
    ['{"expires_in": -1}'],
  ])('is refused when it is described as %s', async (body) => {
    expect((await hub.api('POST', '/users/ada/tokens', body)).status).toBe(400)
  })

  test('takes no notice of other keys', async () => {
    const reply = await hub.api('POST', '/users/ada/tokens', { username: 'bob', colour: 'red' })
    expect(reply.json<TokenModel>().user).toBe('ada')
  })

  test('may not do more than its owner', async () => {
    const reply = await hub.api('POST', '/users/ada/tokens', { scopes: ['admin:users', 'read:users!user=ada'] })
    expect(reply.status).toBe(400)
    expect(messageOf(reply)).toContain('Not assigning requested scopes')
    expect(messageOf(reply)).toContain('admin:users')
  })

  test.each([
    ['one-own', ['read:users!user'], 201],
    ['one-other', ['read:users!user=other'], 400],
    ['all', ['read:users'], 400],
    ['admin-ish', ['admin:users'], 400],
  ])('of a role %s of an ordinary user', async (role, scopes, status) => {
    await hub.role(role, scopes)
    expect((await hub.api('POST', '/users/bob/tokens', { roles: [role] }, await tokenOf('bob'))).status).toBe(status)
  })

  test('of a role that only a group gives', async () => {
    await hub.role('by-group', ['read:hub'])
    await hub.role('no-more', ['read:hub'])
    await hub.api('POST', '/groups/givers', { users: ['bob'] })
    await hub.give('by-group', 'groups', 'givers')
    const reply = await hub.api('POST', '/users/bob/tokens', { roles: ['no-more'] }, await tokenOf('bob'))
    expect(reply.status).toBe(201)
    expect(reply.json<TokenModel>().scopes).toContain('read:hub')
  })

  test('with an empty list of roles may do nothing but say who it is', async () => {
    const { token } = (await hub.api('POST', '/users/ada/tokens', { roles: [] })).json<TokenModel>()
    const whoami = await hub.api('GET', '/user', undefined, token)
    expect(whoami.json()).toMatchObject({
      name: 'ada',
      scopes: ['read:users:groups!user=ada', 'read:users:name!user=ada'],
    })
    expect((await hub.api('GET', '/users', undefined, token)).status).toBe(403)
  })

  test('says who it is for each of several that may do nothing else', async () => {
    const tokens = await Promise.all(
      ['ada', 'bob', 'ada'].map(async (name) =>
        (await hub.api('POST', `/users/${name}/tokens`, { roles: [] })).json<TokenModel>(),
      ),
    )
    const names = await Promise.all(
      tokens.map(async ({ token }) => (await hub.api('GET', '/user', undefined, token)).json<{ name: string }>().name),
    )
    expect(names).toEqual(['ada', 'bob', 'ada'])
  })

  test('ends when it is to', async () => {
    const at = Date.now()
    const model = (await hub.api('POST', '/users/ada/tokens', { expires_in: 60 })).json<TokenModel>()
    const seconds = (Date.parse(model.expires_at ?? '') - at) / 1000
    expect(seconds).toBeGreaterThan(58)
    expect(seconds).toBeLessThan(62)
    expect((await hub.api('POST', '/users/ada/tokens', { expires_in: 0 })).json<TokenModel>().expires_at).toBeNull()
  })
})

describe('who may make one', () => {
  test('nobody for somebody else, nor for a user that does not exist: the same answer', async () => {
    const token = await tokenOf('bob')
    const forAda = await hub.api('POST', '/users/ada/tokens', {}, token)
    const forNobody = await hub.api('POST', '/users/nobody/tokens', {}, token)
    expect([forAda.status, forNobody.status]).toEqual([403, 403])
    expect(messageOf(forAda)).toBe(messageOf(forNobody))
    expect((await hub.api('POST', '/users/nobody/tokens')).status).toBe(403)
  })

  test('whoever shows name and password in the body', async () => {
    const auth = { username: 'ada', password: 'right' }
    const reply = await hub.api('POST', '/users/ada/tokens', { auth }, null)
    expect([reply.status, reply.json<TokenModel>().note]).toEqual([201, 'Requested via api'])
    expect((await hub.api('POST', '/users/bob/tokens', { auth }, null)).status).toBe(403)
  })

  test.each([
    [{ username: 'ada', password: 'wrong' }],
    [{ username: 'stranger', password: 'right' }],
    [{}],
    ['ada:right'],
    [null],
  ])('not by %j', async (auth) => {
    expect((await hub.api('POST', '/users/ada/tokens', { auth }, null)).status).toBe(403)
    expect((await hub.api('POST', '/users/stranger/tokens', { auth }, null)).status).toBe(403)
    expect(await userStore.findByName(hub.foundation.database.read, 'stranger')).toBeUndefined()
  })

  test('one who is logged in and sends the token of the page', async () => {
    const browser = hub.browser()
    await browser.login('ada', 'right', { follow: false })
    await browser.get('/hub/token')
    expect((await browser.api('POST', '/hub/api/users/ada/tokens', { note: 'page' })).status).toBe(201)
    const forged = await browser.visit('/hub/api/users/ada/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect([forged.status, messageOf(forged)]).toEqual([403, "'_xsrf' argument missing from POST"])
  })
})

describe('the tokens of a user', () => {
  test('are listed by their last use, without those that have ended', async () => {
    const user = await hub.user('cleo')
    const day = 24 * 3600 * 1000
    const ago = (days: number): Date => new Date(Date.now() - days * day)
    await hub.token({ userId: user.id }, [], { note: 'ended', expiresAt: ago(1) })
    await hub.token({ userId: user.id }, [], { note: 'new', created: ago(1) })
    await hub.token({ userId: user.id }, [], { note: 'old', created: ago(5) })
    await hub.token({ userId: user.id }, [], { note: 'used', created: ago(9) })
    const { read } = hub.foundation.database
    const used = (await tokenStore.listOf(read, { userId: user.id })).find(({ note }) => note === 'used')
    await hub.foundation.database.write((tx) => tokenStore.touch(tx, used?.id ?? 0, ago(3)))
    const reply = await hub.api('GET', '/users/cleo/tokens')
    expect(reply.json<{ api_tokens: TokenModel[] }>().api_tokens.map(({ note }) => note)).toEqual([
      'old',
      'used',
      'new',
    ])
  })

  test('are nobody else’s business', async () => {
    const token = await tokenOf('bob')
    expect((await hub.api('GET', '/users/ada/tokens', undefined, token)).status).toBe(404)
    expect((await hub.api('GET', '/users/bob/tokens', undefined, token)).status).toBe(200)
    expect((await hub.api('GET', '/users/nobody/tokens')).status).toBe(404)
  })

  test('are found by their id only, and only with their owner', async () => {
    const { id } = (await hub.api('POST', '/users/ada/tokens')).json<TokenModel>()
    expect((await hub.api('GET', `/users/ada/tokens/${id}`)).status).toBe(200)
    expect((await hub.api('GET', `/users/bob/tokens/${id}`)).status).toBe(404)
    for (const other of [id.slice(1), `b${id.slice(1)}`, 'a', 'a0', 'a99999999999999999999', ''])
      expect((await hub.api('GET', `/users/ada/tokens/${other}`)).status, other).toBe(404)
  })

  test('do not work any more once they are deleted', async () => {
    const { id, token } = (await hub.api('POST', '/users/ada/tokens')).json<TokenModel>()
    expect((await hub.api('GET', '/user', undefined, token)).status).toBe(200)
    expect((await hub.api('DELETE', `/users/ada/tokens/${id}`)).status).toBe(204)
    expect((await hub.api('GET', '/user', undefined, token)).status).toBe(403)
    expect((await hub.api('DELETE', `/users/ada/tokens/${id}`)).status).toBe(404)
  })

  test('of one application go together, those of others stay', async () => {
    const { database } = hub.foundation
    const user = await hub.user('dora')
    const client = { description: '', secret: 'x', redirectUri: '', allowedScopes: [] }
    for (const identifier of ['app-1', 'app-2'])
      await database.write((tx) => clientStore.upsert(tx, { ...client, identifier }))
    for (const clientId of ['app-1', 'app-1', 'app-2', 'jupyterhub', 'jupyterhub'])
      await hub.token({ userId: user.id }, [], { clientId })
    const tokens = await tokenStore.listOf(database.read, { userId: user.id })
    const remaining = async () => (await tokenStore.listOf(database.read, { userId: user.id })).map((t) => t.clientId)
    await hub.api('DELETE', `/users/dora/tokens/a${tokens[0]?.id}`)
    expect(await remaining()).toEqual(['app-2', 'jupyterhub', 'jupyterhub'])
    await hub.api('DELETE', `/users/dora/tokens/a${tokens[4]?.id}`)
    expect(await remaining()).toEqual(['app-2', 'jupyterhub'])
  })
})

describe('token_expires_in_max_seconds', () => {
  let limited: HubInProcess
  beforeAll(async () => {
    limited = await startHubInProcess({ config: { JupyterHub: { token_expires_in_max_seconds: 3600 } } })
    await limited.user('ada')
  })
  afterAll(() => limited[Symbol.asyncDispose]())

  test.each([[undefined], [null], [0]])('is what a token gets that asks for %j', async (expiresIn) => {
    const reply = await limited.api('POST', '/users/ada/tokens', { expires_in: expiresIn })
    const seconds = (Date.parse(reply.json<TokenModel>().expires_at ?? '') - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(3590)
    expect(seconds).toBeLessThan(3610)
  })

  test('is the most there is', async () => {
    expect((await limited.api('POST', '/users/ada/tokens', { expires_in: 3600 })).status).toBe(201)
    const reply = await limited.api('POST', '/users/ada/tokens', { expires_in: 3601 })
    expect([reply.status, messageOf(reply)]).toEqual([400, 'expires_in must not exceed 3600 seconds.'])
  })
})

test('the page shows one’s tokens and the applications one has let in', async () => {
  const { database } = hub.foundation
  const user = await hub.user('erin')
  await database.write((tx) =>
    clientStore.upsert(tx, {
      identifier: 'app-3',
      description: 'An application',
      secret: 'x',
      redirectUri: '',
      allowedScopes: [],
    }),
  )
  await hub.token({ userId: user.id }, ['self'], { note: 'my laptop' })
  await hub.token({ userId: user.id }, [], { note: 'over', expiresAt: new Date(Date.now() - 1000) })
  await hub.token({ userId: user.id }, [], { note: 'by app', clientId: 'app-3' })
  const browser = hub.browser()
  expect((await browser.get('/hub/token', { follow: false })).status).toBe(302)
  await browser.login('erin', 'right', { follow: false })
  const page = await browser.get('/hub/token')
  expect(page.status).toBe(200)
  expect(page.text).toContain('my laptop')
  expect(page.text).toContain('An application')
  expect(page.text).not.toContain('over<')
})

import { describe, expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import * as codeStore from '../../src/oauth/code-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type IdentityApp, startIdentityApp } from '../login/identity-app.js'
import {
  answerOf,
  authorize,
  authorizePath,
  challengeOf,
  codeFor,
  register,
  requestToken,
  serverClient,
  serviceClient,
} from './oauth-app.js'

async function loggedIn(app: IdentityApp, name: string) {
  const browser = await app.loggedIn(name)
  const user = await userStore.findByName(app.database.read, name)
  if (user === undefined) throw new Error('nobody logged in')
  return { browser, user }
}

/** Lets users enter everything, so that a test is about something else. */
async function mayEnterAll(app: IdentityApp, user: userStore.User, ...scopes: string[]): Promise<void> {
  const name = `role-${user.name}`
  await app.role(name, ['access:servers', 'access:services', ...scopes])
  const [role] = await roleStore.findByNames(app.database.read, [name])
  await app.database.write((tx) => roleStore.assign(tx, 'users', [user.id], role?.id ?? 0))
  app.access.bump()
}

describe('a request that does not say who asks', () => {
  test.each([
    '',
    'redirect_uri=/noexist',
    'client_id=nosuchthing',
    'client_id=jupyterhub&response_type=code',
    'client_id=jupyterhub-user-ada&response_type=code&redirect_uri=https://evil.example.com/',
    'client_id=jupyterhub-user-ada&response_type=code&redirect_uri=/user/ada/oauth_callback/../../eve',
    'client_id=jupyterhub-user-ada&client_id=jupyterhub-user-ada&response_type=code',
    'client_id=jupyterhub-user-ada&redirect_uri=/user/ada/oauth_callback&redirect_uri=/user/eve/oauth_callback',
    'client_id=jupyterhub-user-ada%00',
    'client_id=jupyterhub-user-ada&response_type=code&redirect_uri=',
  ])('is answered 400 to the person and never redirected: %s', async (query) => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await serverClient(app, user)
    const page = await browser.get(`/hub/api/oauth2/authorize?${query}`, { follow: false })
    expect([page.status, page.location, page.headers['content-type']]).toEqual([
      400,
      undefined,
      'text/html; charset=UTF-8',
    ])
  })
})

test('nobody is sent to the login page and back; a token in the header is not looked at', async () => {
  await using app = await startIdentityApp()
  const ada = await app.user('ada')
  const client = await serverClient(app, ada)
  const token = await app.token({ userId: ada.id })
  const path = authorizePath(client)
  const page = await app.fetch(path, { headers: { authorization: `token ${token}` } })
  expect([page.status, page.headers.get('location')]).toEqual([302, `/hub/login?next=${encodeURIComponent(path)}`])
})

test("one's own server gets its code at once, with the state as it was sent, at the path it registered", async () => {
  await using app = await startIdentityApp()
  const { browser, user } = await loggedIn(app, 'ada')
  const client = await serverClient(app, user)
  const page = await authorize(browser, client, { state: 'a b&c=ü' })
  expect(page.location).toMatch(/^\/user\/ada\/oauth_callback\?code=[A-Za-z0-9]{30}&state=a%20b%26c%3D%C3%BC$/)
  expect((await authorize(browser, client)).location).toMatch(/\?code=[A-Za-z0-9]{30}$/)
  const withQuery = await serverClient(app, user, { redirectUri: 'https://ada.example.com/cb?a=1' })
  expect((await authorize(browser, withQuery)).location).toMatch(/^https:\/\/ada\.example\.com\/cb\?a=1&code=\w{30}$/)
})

test('a code remembers client, user, scopes, session and challenge, and lives for five minutes', async () => {
  await using app = await startIdentityApp()
  const { browser, user } = await loggedIn(app, 'ada')
  const client = await serverClient(app, user)
  const code = await codeFor(browser, client, { code_challenge: 'abc', code_challenge_method: 'S256' })
  const row = await codeStore.find(app.database.read, client.id, code, new Date(app.now.ms))
  expect(row).toMatchObject({
    clientId: client.id,
    userId: user.id,
    redirectUri: client.redirectUri,
    sessionId: browser.cookies.get('jupyterhub-session-id'),
    expiresAt: Math.floor(app.now.ms / 1_000) + 300,
    codeChallenge: 'abc',
    codeChallengeMethod: 'S256',
    scopes: ['access:servers!server=ada/', 'read:users:groups!user', 'read:users:name!user'],
  })
})

test('a browser without session id gets one together with its code', async () => {
  await using app = await startIdentityApp()
  const { browser, user } = await loggedIn(app, 'ada')
  const client = await serverClient(app, user)
  const login = browser.cookies.get('jupyterhub-hub-login', '/hub/') ?? ''
  const page = await app.fetch(authorizePath(client), { headers: { cookie: `jupyterhub-hub-login=${login}` } })
  const code = new URL(page.headers.get('location') ?? '', 'http://hub').searchParams.get('code') ?? ''
  const sessionId = /jupyterhub-session-id=(\w+)/.exec(page.headers.getSetCookie().join('\n'))?.[1]
  expect(sessionId).toMatch(/^[0-9a-f]{32}$/)
  expect((await codeStore.find(app.database.read, client.id, code, new Date()))?.sessionId).toBe(sessionId)
})

test.each([
  [{ response_type: '' }, { error: 'invalid_request', error_description: 'Missing response_type parameter.' }],
  [{ response_type: 'token' }, { error: 'unsupported_response_type' }],
  [
    { code_challenge: 'a', code_challenge_method: 'S512' },
    { error: 'invalid_request', error_description: 'Transform algorithm not supported.' },
  ],
  [{ scope: 'no:such' }, { error: 'invalid_scope' }],
])('what is wrong with the rest is reported to the client: %j', async (more, expected) => {
  await using app = await startIdentityApp()
  const { browser, user } = await loggedIn(app, 'ada')
  const client = await serverClient(app, user)
  const page = await authorize(browser, client, { state: 's', ...more })
  expect(page.location?.startsWith('/user/ada/oauth_callback?')).toBe(true)
  expect(answerOf(page)).toMatchObject({ ...expected, state: 's' })
})

test('with oauth_require_pkce a request without challenge is refused', async () => {
  await using app = await startIdentityApp({ settings: { oauthRequirePkce: true } })
  const { browser, user } = await loggedIn(app, 'ada')
  const client = await serverClient(app, user)
  expect(answerOf(await authorize(browser, client))).toEqual({
    error: 'invalid_request',
    error_description: 'Code challenge required.',
  })
  expect(answerOf(await authorize(browser, client, { code_challenge: challengeOf('v') })).code).toBeDefined()
})

describe('who may not use what the client stands for', () => {
  test("is told so: a server needs access:servers, a service access:services, and one's own server is no exception", async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'eve')
    const server = await serverClient(app, await app.user('ada'))
    const service = await serviceClient(app, 'lab')
    for (const client of [server, service]) {
      const page = await authorize(browser, client)
      expect([page.status, page.text.includes(`You do not have permission to access The client ${client.id}`)]).toEqual(
        [403, true],
      )
    }
    await app.database.write((tx) => roleStore.setRolesOf(tx, 'users', user.id, []))
    app.access.bump()
    expect((await authorize(browser, await serverClient(app, user))).status).toBe(403)
    await mayEnterAll(app, user)
    expect((await authorize(browser, server)).status).toBe(200)
    expect((await authorize(browser, service)).status).toBe(200)
  })

  test('cannot get in by posting the confirmation either', async () => {
    await using app = await startIdentityApp()
    const { browser } = await loggedIn(app, 'eve')
    await browser.get('/hub/home')
    const client = await serviceClient(app, 'lab')
    const xsrf = browser.cookies.get('_xsrf', '/hub/') ?? ''
    expect((await browser.post(authorizePath(client), { _xsrf: xsrf }, { follow: false })).status).toBe(403)
  })

  test('a client that nothing stands behind is a 500', async () => {
    await using app = await startIdentityApp()
    const { browser } = await loggedIn(app, 'ada')
    const client = await register(app, 'service-gone', '/services/gone/oauth_callback')
    expect((await authorize(browser, client)).status).toBe(500)
  })
})

describe('confirmation', () => {
  test('is asked for by a form that names the client, what it may do, and brings the scopes back', async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab', { allowedScopes: ['read:servers!user'] })
    const page = await authorize(browser, client, { state: 'x' })
    expect(page.status).toBe(200)
    expect(page.path).toMatch(/^\/hub\/api\/oauth2\/authorize\?/)
    for (const text of ['The client service-lab', client.redirectUri, 'Read server models', 'only you'])
      expect(page.text).toContain(text)
    const form = page.formWith('scopes')
    expect([form.method, form.fields.filter(([name]) => name === 'scopes').map(([, value]) => value)]).toEqual([
      'post',
      ['access:services!service=lab', 'read:servers!user', 'read:users:groups!user', 'read:users:name!user'],
    ])
    const answered = await browser.submit(page, form, {}, { follow: false })
    expect(answerOf(answered)).toEqual({ code: expect.stringMatching(/^\w{30}$/), state: 'x' })
  })

  test('without the token of the form it is refused', async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab')
    for (const xsrf of [undefined, 'wrong']) {
      const fields = { scopes: 'access:services!service=lab', ...(xsrf === undefined ? {} : { _xsrf: xsrf }) }
      expect((await browser.post(authorizePath(client), fields, { follow: false })).status).toBe(403)
    }
  })

  test('with nothing ticked the client only learns who it is; with more than it may, it gets nothing', async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab', { allowedScopes: ['read:servers!user'] })
    await authorize(browser, client)
    const xsrf = browser.cookies.get('_xsrf', '/hub/') ?? ''
    const none = await browser.post(authorizePath(client), { _xsrf: xsrf }, { follow: false })
    const { body } = await requestToken(app, client, { code: answerOf(none).code })
    expect(String(body['scope']).split(' ')).toEqual([
      'access:services!service=lab',
      'read:users:groups!user',
      'read:users:name!user',
    ])
    const fields: [string, string][] = [
      ['_xsrf', xsrf],
      ['scopes', 'read:servers!user'],
      ['scopes', 'access:servers'],
    ]
    expect(answerOf(await browser.post(authorizePath(client), fields, { follow: false }))).toMatchObject({
      error: 'invalid_scope',
    })
  })

  test('is not asked for twice, as long as a token holds what was agreed to', async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab', { allowedScopes: ['read:servers!user'] })
    await requestToken(app, client, { code: await codeFor(browser, client, { scope: 'identify' }) })
    expect((await authorize(browser, client, { scope: 'identify' })).status).toBe(302)
    expect((await authorize(browser, client)).status).toBe(200)
    await requestToken(app, client, { code: await codeFor(browser, client) })
    expect((await authorize(browser, client)).status).toBe(302)
    const other = await serviceClient(app, 'other')
    expect((await authorize(browser, other)).status).toBe(200)
    await app.database.write((tx) => tokenStore.removeByClient(tx, user.id, client.id))
    expect((await authorize(browser, client)).status).toBe(200)
  })

  test('an agreement ends with the token it was given for', async () => {
    await using app = await startIdentityApp({ settings: { oauthTokenExpiresInSeconds: 60 } })
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab')
    await requestToken(app, client, { code: await codeFor(browser, client) })
    expect((await authorize(browser, client)).status).toBe(302)
    app.now.ms += 61_000
    expect((await authorize(browser, client)).status).toBe(200)
  })

  test('is not asked for a service the administrator vouches for', async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'ada')
    await mayEnterAll(app, user)
    const client = await serviceClient(app, 'lab', { noConfirm: true, allowedScopes: ['inherit'] })
    expect((await authorize(browser, client)).status).toBe(302)
  })

  test("is asked for somebody else's server", async () => {
    await using app = await startIdentityApp()
    const { browser, user } = await loggedIn(app, 'eve')
    await mayEnterAll(app, user)
    const client = await serverClient(app, await app.user('ada'))
    const page = await authorize(browser, client)
    expect(page.status).toBe(200)
    expect(page.text).toContain('It will not be able to take actions on your behalf.')
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type IdentityApp, startIdentityApp } from '../login/identity-app.js'
import {
  answerOf,
  authorize,
  authorizePath,
  challengeOf,
  codeFor,
  requestToken,
  serverClient,
  serviceClient,
  type TestClient,
} from './oauth-app.js'

/** What people try who want what the OAuth provider has for others. */

let app: IdentityApp
let browser: Awaited<ReturnType<IdentityApp['loggedIn']>>
let ada: userStore.User
let lab: TestClient
let other: TestClient
beforeAll(async () => {
  app = await startIdentityApp()
  browser = await app.loggedIn('ada')
  const found = await userStore.findByName(app.database.read, 'ada')
  if (found === undefined) throw new Error('nobody logged in')
  ada = found
  await app.role('enters', ['access:servers', 'access:services'])
  const [role] = await roleStore.findByNames(app.database.read, ['enters'])
  await app.database.write((tx) => roleStore.assign(tx, 'users', [ada.id], role?.id ?? 0))
  app.access.bump()
  lab = await serviceClient(app, 'lab', { redirectUri: 'https://lab.example/services/lab/oauth_callback' })
  other = await serviceClient(app, 'other')
})
afterAll(() => app[Symbol.asyncDispose]())

/** What the token may do, as the probe route says. */
async function scopesOf(token: unknown): Promise<readonly string[]> {
  const reply = await app.fetch('/hub/api/caller', { headers: { authorization: `token ${String(token)}` } })
  return ((await reply.json()) as { scopes: string[] }).scopes // as the probe route answers
}

test.each([
  'https://lab.example/services/lab/oauth_callback/',
  'https://lab.example/services/lab/oauth_callback?x=1',
  'https://lab.example/services/lab/oauth_callback#x',
  'https://lab.example/services/lab/oauth_callback/../evil',
  'https://lab.example/services/lab/./oauth_callback',
  'https://lab.example/services/lab/oauth%5Fcallback',
  'https://lab.example/services/lab/OAUTH_CALLBACK',
  'https://LAB.example/services/lab/oauth_callback',
  'https://lab.example:443/services/lab/oauth_callback',
  'https://lab.example:8443/services/lab/oauth_callback',
  'https://lab.example./services/lab/oauth_callback',
  'https://lab.example@evil.example/services/lab/oauth_callback',
  'https://evil.example/?https://lab.example/services/lab/oauth_callback',
  'https://lab.example.evil.example/services/lab/oauth_callback',
  'https://evil.example\\@lab.example/services/lab/oauth_callback',
  'http://lab.example/services/lab/oauth_callback',
  '//lab.example/services/lab/oauth_callback',
  '///evil.example/services/lab/oauth_callback',
  '/services/lab/oauth_callback',
  ' https://lab.example/services/lab/oauth_callback',
  'https://lab.example/services/lab/oauth_callback ',
  'https://lab.example/services/lab/oauth_callback\n',
  'https://lab.example/services/lab/oauth_callback\0',
  'https://lab.example/services/lab/oauth_callback,https://evil.example/',
  'javascript:alert(1)//https://lab.example/services/lab/oauth_callback',
  'data:text/html,x',
  'urn:ietf:wg:oauth:2.0:oob',
  'https://lаb.example/services/lab/oauth_callback',
])(
  'an address that is not the registered one, byte for byte, gets no redirect and no code: %j',
  async (redirectUri) => {
    for (const visit of [
      () => authorize(browser, { ...lab, redirectUri }),
      () => authorize(browser, { ...lab, redirectUri }, { scope: 'no:such' }),
      () =>
        browser.post(
          authorizePath({ ...lab, redirectUri }),
          { _xsrf: browser.cookies.get('_xsrf', '/hub/') ?? '' },
          { follow: false },
        ),
    ]) {
      const page = await visit()
      expect([page.status, page.location]).toEqual([400, undefined])
    }
  },
)

test('a code is worth nothing to another client, which has its own secret, and still works for its own', async () => {
  const code = await codeFor(browser, lab)
  for (const fields of [{}, { redirect_uri: lab.redirectUri }, { client_id: other.id, client_secret: lab.secret }])
    expect((await requestToken(app, other, { code, ...fields })).body['error']).toMatch(/^invalid_(grant|client)$/)
  expect((await requestToken(app, lab, { code, client_secret: other.secret })).body).toMatchObject({
    error: 'invalid_client',
  })
  expect((await requestToken(app, lab, { code })).status).toBe(200)
})

test('a code that was used is worth nothing, to its client or to others, whatever comes with it', async () => {
  const verifier = 'v'.repeat(43)
  const code = await codeFor(browser, lab, { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' })
  expect((await requestToken(app, lab, { code, code_verifier: verifier })).status).toBe(200)
  for (const fields of [{ code_verifier: verifier }, {}, { code_verifier: challengeOf(verifier) }])
    expect((await requestToken(app, lab, { code, ...fields })).body).toMatchObject({ error: 'invalid_grant' })
})

test('a challenge cannot be talked away: not by method, not by an empty verifier, not by sending the challenge', async () => {
  const verifier = 'w'.repeat(43)
  const challenge = challengeOf(verifier)
  const code = await codeFor(browser, lab, { code_challenge: challenge, code_challenge_method: 'S256' })
  for (const fields of [
    {},
    { code_verifier: '' },
    { code_verifier: challenge },
    { code_verifier: challenge, code_challenge_method: 'plain' },
    { code_verifier: verifier.slice(1) },
    { code_verifier: `${verifier}=` },
    { code_challenge: verifier, code_verifier: verifier.toUpperCase() },
  ]) {
    const { status, body } = await requestToken(app, lab, { code, ...fields })
    expect([fields, status]).toEqual([fields, 400])
    expect(body['access_token']).toBeUndefined()
  }
  expect((await requestToken(app, lab, { code, code_verifier: verifier })).status).toBe(200)
})

test('a token of one client opens no other, and does nothing for its user that was not asked for', async () => {
  const { body } = await requestToken(app, lab, { code: await codeFor(browser, lab) })
  expect(await scopesOf(body['access_token'])).toEqual([
    'access:services!service=lab',
    'read:users:groups!user=ada',
    'read:users:name!user=ada',
  ])
})

test('what the user agrees to cannot be made more by who sends the form', async () => {
  const xsrf = browser.cookies.get('_xsrf', '/hub/') ?? ''
  for (const scope of [
    'inherit',
    'self',
    'admin:users',
    'access:services',
    'access:services!service=other',
    'tokens!user',
  ]) {
    const page = await browser.post(authorizePath(lab), [['_xsrf', xsrf], ['scopes', scope]], { follow: false }) // prettier-ignore
    expect([scope, answerOf(page)['error'], answerOf(page)['code']]).toEqual([scope, 'invalid_scope', undefined])
  }
})

test('nobody agrees by following a link, or by a form of another site', async () => {
  const fresh = await app.loggedIn('ada')
  const before = await tokenStore.listOf(app.database.read, { userId: ada.id })
  const more = { scopes: 'access:services!service=other', _xsrf: fresh.cookies.get('_xsrf', '/hub/') ?? '' }
  // The link of a page that fills in everything: the question is asked all the same.
  expect((await authorize(fresh, other, more)).status).toBe(200)
  const sent = (headers: Readonly<Record<string, string>>, fields: Readonly<Record<string, string>>) =>
    fresh.post(authorizePath(other), fields, { follow: false, headers })
  for (const [headers, fields] of [
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, {}],
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }, { _xsrf: 'guess' }],
    [{ 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' }, {}],
    // The token of another person's page.
    [{}, { _xsrf: (await app.loggedIn('eve')).cookies.get('_xsrf', '/hub/') ?? '' }],
  ] as const)
    expect((await sent(headers, fields)).status).toBe(403)
  expect(await tokenStore.listOf(app.database.read, { userId: ada.id })).toHaveLength(before.length)
})

test('a session that was planted before the login gives nothing to who has planted it', async () => {
  const planted = 'a'.repeat(32)
  const victim = app.browser()
  victim.cookies.set('jupyterhub-session-id', planted)
  await victim.login('ada', 'right', { follow: false })
  const code = await codeFor(victim, lab)
  const { body } = await requestToken(app, lab, { code })
  // The session alone is nobody.
  const nobody = await app.fetch('/hub/home', {
    headers: { cookie: `jupyterhub-session-id=${planted}` },
    redirect: 'manual',
  })
  expect([nobody.status, nobody.headers.get('location')]).toEqual([302, expect.stringContaining('/hub/login')])
  // Its end, asked for by somebody else who is in it as well, ends nothing of the victim's.
  const attacker = app.browser()
  attacker.cookies.set('jupyterhub-session-id', planted)
  await attacker.login('eve', 'right', { follow: false })
  await attacker.get('/hub/logout', { follow: false })
  expect(await scopesOf(body['access_token'])).toContain('access:services!service=lab')
  // Nor does a form token that was made in it before anybody logged in.
  expect((await victim.post(authorizePath(other), { _xsrf: planted }, { follow: false })).status).toBe(403)
})

test('somebody else’s server gives no code without consent, and its client none for a third', async () => {
  const eve = await app.loggedIn('eve')
  const owner = await userStore.findByName(app.database.read, 'eve')
  if (owner === undefined) throw new Error('eve did not log in')
  const server = await serverClient(app, owner)
  // Its owner is not asked; a visitor is, or kept out.
  expect((await authorize(eve, server)).status).toBe(302)
  expect((await authorize(browser, server)).status).toBe(200)
  const bob = await app.loggedIn('bob')
  expect((await authorize(bob, server)).status).toBe(403)
  const posted = await bob.post(
    authorizePath(server),
    { _xsrf: bob.cookies.get('_xsrf', '/hub/') ?? '' },
    { follow: false },
  )
  expect(posted.status).toBe(403)
})

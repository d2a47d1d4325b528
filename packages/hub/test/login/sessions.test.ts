import { expect, test } from 'vitest'
import { signValue } from '../../src/login/signed-value.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { FakeAuthenticator } from './fake-authenticator.js'
import { type IdentityApp, startIdentityApp } from './identity-app.js'

const dayMs = 24 * 60 * 60 * 1_000
const login = 'jupyterhub-hub-login'
const secret = Buffer.alloc(32, 's')

const homeWith = (app: IdentityApp, cookie: string): Promise<Response> =>
  app.fetch('/hub/home', { headers: { cookie } })

test('a login cookie is good for cookie_max_age_days and then deleted', async () => {
  await using app = await startIdentityApp()
  const cookie = `${login}=${(await app.loggedIn('ada')).cookies.get(login, '/hub/') ?? ''}`
  app.now.ms += 14 * dayMs - 2_000
  expect((await homeWith(app, cookie)).status).toBe(200)
  app.now.ms += 4_000
  const late = await homeWith(app, cookie)
  expect(late.status).toBe(302)
  expect(late.headers.getSetCookie().find((each) => each.startsWith(login))).toMatch(/=; Path=\/hub\/; Expires=/)
})

test('a login cookie counts with quotes around it, as the reference hub sends it', async () => {
  await using app = await startIdentityApp()
  const value = (await app.loggedIn('ada')).cookies.get(login, '/hub/') ?? ''
  expect((await homeWith(app, `${login}="${value}"`)).status).toBe(200)
})

test('whatever is changed in a login cookie, it is worth nothing', async () => {
  await using app = await startIdentityApp()
  const value = (await app.loggedIn('ada')).cookies.get(login, '/hub/') ?? ''
  const user = await userStore.findByName(app.database.read, 'ada')
  const cookieId = user?.cookieId ?? ''
  const nowMs = app.now.ms
  const forged = [
    value.slice(0, -1) + (value.endsWith('0') ? '1' : '0'),
    value.replace('2|1:0|', '2|1:1|'),
    value.replace(/10:\d{10}/, `10:${Math.floor(nowMs / 1_000) + 60}`),
    value.slice(0, -64),
    value.replace(/^2/, '1'),
    signValue(cookieId, { name: '_xsrf', secret, nowMs }),
    signValue(cookieId, { name: login, secret: Buffer.alloc(32, 't'), nowMs }),
    signValue('', { name: login, secret, nowMs }),
    signValue('nobody', { name: login, secret, nowMs }),
    cookieId,
    Buffer.from(cookieId).toString('base64'),
    '',
    '2|1:0|99999999999:1|1:|',
  ]
  for (const each of forged) {
    const page = await homeWith(app, `${login}=${each}`)
    expect([each, page.status]).toEqual([each, 302])
  }
  expect((await homeWith(app, `${login}=${signValue(cookieId, { name: login, secret, nowMs })}`)).status).toBe(200)
})

test('a new cookie id logs the user out everywhere', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const user = await userStore.findByName(app.database.read, 'ada')
  await app.database.write((tx) => userStore.setCookieId(tx, user?.id ?? 0, 'f'.repeat(32)))
  app.access.bump()
  expect((await browser.get('/hub/home', { follow: false })).status).toBe(302)
})

test('a browser that lost its session id gets one with the next page or API call; a nonsensical one is replaced', async () => {
  await using app = await startIdentityApp()
  const value = (await app.loggedIn('ada')).cookies.get(login, '/hub/') ?? ''
  for (const path of ['/hub/home', '/hub/api/caller']) {
    for (const more of ['', '; jupyterhub-session-id=', `; jupyterhub-session-id=${'x'.repeat(2_000)}`]) {
      const page = await app.fetch(path, { headers: { cookie: `${login}=${value}${more}` } })
      expect(page.headers.getSetCookie().find((each) => each.startsWith('jupyterhub-session-id'))).toMatch(
        /=[0-9a-f]{32}; Path=\/; HttpOnly$/,
      )
    }
  }
})

test('with the host prefix the login cookie belongs to this host alone, and the old name does not count', async () => {
  await using app = await startIdentityApp({
    settings: { cookies: { hostPrefix: true } },
    headers: { 'x-forwarded-proto': 'https' },
  })
  const browser = app.browser()
  const page = await browser.login('ada', 'right', { follow: false })
  const cookie = [page.headers['set-cookie'] ?? []].flat().find((each) => each.startsWith(`__Host-${login}`))
  expect(cookie).toMatch(/; Path=\/; Expires=[^;]+; HttpOnly; Secure$/)
  expect(cookie).not.toContain('Domain')
  expect((await browser.get('/hub/home')).status).toBe(200)
  const value = browser.cookies.get(`__Host-${login}`, '/hub/') ?? ''
  expect((await homeWith(app, `${login}=${value}`)).status).toBe(302)
})

test('logging out deletes all cookies but a new token, and sends to the login page', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const page = await browser.get('/hub/logout')
  expect([page.path, page.status]).toEqual(['/hub/login', 200])
  expect(browser.cookies.names()).toEqual(['_xsrf /hub/'])
  expect(app.authenticator.left).toEqual(['ada'])
  expect(app.log).toContainEqual(expect.objectContaining({ event: 'User logged out: ada' }))
  expect((await browser.get('/hub/home', { follow: false })).status).toBe(302)
})

test('logging out deletes the tokens that this browser session got, and no others', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const sessionId = browser.cookies.get('jupyterhub-session-id') ?? ''
  const ada = await userStore.findByName(app.database.read, 'ada')
  const owner = { userId: ada?.id ?? 0 }
  const ofSession = await app.token(owner, { sessionId })
  const ofOther = await app.token(owner, { sessionId: 'e'.repeat(32) })
  const own = await app.token(owner)
  const bobs = await app.token({ userId: (await app.user('bob')).id }, { sessionId })
  const works = async (token: string) =>
    (await app.fetch('/hub/api/caller', { headers: { authorization: `token ${token}` } })).status === 200
  expect(await Promise.all([ofSession, ofOther, own, bobs].map(works))).toEqual([true, true, true, true])
  await browser.get('/hub/logout')
  expect(await Promise.all([ofSession, ofOther, own, bobs].map(works))).toEqual([false, true, true, true])
  expect(await tokenStore.listOf(app.database.read, owner)).toHaveLength(2)
})

test('a logout by nobody deletes nothing: another site must not be able to end sessions it cannot use', async () => {
  await using app = await startIdentityApp()
  const page = await app.fetch('/hub/logout', { headers: { cookie: `jupyterhub-session-id=${'a'.repeat(32)}` } })
  expect([page.status, page.headers.get('location'), page.headers.getSetCookie()]).toEqual([302, '/hub/login', []])
})

test('with auto_login a page says that it is done, as somebody who is logged out sees it', async () => {
  const authenticator = new FakeAuthenticator({ auto_login: true })
  authenticator.answer = ({ headers }) => [headers['x-user']].flat()[0] ?? null
  await using app = await startIdentityApp({ authenticator })
  const browser = app.browser()
  await browser.get('/hub/login', { follow: false, headers: { 'x-user': 'adalovelace' } })
  const page = await browser.get('/hub/logout')
  expect(page.status).toBe(200)
  expect(page.text).toContain('Successfully logged out.')
  expect(page.text).not.toContain('adalovelace')
  expect(browser.cookies.names()).toEqual(['_xsrf /hub/'])
})

test('servers are stopped before the session ends; a failure to do so, or of the authenticator, keeps nobody logged in', async () => {
  const stopped: string[] = []
  const stopServersOf = (user: { readonly name: string }) => {
    stopped.push(user.name)
    return Promise.reject(new Error('will not stop'))
  }
  await using app = await startIdentityApp({ stopServersOf })
  app.authenticator.onLogout = () => Promise.reject(new Error('no logout'))
  const browser = await app.loggedIn('ada')
  expect((await browser.get('/hub/logout')).status).toBe(200)
  expect(stopped).toEqual(['ada'])
  expect(browser.cookies.names()).toEqual(['_xsrf /hub/'])
  expect(app.log.filter((line) => line.level === 'error')).toHaveLength(2)
})

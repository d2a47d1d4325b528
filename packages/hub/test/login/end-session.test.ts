import { createHash } from 'node:crypto'
import { type Browser, startTestHub, type TestHub } from '@hub/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const secret = 'x'.repeat(32)

let hub: TestHub
beforeAll(async () => {
  hub = await startTestHub({
    config: {
      JupyterHub: {
        services: [{ name: 'app', url: 'http://127.0.0.1:9', api_token: secret, oauth_no_confirm: true }],
        load_roles: [{ name: 'user', scopes: ['self', 'access:services'] }],
      },
    },
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const sessionCookie = 'jupyterhub-session-id'
const loginCookie = 'jupyterhub-hub-login'

const loggedIn = async (name: string): Promise<Browser> => {
  const browser = hub.browser()
  await browser.login(name, 'x')
  return browser
}
const sessionOf = (browser: Browser): string => browser.cookies.get(sessionCookie, '/hub/') ?? ''
const keyOf = (browser: Browser): string => createHash('sha256').update(sessionOf(browser)).digest('hex')
const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.get('/hub/home', { follow: false })).status === 200
const post = (browser: Browser, fields: Readonly<Record<string, string>>) =>
  browser.visit('/hub/token', {
    method: 'POST',
    follow: false,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
const xsrfOf = (browser: Browser): string => browser.cookies.get('_xsrf', '/hub/') ?? ''

/** As the button on the page does it, once the session is listed there. */
async function end(browser: Browser, key: string) {
  await expect.poll(async () => (await browser.get('/hub/token')).text.includes(key)).toBe(true)
  return post(browser, { _xsrf: xsrfOf(browser), action: 'end-session', session: key })
}

/** What a server or service gets for this browser. */
async function tokenFor(browser: Browser): Promise<string> {
  const query = { client_id: 'service-app', response_type: 'code', redirect_uri: '/services/app/oauth_callback' }
  const page = await browser.get(`/hub/api/oauth2/authorize?${new URLSearchParams(query).toString()}`, {
    follow: false,
  })
  const code = new URL(page.location ?? '', hub.origin).searchParams.get('code') ?? ''
  const reply = await fetch(`${hub.origin}/hub/api/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      client_id: 'service-app',
      client_secret: secret,
      redirect_uri: '/services/app/oauth_callback',
    }),
    signal: AbortSignal.timeout(10_000),
  })
  return ((await reply.json()) as { access_token: string }).access_token
}
const works = async (token: string): Promise<boolean> =>
  (await hub.api('GET', '/user', undefined, token)).status === 200

test('one session is ended from another: its cookie, its copy, and the tokens of its servers are worth nothing', async () => {
  const [here, there, third] = [await loggedIn('ada'), await loggedIn('ada'), await loggedIn('ada')]
  const tokens = [await tokenFor(here), await tokenFor(there), await tokenFor(third)]
  const stolen = there.cookies.get(loginCookie, '/hub/') ?? ''
  const reply = await end(here, keyOf(there))
  expect([reply.status, reply.location]).toEqual([303, '/hub/token'])
  expect(await Promise.all([here, there, third].map(isIn))).toEqual([true, false, true])
  expect(await Promise.all(tokens.map(works))).toEqual([true, false, true])
  // Without its session id, or with the one of a session that goes on, the cookie is no better.
  for (const cookie of [`${loginCookie}=${stolen}`, `${loginCookie}=${stolen}; ${sessionCookie}=${sessionOf(here)}`]) {
    const page = await hub.browser({ cookie }).get('/hub/home', { follow: false })
    expect(page.status).toBe(302)
  }
  expect((await here.get('/hub/token')).text).not.toContain(keyOf(there))
  // Once more is a form of a page that is out of date.
  expect((await post(here, { _xsrf: xsrfOf(here), action: 'end-session', session: keyOf(there) })).status).toBe(404)
})

test('the browser that was logged out may log in again, as another session', async () => {
  const [here, there] = [await loggedIn('bea'), await loggedIn('bea')]
  const before = sessionOf(there)
  await end(here, keyOf(there))
  await there.login('bea', 'x')
  expect(await isIn(there)).toBe(true)
  expect(sessionOf(there)).not.toBe(before)
})

test('it takes the token of the form, and ends nobody else’s session nor one’s own', async () => {
  const [mallory, eve] = [await loggedIn('mallory'), await loggedIn('eve')]
  const key = keyOf(eve)
  await expect.poll(async () => (await eve.get('/hub/token')).text.includes('this browser')).toBe(true)
  await mallory.get('/hub/token')
  for (const token of ['', 'nonsense', xsrfOf(eve)]) {
    const forged = await post(mallory, { _xsrf: token, action: 'end-session', session: keyOf(mallory) })
    expect(forged.status).toBe(403)
  }
  const form = { _xsrf: xsrfOf(mallory), action: 'end-session' }
  expect((await post(mallory, { ...form, session: key })).status).toBe(404)
  expect((await post(mallory, { ...form, session: '' })).status).toBe(404)
  expect((await post(mallory, { ...form, session: keyOf(mallory) })).status).toBe(400)
  expect(await Promise.all([mallory, eve].map(isIn))).toEqual([true, true])
})

test('after a logout a copy of the login cookie is worth nothing, while other browsers stay logged in', async () => {
  const [here, there] = [await loggedIn('fay'), await loggedIn('fay')]
  const copy = `${loginCookie}=${here.cookies.get(loginCookie, '/hub/') ?? ''}`
  await expect.poll(async () => (await here.get('/hub/token')).text.includes('this browser')).toBe(true)
  expect((await hub.browser({ cookie: copy }).get('/hub/home', { follow: false })).status).toBe(200)
  await here.get('/hub/logout')
  expect((await hub.browser({ cookie: copy }).get('/hub/home', { follow: false })).status).toBe(302)
  expect(await isIn(there)).toBe(true)
})

test('a session id that was planted in the browser is replaced by the one of the login', async () => {
  const browser = await loggedIn('gil')
  const own = sessionOf(browser)
  const cookie = `${loginCookie}=${browser.cookies.get(loginCookie, '/hub/') ?? ''}; ${sessionCookie}=${'a'.repeat(32)}`
  const page = await hub.browser({ cookie }).get('/hub/home', { follow: false })
  expect(page.status).toBe(200)
  expect([page.headers['set-cookie'] ?? []].flat().join()).toContain(`${sessionCookie}=${own};`)
  // With both there, nothing need be set.
  const both = await hub.browser({ cookie: `${cookie}; ${sessionCookie}=${own}` }).get('/hub/home', { follow: false })
  expect([both.headers['set-cookie'] ?? []].flat().join()).not.toContain(sessionCookie)
})

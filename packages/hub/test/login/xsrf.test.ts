import { expect, test } from 'vitest'
import type { Browser, Page } from '@hub/testkit'
import { startIdentityApp } from './identity-app.js'

const cors = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
const message = (page: Page): unknown => page.json<{ message: unknown }>().message

async function tokenOf(browser: Browser): Promise<string> {
  await browser.get('/hub/home')
  return browser.cookies.get('_xsrf', '/hub/') ?? ''
}

test('the login form is refused without its token, or with one that is wrong or of another browser', async () => {
  await using app = await startIdentityApp()
  const other = app.browser()
  await other.get('/hub/login')
  const foreign = other.cookies.get('_xsrf', '/hub/') ?? ''
  const fields = { username: 'ada', password: 'right' }
  for (const xsrf of ['', 'nonsense', '\ud800', `${foreign}x`]) {
    const browser = app.browser()
    await browser.get('/hub/login')
    const page = await browser.post('/hub/login', { ...fields, _xsrf: xsrf })
    expect([page.status, page.text.includes('Login form invalid or expired. Try again.')]).toEqual([403, true])
  }
  expect(app.authenticator.asked).toEqual([])
})

test('the shown form works at once after a refused one', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const page = await browser.post('/hub/login', { username: 'ada', password: 'right', _xsrf: 'old' })
  const next = await browser.submit(
    page,
    page.formWith('password'),
    { username: 'ada', password: 'right' },
    { follow: false },
  )
  expect(next.status).toBe(302)
})

test('two login pages open at once both work', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const first = await browser.get('/hub/login')
  await browser.get('/hub/login')
  const page = await browser.submit(
    first,
    first.formWith('password'),
    { username: 'ada', password: 'right' },
    { follow: false },
  )
  expect(page.status).toBe(302)
})

test("a script's post to the login page gets the plain error", async () => {
  await using app = await startIdentityApp()
  const page = await app.browser().post('/hub/login', { username: 'ada', password: 'right' }, { headers: cors })
  expect(page.status).toBe(403)
  expect(page.text).not.toContain('name="password"')
  expect(page.text).toContain('argument missing from POST')
})

test('the anonymous token dies at login', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  await browser.get('/hub/login')
  const before = browser.cookies.get('_xsrf', '/hub/') ?? ''
  await browser.login('ada', 'right', { follow: false })
  expect(browser.cookies.get('_xsrf', '/hub/')).not.toBe(before)
  expect((await browser.post('/hub/home', { _xsrf: before })).status).toBe(403)
})

test("a form takes the token of its own field, of the query, or of a header; another user's is refused", async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const token = await tokenOf(browser)
  const foreign = await tokenOf(await app.loggedIn('bob'))
  expect((await browser.post('/hub/home', { _xsrf: token })).status).toBe(200)
  expect((await browser.post(`/hub/home?_xsrf=${token}`, {})).status).toBe(200)
  expect((await browser.post('/hub/home', {}, { headers: { 'x-xsrftoken': token } })).status).toBe(200)
  expect((await browser.post('/hub/home', {}, { headers: { 'x-csrftoken': token } })).status).toBe(200)
  expect((await browser.post('/hub/home', { _xsrf: foreign })).status).toBe(403)
  expect((await browser.post('/hub/home', {})).status).toBe(403)
  expect((await browser.post('/hub/home', { _xsrf: foreign }, { headers: { 'x-xsrftoken': token } })).status).toBe(403)
})

test('of several cookies of the name the first that is signed counts', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const token = await tokenOf(browser)
  const header = browser.cookies.header('/hub/home')
  const others = `_xsrf=2|aaaaaaaa|bbbb|1700000000; _xsrf=nonsense; ${header}`
  const page = await app.fetch('/hub/home', {
    method: 'POST',
    headers: { cookie: others, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ _xsrf: token }).toString(),
  })
  expect(page.status).toBe(200)
})

test('a later page sets no cookie at all', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  expect((await browser.get('/hub/home')).headers['set-cookie']).toBeUndefined()
})

test('a cookie is not set in answer to what scripts fetch', async () => {
  await using app = await startIdentityApp()
  const page = await app.browser().get('/hub/login', { headers: cors })
  expect([page.headers['set-cookie'] ?? []].flat().filter((cookie) => cookie.startsWith('_xsrf'))).toEqual([])
})

test('on the API, a browser has to show the token where another site could have sent the request', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const token = await tokenOf(browser)
  const api = (method: string, headers: Record<string, string>, query = '') =>
    browser.visit(`/hub/api/caller${query}`, { method, headers })
  const passing: [string, Record<string, string>, string?][] = [
    ['GET', {}],
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }],
    ['GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' }],
    ['GET', { 'sec-fetch-mode': 'websocket', 'sec-fetch-site': 'cross-site' }],
    ['GET', { ...cors, 'x-xsrftoken': token }],
    ['GET', cors, `?_xsrf=${token}`],
    ['POST', { 'x-xsrftoken': token }],
    ['POST', { 'x-csrftoken': token, 'content-type': 'application/json; charset=UTF-8' }],
  ]
  for (const [method, headers, query] of passing) {
    expect([method, headers, (await api(method, headers, query)).status]).toEqual([method, headers, 200])
  }
  const missing: [string, Record<string, string>][] = [
    ['GET', cors],
    ['GET', { 'sec-fetch-mode': 'same-origin' }],
    ['GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' }],
    ['GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-site' }],
    ['POST', {}],
    ['POST', { 'sec-fetch-mode': 'navigate' }],
  ]
  for (const [method, headers] of missing) {
    const page = await api(method, headers)
    expect([page.status, message(page)]).toEqual([403, `'_xsrf' argument missing from ${method}`])
  }
  const wrong = await api('POST', { 'x-xsrftoken': 'nonsense' })
  expect([wrong.status, message(wrong)]).toEqual([403, 'XSRF cookie does not match POST argument'])
})

test('a form posted to the API by a browser counts as nobody', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  const token = await tokenOf(browser)
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
    const page = await browser.visit(`/hub/api/caller?_xsrf=${token}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{}',
    })
    expect([page.status, message(page)]).toEqual([403, expect.stringContaining('Missing or invalid credentials')])
  }
})

test('nobody gets the ordinary 403 without Origin, and the check with it; tokens are never checked', async () => {
  await using app = await startIdentityApp()
  const text = async (headers: Record<string, string>) =>
    ((await (await app.fetch('/hub/api/caller', { method: 'POST', headers })).json()) as { message: string }).message
  expect(await text({})).toContain('Missing or invalid credentials')
  expect(await text({ origin: 'https://evil.example.com' })).toBe("'_xsrf' argument missing from POST")
  const token = await app.token({ userId: (await app.user('ada')).id })
  const headers = { authorization: `Bearer ${token}`, origin: 'https://evil.example.com', 'sec-fetch-mode': 'cors' }
  expect((await app.fetch('/hub/api/caller', { method: 'POST', headers })).status).toBe(200)
})

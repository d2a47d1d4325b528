import { expect, test } from 'vitest'
import type { LoginRoute, LoginRouteRequest } from '@hub/authenticator'
import { FakeAuthenticator } from './fake-authenticator.js'
import { startIdentityApp } from './identity-app.js'

/** Away to a login service and back, as OAuth authenticators do it. */
const oauthRoutes: readonly LoginRoute[] = [
  {
    method: 'GET',
    path: '/oauth_login',
    handle: (request) => {
      request.setSealedCookie('state', { state: 's3cret', next: request.next ?? null }, 600)
      return Promise.resolve({
        kind: 'redirect',
        location: `https://login.example.com/?back=${request.publicUrl('oauth_callback')}`,
      })
    },
  },
  {
    method: 'GET',
    path: '/oauth_callback',
    handle: (request) => {
      const kept = request.takeSealedCookie('state')
      if (kept === undefined || kept['state'] !== request.query['state']?.[0]) {
        return Promise.resolve({ kind: 'failed', status: 400, message: 'The state does not match.' })
      }
      const next = kept['next']
      const name = request.query['user']?.[0]
      return Promise.resolve({
        kind: 'authenticated',
        result: name === undefined ? null : { name },
        ...(typeof next === 'string' ? { next } : {}),
      })
    },
  },
]

function oauthAuthenticator(routes = oauthRoutes): FakeAuthenticator {
  const authenticator = new FakeAuthenticator({ allow_all: false, allowed_users: ['ada'] })
  authenticator.loginService = 'Example'
  authenticator.ownLoginUrl = '/hub/oauth_login'
  authenticator.ownRoutes = routes
  return authenticator
}

test('the login page leads to the authenticator, whose callback logs in and goes to the page first wanted', async () => {
  await using app = await startIdentityApp({ authenticator: oauthAuthenticator() })
  const browser = app.browser()
  const page = await browser.get('/hub/home?x=1')
  expect(page.text).toContain('href="/hub/oauth_login?next=%2Fhub%2Fhome%3Fx%3D1"')
  const away = await browser.get('/hub/oauth_login?next=%2Fhub%2Fhome%3Fx%3D1', { follow: false })
  expect(away.location).toBe(`https://login.example.com/?back=${app.origin}/hub/oauth_callback`)
  const home = await browser.get('/hub/oauth_callback?state=s3cret&user=Ada')
  expect([home.path, home.status]).toEqual(['/hub/home?x=1', 200])
  expect(browser.cookies.names()).not.toContain('jupyterhub-login-state /hub/')
})

test('the kept value cannot be read, forged, replayed or used when old', async () => {
  await using app = await startIdentityApp({ authenticator: oauthAuthenticator() })
  const browser = app.browser()
  await browser.get('/hub/oauth_login', { follow: false })
  const kept = browser.cookies.get('jupyterhub-login-state', '/hub/') ?? ''
  expect(Buffer.from(kept, 'base64url').toString('latin1')).not.toContain('s3cret')
  const callback = (value: string) =>
    app.fetch('/hub/oauth_callback?state=s3cret&user=ada', { headers: { cookie: `jupyterhub-login-state=${value}` } })
  expect((await callback(`${kept.slice(0, -2)}AA`)).status).toBe(400)
  expect((await callback('')).status).toBe(400)
  expect((await browser.get('/hub/oauth_callback?state=other&user=ada')).status).toBe(400)
  expect((await browser.get('/hub/oauth_callback?state=s3cret&user=ada')).status).toBe(400)
  expect((await callback(kept)).status).toBe(302)
  app.now.ms += 601_000
  expect((await callback(kept)).status).toBe(400)
})

test('a callback that brings nobody, or somebody who may not enter, is refused', async () => {
  await using app = await startIdentityApp({ authenticator: oauthAuthenticator() })
  for (const query of ['', '&user=eve']) {
    const browser = app.browser()
    await browser.get('/hub/oauth_login', { follow: false })
    const page = await browser.get(`/hub/oauth_callback?state=s3cret${query}`)
    expect([page.status, page.text.includes('Invalid username or password')]).toEqual([403, true])
    expect(browser.cookies.names()).not.toContain('jupyterhub-hub-login /hub/')
  }
})

test('where a callback wants to go is checked like any next', async () => {
  const routes: readonly LoginRoute[] = [
    {
      method: 'GET',
      path: '/oauth_callback',
      handle: () => Promise.resolve({ kind: 'authenticated', result: 'ada', next: '//evil.example.com/x' }),
    },
  ]
  await using app = await startIdentityApp({ authenticator: oauthAuthenticator(routes) })
  expect((await app.browser().get('/hub/oauth_callback', { follow: false })).location).toBe('/hub/spawn')
})

test('a form is checked for its origin, unless it comes from elsewhere by design', async () => {
  const seen: LoginRouteRequest[] = []
  const form = (path: `/${string}`, fromOtherSite: boolean): LoginRoute => ({
    method: 'POST',
    path,
    fromOtherSite,
    handle: (request) => {
      seen.push(request)
      return Promise.resolve({ kind: 'reply', status: 202, headers: { 'Content-Type': 'text/x-mine' }, body: 'taken' })
    },
  })
  await using app = await startIdentityApp({
    authenticator: oauthAuthenticator([form('/own', false), form('/saml', true)]),
  })
  expect((await app.browser().post('/hub/own', { a: '1' })).status).toBe(403)
  const page = await app.browser().post('/hub/saml', { a: '1' })
  expect([page.status, page.headers['content-type'], page.text]).toEqual([202, 'text/x-mine', 'taken'])
  expect(seen.map((request) => ({ ...request.form }))).toEqual([{ a: '1' }])
})

test('with auto_login_oauth2_authorize only those who come from a server skip the login page', async () => {
  const authenticator = new FakeAuthenticator({ auto_login_oauth2_authorize: true })
  authenticator.ownLoginUrl = '/hub/oauth_login'
  await using app = await startIdentityApp({ authenticator })
  const locationOf = async (path: string) => (await app.browser().get(path, { follow: false })).location
  expect(await locationOf('/hub/api/oauth2/authorize?client_id=x')).toBe(
    '/hub/oauth_login?next=%2Fhub%2Fapi%2Foauth2%2Fauthorize%3Fclient_id%3Dx',
  )
  expect(await locationOf('/hub/home')).toBe('/hub/login?next=%2Fhub%2Fhome')
})

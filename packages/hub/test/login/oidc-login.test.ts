import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as groupStore from '../../src/groups/group-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { startProvider, type TestProvider } from './services/oidc-provider.js'

let provider: TestProvider
let hub: HubInProcess
/** Browsers reach the hub directly; the proxy adds nothing here. */
let origin: string

beforeAll(async () => {
  provider = await startProvider()
  hub = await startHubInProcess({
    env: { JUPYTERHUB_CRYPT_KEY: 'ab'.repeat(32), OAUTH_CLIENT_SECRET: provider.clientSecret },
    config: {
      // Nobody's server is of interest here.
      JupyterHub: { authenticator_class: 'oidc', default_url: '/hub/home' },
      Authenticator: {
        allow_all: false,
        allowed_users: ['ada'],
        enable_auth_state: true,
        manage_groups: true,
        auth_refresh_age: 1,
      },
      GenericOAuthenticator: {
        login_service: 'the test provider',
        issuer: provider.issuer,
        client_id: provider.clientId,
        scope: ['profile', 'email', 'offline_access'],
        // The provider gives no refresh token without.
        extra_authorize_params: { prompt: 'consent' },
        auth_state_groups_key: 'oauth_user.groups',
        allowed_groups: ['staff'],
        admin_groups: ['admins'],
        logout_at_provider: true,
        custom_403_message: 'Not in this house.',
      },
    },
  })
  origin = hub.origin
  provider.serve(`${origin}/hub/oauth_callback`)
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})
beforeEach(() => {
  provider.accounts.clear()
  provider.accounts.set('1', { claims: { preferred_username: 'Ada', groups: ['staff', 'admins'] } })
  provider.accounts.set('2', { claims: { preferred_username: 'eve', groups: [] } })
})

const auth = (name: string) => userStore.findByName(hub.foundation.database.read, name)

describe('a login at an OpenID Connect provider', () => {
  test('leads there with state, nonce and proof, and back to where the person wanted to go', async () => {
    const browser = hub.browser()
    const page = await browser.get('/hub/login?next=%2Fhub%2Ftoken')
    expect(page.text).toContain('Sign in with the test provider')
    const away = new URL((await browser.get('/hub/oauth_login', { follow: false })).location ?? '')
    expect(away.origin).toBe(provider.issuer)
    expect(Object.fromEntries(away.searchParams)).toMatchObject({
      redirect_uri: `${origin}/hub/oauth_callback`,
      response_type: 'code',
      scope: 'openid profile email offline_access',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    const other = hub.browser()
    const back = await provider.logIn(other, '1', '/hub/oauth_login?next=%2Fhub%2Ftoken')
    expect([back.path, back.status]).toEqual(['/hub/token', 200])
    expect(other.cookies.names().join()).not.toContain('jupyterhub-login-')
  })

  test('gives the user groups, the admin flag and an auth state; nothing secret is logged', async () => {
    await provider.logIn(hub.browser(), '1')
    const user = await auth('ada')
    expect(user).toMatchObject({ admin: true })
    const groups = await groupStore.groupsOf(hub.foundation.database.read, [user?.id ?? 0])
    expect(groups.get(user?.id ?? 0)?.toSorted()).toEqual(['admins', 'staff'])
    const state = await hub.parts.identity.readAuthState(user?.id ?? 0)
    expect(state).toMatchObject({
      oauth_user: { sub: '1', preferred_username: 'Ada' },
      scope: expect.arrayContaining(['openid']),
    })
    const log = JSON.stringify(hub.log)
    for (const secret of [state?.['access_token'], state?.['id_token'], provider.clientSecret])
      expect(log).not.toContain(secret)
  })

  test('is refused, with the text that is configured, to those whom no option allows', async () => {
    const page = await provider.logIn(hub.browser(), '2')
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('Not in this house.')])
    expect(await auth('eve')).toBeUndefined()
  })

  test('that was given up there shows a page that says so, and never the words from the URL', async () => {
    const browser = hub.browser()
    const away = new URL((await browser.get('/hub/oauth_login', { follow: false })).location ?? '')
    const state = away.searchParams.get('state') ?? ''
    const page = await browser.get(
      `/hub/oauth_callback?error=access_denied&error_description=Call+0800-PHISH&state=${state}&iss=${provider.issuer}`,
    )
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('PHISH')
  })

  test('goes on with the refresh token when the access token has ended', async () => {
    const browser = hub.browser()
    await provider.logIn(browser, '1')
    const ada = await auth('ada')
    const state = () => hub.parts.identity.readAuthState(ada?.id ?? 0)
    const first = await state()
    expect(first?.['refresh_token']).toEqual(expect.any(String))
    await provider.end(first?.['access_token'] as string)
    await expect
      .poll(async () => (await browser.get('/hub/home')).path === '/hub/home' && (await state())?.['access_token'], {
        timeout: 15_000,
      })
      .not.toBe(first?.['access_token'])
    expect((await browser.get('/hub/home')).path).toBe('/hub/home')
    expect(JSON.stringify(hub.log)).not.toContain(first?.['refresh_token'])
  })

  test('ends there too when the user logs out', async () => {
    const browser = hub.browser()
    await provider.logIn(browser, '1')
    const out = new URL((await browser.get('/hub/logout', { follow: false })).location ?? '')
    expect(out.href).toContain(`${provider.issuer}/session/end`)
    expect(out.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/hub/login`)
    expect(out.searchParams.get('id_token_hint')).toMatch(/^ey/)
    expect((await browser.get('/hub/home', { follow: false })).status).toBe(302)
  })
})

describe('an attack: ', () => {
  test('a login that another browser has begun cannot be finished', async () => {
    const callback = new URL(await provider.callbackUrl(hub.browser(), '1'))
    const victim = hub.browser()
    expect((await victim.get(callback.pathname + callback.search)).status).toBe(400)
    // Not even when the victim has begun one of their own.
    await victim.get('/hub/oauth_login', { follow: false })
    expect((await victim.get(callback.pathname + callback.search)).status).toBe(400)
    expect(victim.cookies.names().join()).not.toContain('hub-login ')
  })

  test('a callback works once', async () => {
    const browser = hub.browser()
    const callback = new URL(await provider.callbackUrl(browser, '1'))
    await browser.get(callback.pathname + callback.search)
    const again = hub.browser()
    for (const name of ['jupyterhub-login-oauth']) expect(browser.cookies.get(name, '/hub/')).toBeUndefined()
    expect((await again.get(callback.pathname + callback.search)).status).toBe(400)
  })

  test.each(['', '&state=', '&state=x', '&state=STATE&state=other', '&state=STATEx'])(
    'the state must be the very one (%s)',
    async (given) => {
      const browser = hub.browser()
      const callback = new URL(await provider.callbackUrl(browser, '1'))
      const state = callback.searchParams.get('state') ?? ''
      const code = callback.searchParams.get('code') ?? ''
      const query = `?code=${code}${given.replaceAll('STATE', state)}&iss=${encodeURIComponent(provider.issuer)}`
      expect((await browser.get(`/hub/oauth_callback${query}`)).status).toBe(400)
    },
  )

  test('a code that was asked for by somebody else is not taken (its proof differs)', async () => {
    const [attacker, victim] = [hub.browser(), hub.browser()]
    const stolen = new URL(await provider.callbackUrl(victim, '1'))
    const own = new URL((await attacker.get('/hub/oauth_login', { follow: false })).location ?? '')
    stolen.searchParams.set('state', own.searchParams.get('state') ?? '')
    const page = await attacker.get(stolen.pathname + stolen.search)
    expect(page.status).toBe(403)
    expect(attacker.cookies.names().join()).not.toContain('hub-login ')
  })

  test('an answer from another issuer is not taken (mix-up)', async () => {
    const browser = hub.browser()
    const callback = new URL(await provider.callbackUrl(browser, '1'))
    callback.searchParams.set('iss', 'https://evil.example')
    expect((await browser.get(callback.pathname + callback.search)).status).toBe(403)
  })

  test('the way back leads nowhere else', async () => {
    const page = await provider.logIn(hub.browser(), '1', '/hub/oauth_login?next=https%3A%2F%2Fevil.example%2F')
    expect(page.path).not.toContain('evil')
  })

  test('many begun logins do not fill the cookie jar, and the last ones still work', async () => {
    const browser = hub.browser()
    for (let count = 0; count < 30; count++) await browser.get('/hub/oauth_login', { follow: false })
    expect((browser.cookies.get('jupyterhub-login-oauth', '/hub/') ?? '').length).toBeLessThan(3000)
    const first = await provider.callbackUrl(browser, '1')
    await browser.get('/hub/oauth_login', { follow: false })
    const { pathname, search } = new URL(first)
    expect((await browser.get(pathname + search, { follow: false })).status).toBe(302)
    expect((await browser.get('/hub/home')).path).toBe('/hub/home')
  })
})

test('who loses the group at the provider loses the session at the next refresh; a change of admin arrives', async () => {
  provider.accounts.set('3', { claims: { preferred_username: 'bob', groups: ['staff', 'admins'] } })
  const browser = hub.browser()
  await provider.logIn(browser, '3', '/hub/oauth_login?next=%2Fhub%2Fhome')
  expect(await auth('bob')).toMatchObject({ admin: true })
  provider.accounts.set('3', { claims: { preferred_username: 'bob', groups: ['staff'] } })
  await expect
    .poll(async () => (await browser.get('/hub/home'), (await auth('bob'))?.admin), { timeout: 15_000 })
    .toBe(false)
  // He is in the database, but only those in allowed_users and staff are let in with allow_existing_users off.
  provider.accounts.delete('3')
  await expect.poll(async () => (await browser.get('/hub/home')).path, { timeout: 15_000 }).toMatch(/^\/hub\/login/)
})

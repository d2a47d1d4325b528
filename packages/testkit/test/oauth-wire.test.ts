import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHubProcess, type Browser, type HubProcess, type Page } from '../src/index.js'
import { addUsers, ask, startServer, stopServer } from './server-steps.js'

/** The wire between hub and single-user server, seen from the server's side. */
describe('the OAuth provider', () => {
  let hub: HubProcess
  let secret = ''
  beforeAll(async () => {
    hub = await startHubProcess({
      config: { JupyterHub: { allow_named_servers: true }, Authenticator: { admin_users: ['grace'] } },
    })
    await addUsers(hub, 'ada', 'bob')
    await startServer(hub, 'ada')
    await using anyone = hub.browser()
    secret = (await ask(anyone, '/user/ada/environment'))?.environment?.['JUPYTERHUB_API_TOKEN'] ?? ''
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  const authorize = (browser: Browser, more: Record<string, string> = {}): Promise<Page> => {
    const query = new URLSearchParams({
      client_id: 'jupyterhub-user-ada',
      redirect_uri: '/user/ada/oauth_callback',
      response_type: 'code',
      state: 'a state/+=',
      ...more,
    })
    return browser.get(`/hub/api/oauth2/authorize?${query.toString()}`, { follow: false })
  }
  const codeOf = (page: Page): string => new URL(page.location ?? '', hub.origin).searchParams.get('code') ?? ''
  const exchange = async (fields: Record<string, string>): Promise<Page> => {
    await using server = hub.browser()
    return await server.post(`${hub.origin}/hub/api/oauth2/token`, {
      client_id: 'jupyterhub-user-ada',
      client_secret: secret,
      grant_type: 'authorization_code',
      redirect_uri: '/user/ada/oauth_callback',
      ...fields,
    })
  }
  const loggedIn = async (name: string): Promise<Browser> => {
    const browser = hub.browser()
    await browser.login(name, 'x', { next: '/hub/home' })
    return browser
  }

  test('gives the owner a code at a bare path without asking, and echoes the state', async () => {
    await using ada = await loggedIn('ada')
    const page = await authorize(ada)
    expect(page.status).toBe(302)
    const target = new URL(page.location ?? '', hub.origin)
    expect(target.pathname).toBe('/user/ada/oauth_callback')
    expect(target.searchParams.get('state')).toBe('a state/+=')
    expect(codeOf(page)).toMatch(/^[A-Za-z0-9]{30}$/)
  })

  test('exchanges a code once', async () => {
    await using ada = await loggedIn('ada')
    const code = codeOf(await authorize(ada))
    const first = await exchange({ code })
    expect(first.status, first.text).toBe(200)
    expect(first.headers['cache-control']).toBe('no-store')
    expect(first.json()).toMatchObject({ token_type: 'Bearer', expires_in: 1209600 })
    const second = await exchange({ code })
    expect(second.status).toBe(400)
    expect(second.json()).toMatchObject({ error: 'invalid_grant' })
  })

  test.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
    ['an unknown client', { client_id: 'jupyterhub-user-nobody' }, 401, 'invalid_client'],
    ['another redirect address', { redirect_uri: '/user/bob/oauth_callback' }, 400, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['a made-up code', { code: 'x'.repeat(30) }, 400, 'invalid_grant'],
  ])('refuses %s', async (_what, fields, status, error) => {
    await using ada = await loggedIn('ada')
    const page = await exchange({ code: codeOf(await authorize(ada)), ...fields })
    expect(page.status, page.text).toBe(status)
    expect(page.json()).toMatchObject({ error })
  })

  test.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a redirect address that was not registered', { redirect_uri: '/user/ada/oauth_callback/' }],
    ['a foreign redirect address', { redirect_uri: 'https://other.example/user/ada/oauth_callback' }],
  ])('shows an error and redirects nowhere for %s', async (_what, fields) => {
    await using ada = await loggedIn('ada')
    const page = await authorize(ada, fields)
    expect(page.status).toBe(400)
    expect(page.location).toBeUndefined()
  })

  test('holds a code to its PKCE challenge', async () => {
    await using ada = await loggedIn('ada')
    const verifier = 'v'.repeat(43)
    const challenge = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }
    const code = codeOf(await authorize(ada, challenge))
    expect((await exchange({ code, code_verifier: 'w'.repeat(43) })).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await exchange({ code })).json()).toMatchObject({ error: 'invalid_request' })
    expect((await exchange({ code, code_verifier: verifier })).status).toBe(200)
  })

  test('tells a server who the visitor is, with scopes that need no more knowledge to read', async () => {
    await using ada = await loggedIn('ada')
    const { access_token: token } = (await exchange({ code: codeOf(await authorize(ada)) })).json<{
      access_token: string
    }>()
    const model = (await hub.api('GET', '/user', undefined, token)).json<{
      name: string
      kind: string
      scopes: string[]
    }>()
    expect(model).toMatchObject({ name: 'ada', kind: 'user' })
    expect(model.scopes).toContain('access:servers!server=ada/')
    expect(model.scopes.filter((scope) => /!(user|server)$/.test(scope))).toEqual([])

    await ada.get('/hub/logout')
    expect((await hub.api('GET', '/user', undefined, token)).status).toBe(403)
  })

  test('keeps out a visitor without access, and asks an admin first', async () => {
    await using bob = await loggedIn('bob')
    expect((await authorize(bob)).status).toBe(403)
    await using grace = await loggedIn('grace')
    const question = await authorize(grace)
    expect(question.status).toBe(200)
    const refused = await grace.post(question.path, { scopes: 'identify' }, { follow: false })
    expect(refused.status).toBe(403)
    const granted = await grace.submit(question, question.formWith('scopes'), {}, { follow: false })
    expect(granted.status, granted.text.slice(0, 1000)).toBe(302)
    expect(codeOf(granted)).not.toBe('')
  })

  test('sends an anonymous visitor to the login page and back', async () => {
    await using browser = hub.browser()
    const page = await authorize(browser)
    expect(page.status).toBe(302)
    expect(page.location).toMatch(/^\/hub\/login\?next=%2Fhub%2Fapi%2Foauth2%2Fauthorize/)
  })

  test('forgets token and client of a stopped server, and makes new ones at the next start', async () => {
    await startServer(hub, 'bob')
    await using anyone = hub.browser()
    const tokenOf = async () =>
      (await ask(anyone, '/user/bob/environment'))?.environment?.['JUPYTERHUB_API_TOKEN'] ?? ''
    const first = await tokenOf()
    expect((await hub.api('GET', '/user', undefined, first)).status).toBe(200)
    await stopServer(hub, 'bob')
    expect((await hub.api('GET', '/user', undefined, first)).status).toBe(403)
    await using bob = await loggedIn('bob')
    const gone = await authorize(bob, { client_id: 'jupyterhub-user-bob', redirect_uri: '/user/bob/oauth_callback' })
    expect(gone.status).toBe(400)
    await startServer(hub, 'bob')
    const second = await tokenOf()
    expect(second).not.toBe(first)
    expect((await hub.api('GET', '/user', undefined, second)).status).toBe(200)
  })

  test.each([
    '/hub/api',
    '/hub/api/',
    '/hub/api/users',
    '/hub/api/nothing',
    '/hub/login',
    '/hub/nothing',
    '/hub/health',
  ])('says which release it speaks for at %s', async (path) => {
    await using anyone = hub.browser()
    const page = await anyone.get(path, { follow: false })
    expect(page.headers['x-jupyterhub-version']).toMatch(/^\d+\.\d+\.\d+((a|b|rc)\d+)?$/)
  })
})

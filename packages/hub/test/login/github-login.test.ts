import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as groupStore from '../../src/groups/group-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { clientId, clientSecret, type GitHubServer, startGitHub } from './services/github-server.js'

let github: GitHubServer
let hub: HubInProcess
beforeAll(async () => {
  github = await startGitHub()
  github.people
    .set('Ada', { hiddenOrganizations: ['analytical'] })
    .set('bob', { publicOrganizations: ['analytical'] })
    .set('carol', { teams: { 'navy:compilers': 'active', 'navy:admins': 'active' } })
    .set('invited', { teams: { 'navy:compilers': 'pending' } })
    .set('eve', { publicOrganizations: ['elsewhere'] })
  hub = await startHubInProcess({
    // The names that oauthenticator takes from the environment.
    env: {
      GITHUB_CLIENT_ID: clientId,
      GITHUB_CLIENT_SECRET: clientSecret,
      GITHUB_URL: github.url,
      JUPYTERHUB_CRYPT_KEY: 'ab'.repeat(32),
    },
    config: {
      // Nobody's server is of interest here.
      JupyterHub: { authenticator_class: 'oauthenticator.github.GitHubOAuthenticator', default_url: '/hub/home' },
      Authenticator: { allow_all: false, auth_refresh_age: 1, enable_auth_state: true, manage_groups: true },
      GitHubOAuthenticator: {
        allowed_organizations: ['analytical', 'navy:compilers'],
        populate_teams_in_auth_state: true,
        admin_groups: ['navy:admins'],
        scope: ['read:org', 'user:email'],
      },
    },
  })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await github[Symbol.asyncDispose]()
})
afterEach(() => {
  github.broken = undefined
  github.renewable = undefined
})

const find = (name: string) => userStore.findByName(hub.foundation.database.read, name)

describe('a login at GitHub', () => {
  test('is for members of the organisations and teams that are allowed, shown or hidden', async () => {
    for (const [login, page] of [
      ['Ada', '/hub/home'],
      ['bob', '/hub/home'],
      ['carol', '/hub/home'],
    ] as const)
      expect((await github.logIn(hub.browser(), login, '/hub/oauth_login?next=%2Fhub%2Fhome')).path).toBe(page)
    expect(await find('ada')).toMatchObject({ name: 'ada' })
  })

  test.each(['eve', 'invited', 'nobody-at-all'])('is not for %s', async (login) => {
    const page = await github.logIn(hub.browser(), login)
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('You are not allowed in here.')])
    expect(await find(login)).toBeUndefined()
  })

  test('makes groups of teams, and administrators of admin_groups; nothing secret is logged', async () => {
    await github.logIn(hub.browser(), 'carol')
    const carol = await find('carol')
    expect(carol).toMatchObject({ admin: true })
    const groups = await groupStore.groupsOf(hub.foundation.database.read, [carol?.id ?? 0])
    expect(groups.get(carol?.id ?? 0)?.toSorted()).toEqual(['navy:admins', 'navy:compilers'])
    const state = await hub.parts.identity.readAuthState(carol?.id ?? 0)
    expect(state).toMatchObject({ github_user: { login: 'carol' }, scope: ['read:org', 'user:email'] })
    const log = JSON.stringify(hub.log)
    expect(log).not.toContain(clientSecret)
    for (const token of github.tokens.keys()) expect(log).not.toContain(token)
  })

  test('ends with the token: who was thrown out there has to log in anew', async () => {
    const browser = hub.browser()
    await github.logIn(browser, 'bob')
    expect((await browser.get('/hub/home')).path).toBe('/hub/home')
    github.tokens.clear()
    await expect.poll(async () => (await browser.get('/hub/home')).path, { timeout: 15_000 }).toMatch(/^\/hub\/login/)
  })

  test('is renewed with the refresh token of a GitHub App, once each, until that is refused', async () => {
    github.renewable = new Map()
    const browser = hub.browser()
    await github.logIn(browser, 'bob')
    const bob = await find('bob')
    const tokenOf = async () => (await hub.parts.identity.readAuthState(bob?.id ?? 0))?.['access_token']
    const first = await tokenOf()
    github.tokens.clear()
    await expect
      .poll(async () => (await browser.get('/hub/home')).path === '/hub/home' && (await tokenOf()), { timeout: 15_000 })
      .not.toBe(first)
    expect(await tokenOf()).toMatch(/^gho_/)
    expect((await browser.get('/hub/home')).path).toBe('/hub/home')
    for (const secret of github.renewable.keys()) expect(JSON.stringify(hub.log)).not.toContain(secret)

    github.tokens.clear()
    github.renewable.clear()
    await expect.poll(async () => (await browser.get('/hub/home')).path, { timeout: 15_000 }).toMatch(/^\/hub\/login/)
  })

  test('goes on while GitHub is down for a moment', async () => {
    const browser = hub.browser()
    await github.logIn(browser, 'bob')
    github.broken = { status: 503, body: 'unicorn' }
    await expect
      .poll(
        () =>
          hub.log.some(({ event }) => event.includes('could not be asked about a user')) ||
          browser.get('/hub/home').then(() => false),
        {
          timeout: 15_000,
        },
      )
      .toBe(true)
    expect((await browser.get('/hub/home')).path).toBe('/hub/home')
  })
})

describe('an attack: ', () => {
  test('a callback from another browser, without state, or with a stolen code', async () => {
    const [own, victim] = [hub.browser(), hub.browser()]
    const stolen = await github.callbackUrl(victim, 'Ada')
    expect((await own.get(stolen.pathname + stolen.search)).status).toBe(400)
    const begun = await github.callbackUrl(own, 'eve')
    const mixed = new URL(stolen)
    mixed.searchParams.set('state', begun.searchParams.get('state') ?? '')
    // GitHub compares the proof that only the victim's browser holds.
    expect((await own.get(mixed.pathname + mixed.search)).status).toBe(403)
    expect(own.cookies.names().join()).not.toContain('hub-login ')
  })

  test('a callback without a code does not begin anew, and words from the URL are not shown', async () => {
    const browser = hub.browser()
    const state = new URL((await browser.get('/hub/oauth_login', { follow: false })).location ?? '').searchParams.get(
      'state',
    )
    const page = await browser.get(
      `/hub/oauth_callback?state=${state ?? ''}&error=access_denied&error_description=Call+PHISH`,
    )
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('PHISH')
  })

  test.each([
    [{ status: 200, body: 'not JSON at all' }, 403],
    [{ status: 200, body: '{}' }, 403],
    [{ status: 500, body: 'unicorn' }, 503],
    [{ status: 302, body: '' }, 403],
  ])('GitHub answers with nonsense (%j): the person reads a sentence, and the hub lives', async (answer, status) => {
    const browser = hub.browser()
    const { pathname, search } = await github.callbackUrl(browser, 'Ada')
    github.broken = answer
    expect((await browser.get(pathname + search)).status).toBe(status)
    github.broken = undefined
    expect((await github.logIn(hub.browser(), 'bob', '/hub/oauth_login?next=%2Fhub%2Fhome')).status).toBe(200)
  })
})

import {
  type Browser,
  findVenv,
  isAlive,
  proxyCommand,
  repository,
  singleuserCommand,
  startHubProcess,
  startUpstreamHub,
  waitFor,
  type HubProcess,
} from '@hub/testkit'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

// Real programs, many of them: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const app = join(repository, 'packages/singleuser/test/app.mjs')
/** The command of a server that is this app. */
const commandOf = (options: readonly string[] = [], words: readonly string[] = []): string[] => [
  ...singleuserCommand(),
  ...options,
  '--',
  process.execPath,
  app,
  '{port}',
  '{base_url}',
  ...words,
]

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  readonly pid: number
  readonly words: readonly string[]
  readonly PORT?: string
  readonly secret?: string
}

async function open(browser: Browser, user: string, path = ''): Promise<Seen> {
  const page = await browser.get(`/user/${user}/${path}`)
  expect(`${page.path} ${page.status}`).toBe(`/user/${user}/${path} 200`)
  return page.json<Seen>()
}

describe('hub-singleuser, under our hub', () => {
  let hub: HubProcess
  let ada: Browser

  beforeAll(async () => {
    hub = await startHubProcess({
      config: {
        JupyterHub: { load_roles: [{ name: 'helper', scopes: ['access:servers!user=ada'], users: ['helper'] }] },
        Authenticator: { admin_users: ['root'] },
        Spawner: {
          cmd: commandOf(['--cache-seconds=1']),
          environment: { JUPYTERHUB_ACTIVITY_INTERVAL: '1' },
        },
      },
    })
    ada = hub.browser()
    await ada.login('ada', 'x')
    await waitFor(
      async () =>
        (await hub.api('GET', '/users/ada')).json<{ servers: Record<string, { ready: boolean }> }>().servers['']?.ready,
      {
        deadlineMs: 40_000,
      },
    )
  })
  afterAll(async () => {
    await ada[Symbol.asyncDispose]()
    await hub[Symbol.asyncDispose]()
  })

  test('a visitor is led through the login and back to the very page, and the app is told who it is', async () => {
    const seen = await open(ada, 'ada', 'some/page?q=1')
    expect(seen.url).toBe('/some/page?q=1')
    expect(seen.words).toEqual(['/'])
    expect(seen.headers).toMatchObject({ 'x-forwarded-user': 'ada', 'x-forwarded-prefix': '/user/ada' })
    expect(seen.PORT).toMatch(/^\d+$/)
    expect(ada.cookies.get('jupyterhub-user-ada', '/user/ada/')).toBeDefined()
    expect(ada.cookies.get('jupyterhub-user-ada', '/user/bob/')).toBeUndefined()
    expect(ada.cookies.get('jupyterhub-user-ada-oauth-state', '/user/ada/')).toBeFalsy()
  })

  test('the app sees no credentials: neither cookies of the hub and ours, nor the token of the server', async () => {
    const page = await ada.get('/user/ada/', { headers: { 'x-mine': '1' } })
    expect(page.text).not.toContain('jupyterhub-')
    const seen = page.json<Seen>()
    expect(seen.secret).toBeUndefined()
    expect(seen.headers['authorization']).toBeUndefined()
    expect(seen.headers['x-mine']).toBe('1')
  })

  test('headers that tell who it is cannot be forged, in no spelling', async () => {
    const forged = Object.fromEntries(
      [
        'X-Forwarded-User',
        'x_forwarded_user',
        'Remote-User',
        'REMOTE_USER',
        'X-Remote-User',
        'X-Auth-Request-Email',
        'X-Forwarded-Groups',
      ].map((name) => [name, 'root']),
    )
    const page = await ada.get('/user/ada/', { headers: forged })
    expect(page.json<Seen>().headers).toMatchObject({ 'x-forwarded-user': 'ada', 'x-forwarded-groups': '' })
    expect(page.text).not.toContain('"root"')
  })

  test('paths that the app answers with lead back below the prefix, its cookies too, and none of them is taken for ours', async () => {
    expect((await ada.get('/user/ada/login', { follow: false })).location).toBe('/user/ada/welcome?x=1')
    expect((await ada.get('/user/ada/away', { follow: false })).location).toBe('https://example.org/')
    const page = await ada.get('/user/ada/', { follow: false })
    expect(page.headers['set-cookie']).toEqual(['theirs=1; Path=/user/ada/', 'deep=1; Path=/user/ada/deep'])
    expect(page.headers['x-jupyterhub-version']).toBe('6.0.0')
    expect(page.headers['content-security-policy']).toBe("frame-ancestors 'self'")
  })

  test('requests that change things need no token of ours: that is the business of the app', async () => {
    const page = await ada.visit('/user/ada/form', {
      method: 'POST',
      body: 'a=1',
      headers: { 'content-type': 'text/plain' },
    })
    expect(page.json<Seen>()).toMatchObject({ method: 'POST', url: '/form', body: 'a=1' })
  })

  test('WebSockets open for visitors, from pages of the same origin only', async () => {
    await open(ada, 'ada')
    using socket = await ada.socket('/user/ada/echo?x=1')
    expect(JSON.parse(await socket.next())).toMatchObject({ url: '/echo?x=1', user: 'ada' })
    socket.send('hello')
    expect(await socket.next()).toBe('hello')
    await expect(ada.socket('/user/ada/echo', { origin: 'https://evil.example' })).rejects.toThrow()
    await using nobody = hub.browser()
    await expect(nobody.socket('/user/ada/echo')).rejects.toThrow()
  })

  test('a program is told that it may not, where a person is led to the login', async () => {
    await using nobody = hub.browser()
    const page = await nobody.get('/user/ada/', { follow: false })
    expect(page.status).toBe(302)
    const asked = new URL(page.location ?? '', hub.origin)
    expect(asked.pathname).toBe('/hub/api/oauth2/authorize')
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      client_id: 'jupyterhub-user-ada',
      redirect_uri: '/user/ada/oauth_callback',
      response_type: 'code',
      code_challenge_method: 'S256',
    })
    for (const headers of [{ accept: 'application/json' }, { 'sec-fetch-mode': 'cors' }])
      expect((await nobody.get('/user/ada/', { follow: false, headers })).status).toBe(403)
    expect((await nobody.visit('/user/ada/', { method: 'POST', follow: false })).status).toBe(403)
    const up = await nobody.get('/user/ada/api', { headers: { accept: '*/*' } })
    expect(up).toMatchObject({ status: 200 })
    expect(up.headers['x-jupyterhub-version']).toBe('6.0.0')
  })

  test('a user without access is refused, one with it and an admin come in', async () => {
    await using bob = hub.browser()
    await bob.login('bob', 'x', { follow: false })
    expect((await bob.get('/user/ada/')).status).toBe(403)
    await using helper = hub.browser()
    await helper.login('helper', 'x', { follow: false })
    // The owner's data are behind it: the hub asks the visitor first.
    const asked = await helper.get('/user/ada/')
    const page = asked.path.startsWith('/hub/') ? await helper.submit(asked, asked.formWith('_xsrf')) : asked
    expect(page.json<Seen>().headers['x-forwarded-user']).toBe('helper')
  })

  test('a token in the header lets in, and does not reach the app; a wrong one does not', async () => {
    const { token } = (await hub.api('POST', '/users/ada/tokens', {})).json<{ token: string }>()
    await using program = hub.browser({ accept: 'application/json' })
    for (const word of ['token', 'Bearer']) {
      const page = await program.get('/user/ada/x', { headers: { authorization: `${word} ${token}` } })
      expect(page.json<Seen>().headers).toMatchObject({ 'x-forwarded-user': 'ada' })
      expect(page.text).not.toContain(token)
    }
    expect((await program.get('/user/ada/x', { headers: { authorization: 'token wrong' } })).status).toBe(403)
    expect((await program.get(`/user/ada/x?token=${token}`)).status).toBe(403)
    // An app may use the header for itself, for those who have come in by the cookie.
    await open(ada, 'ada')
    const own = await ada.get('/user/ada/x', { headers: { authorization: 'Bearer of-the-app' } })
    expect(own.json<Seen>().headers['authorization']).toBe('Bearer of-the-app')
  })

  test('a callback that did not begin in this browser is refused', async () => {
    await using thief = hub.browser()
    const begun = await ada.get('/user/ada/another', { follow: false, headers: { cookie: '' } })
    expect([200, 302]).toContain(begun.status)
    const page = await thief.get('/user/ada/oauth_callback?code=x&state=y', { follow: false })
    expect(page.status).toBe(400)
    const denied = await thief.get('/user/ada/oauth_callback?error=access_denied&error_description=<b>no</b>', {
      follow: false,
    })
    expect(denied.status).toBe(400)
    expect(denied.text).not.toContain('<b>')
  })

  test('what is not below the prefix is not served', async () => {
    const routes = (await hub.api('GET', '/proxy')).json<Record<string, { target: string }>>()
    const target = routes['/user/ada/']?.target ?? ''
    for (const path of ['/', '/user/adam/', '/hub/', '/user/ada%2f..%2fbob/'])
      expect(
        (await fetch(target + path, { redirect: 'manual', signal: AbortSignal.timeout(5_000) })).status,
      ).toBeGreaterThanOrEqual(403)
    const noSlash = await fetch(`${target}/user/ada`, { redirect: 'manual', signal: AbortSignal.timeout(5_000) })
    expect(noSlash.headers.get('location')).toBe('/user/ada/')
  })

  test('use of the app is activity at the hub', async () => {
    const lastActivity = async (): Promise<string> =>
      (await hub.api('GET', '/users/ada')).json<{ servers: Record<string, { last_activity: string }> }>().servers['']
        ?.last_activity ?? ''
    const before = await lastActivity()
    await open(ada, 'ada')
    await waitFor(async () => (await lastActivity()) > before)
  })

  test('who logs out of the hub is out here within the time of the cache, and open WebSockets are closed', async () => {
    await using browser = hub.browser()
    await browser.login('ada', 'x')
    await open(browser, 'ada')
    const socket = await browser.socket('/user/ada/echo')
    const kept = browser.cookies.header('/user/ada/')
    const logout = await browser.get('/user/ada/logout', { follow: false })
    expect(logout.location).toBe('/hub/logout')
    await browser.get('/hub/logout')
    await socket.closed
    // Also with the cookies of before, session and all.
    await using replay = hub.browser()
    await waitFor(
      async () => (await replay.get('/user/ada/', { follow: false, headers: { cookie: kept } })).status === 302,
    )
    await open(ada, 'ada')
  })

  test('a server dies with its app, and the app with its server, children and all', async () => {
    const servers = await hub.servers()
    const { pid } = await open(ada, 'ada')
    const own = servers.find(({ command }) => /hub-singleuser|singleuser\/src\/bin/.test(command))
    expect(own).toBeDefined()
    process.kill(own?.pid ?? 0, 'SIGKILL')
    await waitFor(() => !isAlive(pid), { deadlineMs: 15_000 })
    await waitFor(async () => (await hub.api('POST', '/users/ada/server')).status < 300, {
      deadlineMs: 40_000,
      intervalMs: 300,
    })
    await waitFor(async () => (await ada.get('/user/ada/')).status === 200, { deadlineMs: 40_000 })
    await hub.api('DELETE', '/users/ada/server')
    await waitFor(async () => (await hub.servers()).length === 0, { deadlineMs: 20_000 })
  }, 120_000)
})

describe('hub-singleuser, with other settings', () => {
  test('an app that knows its prefix is slow to come up, and a start waits for it; one that fails fails the start', async () => {
    await using hub = await startHubProcess({
      config: { Spawner: { cmd: commandOf(['--keep-prefix'], ['slow']), http_timeout: 40 } },
    })
    await hub.api('POST', '/users/ada')
    await hub.api('POST', '/users/ada/server')
    await using ada = hub.browser()
    await ada.login('ada', 'x')
    const seen = await waitFor(
      async () => {
        const page = await ada.get('/user/ada/deep?x=1')
        return page.status === 200 && page.json<Seen>()
      },
      { deadlineMs: 40_000 },
    )
    expect(seen.url).toBe('/user/ada/deep?x=1')
    expect(seen.words).toEqual(['/user/ada/', 'slow'])
  })

  test.skipIf(findVenv() === undefined)(
    "under Python's hub: login, WebSocket, access, activity",
    async () => {
      await using hub = await startUpstreamHub({
        proxyCommand: proxyCommand(),
        config: `c.Spawner.cmd = ${JSON.stringify(commandOf(['--cache-seconds=1']))}
c.Spawner.args = []
c.Spawner.environment = {'JUPYTERHUB_ACTIVITY_INTERVAL': '1'}
c.JupyterHub.services = [{'name': 'test', 'api_token': 'a-token-of-the-test', 'admin': True}]`,
      })
      await using ada = hub.browser()
      await ada.login('ada', 'x', { follow: false })
      const headers = { authorization: 'token a-token-of-the-test' }
      await ada.visit('/hub/api/users/ada/server', { method: 'POST', headers, follow: false })
      const page = await waitFor(
        async () => {
          const found = await ada.get('/user/ada/page?x=1')
          return found.status === 200 && found.path.startsWith('/user/ada/') && found
        },
        { deadlineMs: 60_000, intervalMs: 200 },
      )
      expect(page.json<Seen>()).toMatchObject({ url: '/page?x=1', headers: { 'x-forwarded-user': 'ada' } })
      using socket = await ada.socket('/user/ada/echo')
      expect(JSON.parse(await socket.next())).toMatchObject({ user: 'ada' })
      await using bob = hub.browser()
      await bob.login('bob', 'x', { follow: false })
      expect((await bob.get('/user/ada/')).status).toBe(403)
      const last = async (): Promise<string> =>
        (await ada.visit('/hub/api/users/ada', { headers, follow: false })).json<{
          servers: Record<string, { last_activity: string }>
        }>().servers['']?.last_activity ?? ''
      const before = await last()
      await open(ada, 'ada')
      await waitFor(async () => (await last()) > before)
      await ada.visit('/hub/api/users/ada/server', { method: 'DELETE', headers, follow: false })
    },
    120_000,
  )
})

import { findChromium, testServer } from '@hub/testkit'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findPanel } from '../../src/pages/admin-panel.js'
import { type BrowserHub, startBrowserHub } from './browser-hub.js'

/** Runs where it is taken for HTML, whatever it stands in. */
const evil = `"><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>`
const attribute = `' autofocus onfocus=window.hacked=1 x='`

const isReady = findChromium() !== undefined && (await findPanel()) !== undefined

describe.skipIf(!isReady)('somebody who means harm', { timeout: 120_000 }, () => {
  let at: BrowserHub
  beforeAll(async () => {
    at = await startBrowserHub({
      JupyterHub: { allow_named_servers: true },
      Authenticator: { admin_users: ['root'] },
      Spawner: {
        pre_spawn_hook: ({ serverName }: { serverName: string }) => {
          if (serverName === 'broken')
            throw Object.assign(new Error(), { status: 500, jupyterhub_message: `${evil}\n${evil} in the log` })
        },
      },
    })
  })
  afterAll(() => at[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const context of at.chromium.contexts()) await context.close()
    expect(at.complaints.splice(0)).toEqual([])
  })

  /** What ran, or became an element. */
  const harm = (page: Page): Promise<unknown> =>
    page.evaluate(
      `window.hacked ?? document.querySelector('img[src="x"], svg[onload], [onfocus], [onmouseover]')?.outerHTML`,
    )
  const of = encodeURIComponent

  test('finds no page that takes a name, a note, an option, a log or an announcement for HTML', async () => {
    const name = evil
    const made = await Promise.all([
      at.hub.api('POST', '/users', { usernames: [name] }),
      at.hub.api('POST', `/groups/${of(evil)}`),
    ])
    expect(made.map(({ status }) => status)).toEqual([201, 201])
    await at.hub.api('POST', `/groups/${of(evil)}/users`, { users: [name] })
    await at.hub.api('PUT', `/groups/${of(evil)}/properties`, { [evil]: evil, [attribute]: attribute })
    await at.hub.api('PUT', `/users/${of(name)}/servers/shown`, { display_name: evil })
    await at.hub.api('POST', `/users/${of(name)}/servers/shown`, { profile: evil })
    await at.hub.api('PUT', `/users/${of(name)}/servers/broken`, { display_name: attribute })
    await at.hub.api('POST', `/users/${of(name)}/servers/broken`)
    await at.hub.api('POST', `/users/${of(name)}/tokens`, { note: evil })
    await at.hub.api('PUT', '/announcements', { all: `${evil} https://example.org/${attribute}"onmouseover=x` })

    const page = await at.open(name)
    for (const [path, shows] of [
      ['home', 'in the log'],
      ['token', evil],
      [`spawn-pending/${of(name)}/broken`, 'in the log'],
      [`user/${of(name)}/`, 'not running'],
      [`accept-share?code=${of(evil)}`, 'expired'],
      [`login?username=${of(evil)}&next=${of(evil)}`, ''],
      [`error/500?message=${of(evil)}`, ''],
      [`no-such-page/${of(evil)}?${of(evil)}=${of(evil)}`, ''],
      [`api/oauth2/authorize?client_id=${of(evil)}&redirect_uri=${of(evil)}`, 'client_id'],
    ] as const) {
      await page.goto(at.url(path), { waitUntil: 'networkidle' })
      if (path !== 'home') expect(await page.locator('body').textContent(), path).toContain(shows)
      expect(await harm(page), path).toBeUndefined()
    }

    const root = await at.open('root')
    for (const [place, shows] of [
      ['/', evil],
      [`/?name_filter=${of(evil)}`, evil],
      [`/?group=${of(evil)}`, evil],
      [`/edit-user?name=${of(evil)}`, evil],
      ['/groups', evil],
      [`/group-edit?name=${of(evil)}`, evil],
      ['/routes', 'fit what runs'],
      ['/failures', 'in the log'],
      ['/hub', 'Announcements'],
      [`/${of(evil)}?${evil}`, 'nothing here'],
    ] as const) {
      await root.goto(at.url('home'))
      await root.goto(`${at.url('admin')}#${place}`)
      await expect.poll(() => root.locator('#admin-panel').textContent(), { timeout: 20_000 }).toContain(shows)
      await root.evaluate(`for (const fold of document.querySelectorAll(
        '#admin-panel :is(summary, button[aria-expanded="false"])')) fold.click()`)
      expect(await harm(root), place).toBeUndefined()
    }
    await at.hub.api('PUT', '/announcements', { all: '' })
  })

  test('cannot show a page of the hub in a frame of their own', async () => {
    await using site = await testServer((request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(`<iframe src="${at.url(request.url?.slice(1) ?? '')}"></iframe>`)
    })
    const page = await at.open('ann')
    for (const path of ['home', 'token', 'error/503', 'no-such-page']) {
      const answer = await at.hub.browser().get(`/hub/${path}`, { follow: false })
      if (answer.status !== 302) expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
      await page.goto(`${site.url}/${path}`)
      await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/)
    }
    at.complaints.splice(0) // some versions of the browser say so, some do not
  })

  test('cannot log a victim in as somebody else, even where they can set cookies for the hub', async () => {
    const own = at.hub.browser({ 'user-agent': 'the same' })
    const token =
      (await own.get('/hub/login')).formWith('password').fields.find(([field]) => field === '_xsrf')?.[1] ?? ''
    await using site = await testServer((_request, response) => {
      // Cookies know no ports: a page of any other port on the host can set this one.
      response.setHeader('Set-Cookie', `_xsrf=${token}; Path=/hub/`)
      response.setHeader('Content-Type', 'text/html')
      response.end(`<form method="post" action="${at.url('login')}"><input name="_xsrf" value="${token}">
        <input name="username" value="mallory"><input name="password" value="x"><button>win</button></form>`)
    })
    const victim = await at.open(undefined, { userAgent: 'the same' })
    await victim.goto(site.url)
    await victim.getByRole('button', { name: 'win' }).click()
    await victim.getByText('Login form invalid or expired. Try again.').waitFor()
    expect((await victim.context().cookies()).map((cookie) => cookie.name)).not.toContain('jupyterhub-hub-login')
    // The same from the hub's own page is what everybody does.
    const form = { username: 'mallory', password: 'x', _xsrf: token }
    expect((await own.post('/hub/login', form, { follow: false })).status).toBe(302)
  })

  test('cannot have a browser follow next to anywhere else, from no page that takes it', async () => {
    const page = at.hub.browser()
    await page.login('nell', 'x')
    await at.hub.api('POST', '/users/nell/server')
    const outside = [
      'https://evil.example/',
      '//evil.example/',
      '///evil.example/',
      '/\\evil.example/',
      '\\\\evil.example/',
      '/\t/evil.example/',
      '/%09/evil.example/',
      '\0//evil.example/',
      '/\0/evil.example/',
      `${at.hub.origin}@evil.example/`,
      `${at.hub.origin}.evil.example/`,
      'javascript:alert(1)',
      'data:text/html,x',
      '/\r\nLocation: https://evil.example/',
      '\u2028//evil.example/',
      '／／evil.example/',
    ]
    for (const next of outside) {
      for (const path of ['login', 'spawn', 'spawn-pending/nell', 'spawn/nell']) {
        const answer = await page.get(`/hub/${path}?next=${of(next)}`, { follow: false })
        expect([path, next, answer.status]).toEqual([path, next, 302])
        expect([path, next, new URL(answer.location ?? '', at.url('')).origin]).toEqual([path, next, at.hub.origin])
        expect(answer.location).not.toMatch(/^\/[/\\]|[\0-\x20\x7f]/)
      }
    }
  })
})

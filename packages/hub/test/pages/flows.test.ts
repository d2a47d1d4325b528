import { findChromium } from '@hub/testkit'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type BrowserHub, startBrowserHub } from './browser-hub.js'

/** Servers of this name fail to start, with the last lines of their log. */
const broken = 'broken'
let release: (() => void) | undefined

describe.skipIf(findChromium() === undefined)('people at the pages of a hub', { timeout: 120_000 }, () => {
  let at: BrowserHub
  beforeAll(async () => {
    at = await startBrowserHub({
      JupyterHub: {
        allow_named_servers: true,
        load_groups: { team: { users: ['bob'] } },
        load_roles: [{ name: 'user', scopes: ['self', 'shares!user', 'read:users:name', 'read:groups:name'] }],
      },
      Authenticator: { admin_users: ['root'] },
      Spawner: {
        pre_spawn_hook: async ({ serverName }: { serverName: string }) => {
          if (serverName === broken)
            throw Object.assign(new Error(), { status: 500, jupyterhub_message: 'No room.\nlast line of the log' })
          if (serverName === 'slow') await new Promise<void>((resolve) => (release = resolve))
        },
      },
    })
  })
  afterAll(() => at[Symbol.asyncDispose]())
  afterEach(async () => {
    release?.()
    for (const context of at.chromium.contexts()) await context.close()
    expect(at.complaints.splice(0)).toEqual([])
  })

  const row = (page: Page, name: string) => page.locator(`tr[data-server-name="${name}"]`)

  const addServer = async (page: Page, name: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'server name' }).fill(name)
    await page.getByRole('button', { name: 'Add New Server' }).click()
    await row(page, name).waitFor()
  }

  test('a named server is added, started, opened, stopped and deleted without a reload', async () => {
    const page = await at.open('ada')
    await page.evaluate('window.stillTheSamePage = true')
    await addServer(page, 'lab')
    await row(page, 'lab').getByRole('button', { name: 'start lab' }).click()
    await row(page, 'lab').getByRole('link', { name: '/user/ada/lab/' }).waitFor()
    expect(await row(page, 'lab').getByRole('status').textContent()).toBe('running')
    await row(page, 'lab').getByRole('button', { name: 'stop lab' }).click()
    await row(page, 'lab').getByRole('button', { name: 'start lab' }).waitFor()
    await row(page, 'lab').getByRole('button', { name: 'delete lab' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await row(page, 'lab').waitFor({ state: 'detached' })
    expect(await page.evaluate('window.stillTheSamePage')).toBe(true)
  })

  test('a start tells what it waits for and for how long, and is cancelled while it does', async () => {
    const page = await at.open('ada')
    await addServer(page, 'slow')
    await row(page, 'slow').getByRole('button', { name: 'start slow' }).click()
    await row(page, 'slow')
      .getByText(/\d+ s · it is being prepared/)
      .waitFor()
    await row(page, 'slow')
      .getByText(/requested|Spawning/)
      .waitFor()
    await row(page, 'slow').getByRole('button', { name: 'stop slow' }).click()
    await row(page, 'slow').getByRole('button', { name: 'start slow' }).waitFor()
  })

  test('a start that fails shows why, with the log', async () => {
    const page = await at.open('ada')
    await addServer(page, broken)
    await row(page, broken).getByRole('button', { name: 'start broken' }).click()
    await row(page, broken).getByRole('alert').getByText('last line of the log').waitFor()
    expect(await row(page, broken).getByRole('alert').textContent()).toContain('Spawn failed: No room.')
    await page.goto(at.url('spawn-pending/ada/broken'))
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Spawn failed')
    expect(await page.locator('.log-tail').textContent()).toBe('last line of the log')
    expect(await page.getByRole('button', { name: 'Relaunch Server broken' }).isVisible()).toBe(true)
  })

  test('what happens in one tab shows in the other', async () => {
    const first = await at.open('tess')
    const second = await first.context().newPage()
    await second.goto(at.url('home'))
    await addServer(second, 'twin')
    await first.evaluate('window.dispatchEvent(new Event("focus"))')
    await row(first, 'twin').getByRole('button', { name: 'start twin' }).click()
    await row(first, 'twin').getByText('running', { exact: true }).waitFor()
    await second.evaluate('window.dispatchEvent(new Event("focus"))')
    await row(second, 'twin').getByText('running', { exact: true }).waitFor()
  })

  test('a server is shared with a person and by link; who it is shared with finds it, and leaves', async () => {
    await at.hub.api('POST', '/users', { usernames: ['sid'] })
    const page = await at.open('sue')
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Share My server' })
    await dialog.getByLabel('Name').fill('sid')
    await dialog.getByRole('button', { name: 'Share', exact: true }).click()
    await dialog.getByRole('button', { name: 'Revoke sid' }).waitFor()
    await dialog.getByLabel('Name').fill('nobody-of-that-name')
    await dialog.getByRole('button', { name: 'Share', exact: true }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByRole('button', { name: 'Make a link' }).click()
    const link = await dialog.getByRole('textbox', { name: 'Link to send' }).inputValue()

    const guest = await at.open('gus')
    await guest.goto(link.replace(/^https?:\/\/[^/]+/, at.hub.origin))
    expect(await guest.getByText('sue offers you access').isVisible()).toBe(true)
    expect(await at.violations(guest)).toEqual([])
    await guest.getByRole('button', { name: 'Accept invitation' }).click()
    await guest.waitForURL(/\/user\/sue\//)
    await guest.goto(at.url('home'))
    await guest.getByRole('button', { name: 'Leave sue' }).click()
    await guest.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await guest.getByRole('heading', { name: 'Shared with me' }).waitFor({ state: 'hidden' })

    const friend = await at.open('sid')
    await friend.getByRole('link', { name: 'sue' }).waitFor()
  })

  test('scopes of a token are picked from a list, and the token may do no more', async () => {
    const page = await at.open('ada')
    await page.goto(at.url('token'))
    await page.getByLabel('Note').fill('for a script')
    await page.getByText('Choose from what you may do').click()
    await page.getByRole('checkbox', { name: /^read:users!user/ }).check()
    expect(await page.getByLabel('Permissions').inputValue()).toBe('read:users!user')
    await page.getByRole('button', { name: 'Request new API token' }).click()
    const token =
      (await page
        .locator('#token-result')
        .filter({ hasText: /\w{20}/ })
        .textContent()) ?? ''
    expect((await at.hub.api('GET', '/users/ada', undefined, token)).status).toBe(200)
    expect((await at.hub.api('POST', '/users/ada/tokens', {}, token)).status).toBe(403)
  })

  test('one other browser is logged out by itself, with a button for it', async () => {
    const [kept, ended] = [await at.open('una'), await at.open('una', { userAgent: 'Mozilla/5.0 Firefox/140.0' })]
    const page = await at.open('una')
    await page.goto(at.url('token'))
    await expect
      .poll(async () => {
        await page.reload()
        return page.locator('#sessions-table tbody tr').count()
      })
      .toBe(3)
    expect(
      await page
        .getByRole('row', { name: /this browser/ })
        .getByRole('button')
        .count(),
    ).toBe(0)
    await page.getByRole('button', { name: /^Log out Firefox/ }).press('Enter')
    await expect.poll(() => page.locator('#sessions-table tbody tr').count()).toBe(2)
    await ended.goto(at.url('home'))
    expect(new URL(ended.url()).pathname).toBe('/hub/login')
    await kept.goto(at.url('home'))
    expect(new URL(kept.url()).pathname).toBe('/hub/home')
  })

  test('logging out everywhere else ends the other browser, and not this one', async () => {
    const other = await at.open('lou')
    const page = await at.open('lou')
    await page.goto(at.url('token'))
    await expect
      .poll(async () => {
        await page.reload()
        return page.locator('#sessions-table tbody tr').count()
      })
      .toBe(2)
    await page.getByRole('button', { name: 'Log out everywhere else' }).click()
    await expect.poll(() => page.locator('#sessions-table tbody tr').count()).toBe(1)
    await other.goto(at.url('home'))
    expect(new URL(other.url()).pathname).toBe('/hub/login')
    await page.goto(at.url('home'))
    expect(new URL(page.url()).pathname).toBe('/hub/home')
  })

  test('without JavaScript: log in, start, stop, log out', async () => {
    const page = await at.open('nora', { javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Start My Server' }).click()
    await page.waitForURL(/\/user\/nora\/|spawn-pending/)
    await page.goto(at.url('home'))
    await page.getByRole('button', { name: 'Stop My Server' }).click()
    await page.getByText('Your server is stopped.').waitFor()
    await page.getByRole('button', { name: 'Logout' }).click()
    await page.waitForURL(/login/)
  })

  test('a form of another site does nothing, and a button pressed twice does it once', async () => {
    const page = await at.open('max')
    await at.hub.api('POST', '/users/max/server')
    const forged = await page.context().request.post(at.url('home'), { form: { action: 'stop', server: '' } })
    expect(forged.status()).toBe(403)
    await page.goto(at.url('login'))
    await page.context().clearCookies()
    await page.goto(at.url('login'))
    let posts = 0
    page.on('request', (request) => (posts += request.method() === 'POST' ? 1 : 0))
    await page.getByLabel('Username:').fill('max')
    await page.getByLabel(/^Password:/).fill('x')
    await page.evaluate(
      'document.getElementById("login_submit").click(); document.getElementById("login_submit").click()',
    )
    await page.waitForURL(/\/user\/max\/|\/hub\/(home|spawn)/)
    expect(posts).toBe(1)
  })

  test('a browser that likes German gets German, and everything else as before', async () => {
    const page = await at.open('ada', { locale: 'de-DE' })
    expect(await page.getByRole('button', { name: 'Meinen Server starten' }).isVisible()).toBe(true)
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    await page.getByRole('button', { name: 'Server hinzufügen' }).click()
    expect(await page.getByRole('dialog').getByText('Geben Sie dem neuen Server erst einen Namen.').isVisible()).toBe(
      true,
    )
    expect(await at.violations(page)).toEqual([])
  })

  test('the first page is small, and no page of the hub loads anything from elsewhere', async () => {
    const page = await at.open()
    let bytes = 0
    const origins = new Set<string>()
    page.on('response', (response) => {
      origins.add(new URL(response.url()).origin)
      void response.body().then((body) => (bytes += body.length))
    })
    await page.goto(at.url('login'), { waitUntil: 'networkidle' })
    expect([...origins]).toEqual([at.hub.origin])
    expect(bytes).toBeLessThan(60 * 1024)
  })

  const pages = ['home', 'token', 'spawn-pending/ada', 'no-such-page', 'error/503']
  const places = [
    '/',
    '/add-users',
    '/edit-user?name=ada',
    '/groups',
    '/group-edit?name=team',
    '/services',
    '/add-service',
    '/routes',
    '/failures',
    '/hub',
  ]

  test.each(['light', 'dark'] as const)(
    'axe finds nothing wrong with any page, and none breaks the policy (%s)',
    async (colorScheme) => {
      const found: Record<string, string[]> = {}
      const look = async (page: Page, name: string): Promise<void> => {
        const wrong = await at.violations(page)
        if (wrong.length > 0) found[name] = wrong
      }
      const nobody = await at.open(undefined, { colorScheme })
      await nobody.goto(at.url('login'))
      await look(nobody, 'login')
      const page = await at.open('root', { colorScheme })
      for (const name of pages) {
        await page.goto(at.url(name))
        await look(page, name)
      }
      await page.goto(at.url('home'))
      await page.getByRole('button', { name: 'Share', exact: true }).click()
      await page.getByText('Nobody yet.').waitFor()
      await look(page, 'share dialog')
      await page.goto(at.url('admin'))
      for (const place of places) {
        await page.evaluate(`location.hash = '${place}'`)
        await page.locator('.panel-heading h1').first().waitFor()
        await page.locator('.panel-waiting').waitFor({ state: 'detached' })
        await look(page, `admin ${place}`)
      }
      expect(found).toEqual({})
    },
  )

  test('on a phone no page scrolls sideways, the panel included', async () => {
    const page = await at.open('root', { viewport: { width: 375, height: 800 }, hasTouch: true, isMobile: true })
    for (const name of ['home', 'token', 'admin']) {
      await page.goto(at.url(name))
      if (name === 'admin') await page.locator('.panel-table').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(375)
    }
  })
})

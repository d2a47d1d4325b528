import type { Server } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { findChromium, launchChromium } from '@hub/testkit'
import express, { type Response } from 'express'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  homeView,
  loginView,
  notRunningView,
  pendingView,
  staticFiles,
  tokenView,
  type UserFacts,
} from '../../src/pages/index.js'
import { violations } from './axe.js'
import { everyPage, nobody, renderer, seenBy, server as serverFacts, token, urls, user } from './sample-pages.js'

/** What a page asked the API for; the stand-in answers from `replies`. */
interface Asked {
  readonly method: string
  readonly path: string
  readonly xsrf: unknown
  readonly body: unknown
}

const pages = renderer()
/** For one step; a busy machine needs it. */
const patienceMs = 20_000
const running: UserFacts = user({
  servers: [serverFacts({ ready: true }), serverFacts({ name: 'lab', displayName: 'My lab', ready: true })],
})
const home = { allowNamedServers: true, namedServerLimit: 0, authState: null, mayShare: false }

let asked: Asked[] = []
let replies: Record<string, (response: Response) => void> = {}
let events: Response | undefined
let shown: Record<string, () => Promise<string>> = {}
let browser: Browser
let httpServer: Server
let origin: string
let page: Page
let complaints: string[] = []

beforeAll(async () => {
  const app = express()
  // The panel itself is not part of the sample.
  app.use('/base/hub/static/admin', (request, response) => void response.type(extname(request.path)).send(''))
  app.use('/base/hub', staticFiles())
  app.get('/base/hub/api/users/ada/server/progress', (request, response) => {
    asked.push({ method: 'GET', path: 'progress', xsrf: request.query['_xsrf'], body: undefined })
    response.set('Content-Type', 'text/event-stream').flushHeaders()
    events = response
  })
  app.use('/base/hub/api', express.json(), (request, response) => {
    const body: unknown = request.body
    const call = `${request.method} ${request.path.slice(1)}`
    asked.push({ method: request.method, path: request.path.slice(1), xsrf: request.query['_xsrf'], body })
    const reply = replies[call]
    if (reply === undefined) response.status(404).json({ status: 404, message: `nothing at ${call}` })
    else reply(response)
  })
  app.all('/base/hub/:page', async (request, response) => {
    const show = shown[request.params.page]
    if (show === undefined) return void response.status(404).send('no such page')
    response.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'")
    response.type('html').send(await show())
  })
  httpServer = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => httpServer.once('listening', resolve))
  origin = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}` // a TCP server has one
  if (findChromium() !== undefined) browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  httpServer.closeAllConnections()
  await new Promise((resolve) => httpServer.close(resolve))
})

beforeEach(async () => {
  asked = []
  replies = {}
  complaints = []
  shown = { home: () => pages.render('home.html', seenBy(running), homeView({ user: running, ...home }, urls)) }
  page = await open()
})
afterEach(async () => {
  await page.context().close()
})

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const opened = await (await browser.newContext(options)).newPage()
  opened.setDefaultTimeout(patienceMs)
  opened.on('pageerror', (error) => complaints.push(error.message))
  opened.on('console', (message) => {
    // Answers the tests ask for, such as 400, are reported by the browser as well.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      complaints.push(message.text())
  })
  return opened
}

const visit = async (name: string): Promise<void> => {
  await page.goto(`${origin}/base/hub/${name}`)
  await until('window._jupyterhub_page_loaded === true')
}

/** Waits for an expression; `waitForFunction` would evaluate it inside the page, which the policy forbids. */
const until = (expression: string): Promise<void> =>
  expect.poll(() => page.evaluate(expression), { timeout: patienceMs }).toBe(true)

const errorDialog = () => page.locator('#error-dialog')

describe.skipIf(findChromium() === undefined)('in a browser', { timeout: 90_000 }, () => {
  test('no page breaks a policy that forbids inline scripts and styles', async () => {
    for (const [name, show] of Object.entries(everyPage)) {
      shown = { page: () => show(pages, user()) }
      await visit('page')
      expect(complaints, name).toEqual([])
    }
  })

  test.each(['light', 'dark'] as const)('axe finds nothing wrong with any page (%s)', async (colorScheme) => {
    await page.context().close()
    page = await open({ colorScheme, reducedMotion: 'reduce' })
    const found: Record<string, string[]> = {}
    for (const [name, show] of Object.entries(everyPage)) {
      // Without its script the panel is an empty page; it is looked at as a whole elsewhere.
      if (name === 'admin') continue
      shown = { page: () => show(pages, user()) }
      await visit('page')
      const wrong = await violations(page)
      if (wrong.length > 0) found[name] = wrong
    }
    expect(found).toEqual({})
  })

  test('on a narrow screen the bar is folded, and unfolds at a press', async () => {
    await page.setViewportSize({ width: 500, height: 700 })
    await visit('home')
    const toggler = page.locator('.navbar-toggler')
    const link = page.locator('.navbar').getByText('Token')
    expect(await link.isVisible()).toBe(false)
    await toggler.click()
    expect(await link.isVisible()).toBe(true)
    expect(await toggler.getAttribute('aria-expanded')).toBe('true')
    expect(await page.locator('.navbar-collapse').getAttribute('class')).toMatch(/\bshow\b/)
    await toggler.click()
    expect(await link.isVisible()).toBe(false)
    await page.setViewportSize({ width: 900, height: 700 })
    expect(await link.isVisible()).toBe(true)
    expect(await toggler.isVisible()).toBe(false)
  })

  test('no page scrolls sideways on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 700 })
    for (const [name, show] of Object.entries(everyPage)) {
      shown = { page: () => show(pages, user({ name: 'a-rather-long-user-name@department.example.org' })) }
      await visit('page')
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(360)
    }
  })

  test('the theme follows the system until the visitor chooses one, which is remembered', async () => {
    const theme = (): Promise<string | null> => page.locator('html').getAttribute('data-bs-theme')
    await page.emulateMedia({ colorScheme: 'dark' })
    await visit('home')
    expect(await theme()).toBe('dark')
    await page.emulateMedia({ colorScheme: 'light' })
    await until('document.documentElement.dataset.bsTheme === "light"')
    await page.locator('#dark-theme-toggle').click()
    expect(await theme()).toBe('dark')
    expect(await page.evaluate('localStorage.getItem("jupyterhub-bs-theme")')).toBe('dark')
    await visit('home')
    expect(await theme()).toBe('dark')
  })

  test('Stop My Server waits until the server has stopped and then offers to start it', async () => {
    let answer: (() => void) | undefined
    replies['DELETE users/ada/server'] = (response) => {
      answer = () => void response.status(202).end()
    }
    replies['GET users/ada/server'] = (response) => void response.json({ stopped: true })
    await visit('home')
    await page.locator('#stop').click()
    await until('document.getElementById("start").title === "Your server is stopping"')
    expect(await page.locator('#start').getAttribute('aria-disabled')).toBe('true')
    await expect.poll(() => answer, { timeout: patienceMs }).toBeDefined()
    answer?.()
    await page.getByText('Start My Server').waitFor()
    expect(await page.locator('#start').getAttribute('href')).toBe('/base/hub/spawn/ada')
    expect(await page.locator('#stop').count()).toBe(0)
    expect(asked.map(({ method, path, xsrf }) => [method, path, xsrf])).toEqual([
      ['DELETE', 'users/ada/server', 'xsrf-token'],
      ['GET', 'users/ada/server', 'xsrf-token'],
    ])
  })

  test('a server is added under its display name with a name made for URLs', async () => {
    replies['PUT users/ada/servers/a-viii'] = (response) =>
      void response.status(201).json({
        name: 'a-viii',
        display_name: '< 🐧 >Å=Ⅷ',
        url: '/base/user/ada/a-viii/',
        ready: false,
        pending: null,
        stopped: true,
      })
    await visit('home')
    await page.getByRole('textbox', { name: 'server name' }).fill(' <  🐧  >\tÅ=Ⅷ')
    await page.getByRole('textbox', { name: 'server name' }).press('Enter')
    await page.locator('#start-a-viii').waitFor()
    expect(await page.locator('#start-a-viii').getAttribute('href')).toBe('/base/hub/spawn/ada/a-viii')
    expect(await page.locator('tr[data-server-name="lab"]').count()).toBe(1)
    expect(asked[0]).toMatchObject({ method: 'PUT', body: { display_name: '< 🐧 >Å=Ⅷ' } })
  })

  test('an empty name is not sent; a refusal is shown in the dialog, which closes', async () => {
    replies['PUT users/ada/servers/x-1st'] = (response) =>
      void response.status(400).json({ status: 400, message: 'too many' })
    await visit('home')
    await page.getByRole('button', { name: 'Add New Server' }).click()
    expect(await errorDialog().locator('.modal-body').textContent()).toMatch(/name first/)
    await errorDialog().getByRole('button', { name: 'OK' }).click()
    expect(asked).toEqual([])
    await page.getByRole('textbox', { name: 'server name' }).fill('1st')
    await page.getByRole('button', { name: 'Add New Server' }).click()
    await errorDialog().waitFor()
    expect(await errorDialog().locator('.modal-body').textContent()).toContain('API request failed (400): too many')
    await errorDialog().locator("button[aria-label='Close']").click()
    expect(await errorDialog().isVisible()).toBe(false)
  })

  test('a named server is stopped, then deleted after a question', async () => {
    replies['DELETE users/ada/servers/lab'] = (response) => void response.status(204).end()
    await visit('home')
    await page.locator('#stop-lab').click()
    await page.locator('#start-lab').waitFor()
    await page.locator('#delete-lab').click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(asked).toHaveLength(1)
    await page.locator('#delete-lab').click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.locator('tr[data-server-name="lab"]').waitFor({ state: 'detached' })
    expect(asked[1]).toMatchObject({ method: 'DELETE', path: 'users/ada/servers/lab', body: { remove: true } })
  })

  test('without JavaScript a server is started by a link and stopped by a form', async () => {
    await page.context().close()
    page = await open({ javaScriptEnabled: false })
    await page.goto(`${origin}/base/hub/home`)
    expect(await page.locator('#noscript').isVisible()).toBe(true)
    expect(await page.locator('.new-server-name').isVisible()).toBe(false)
    expect(await page.locator('#start').getAttribute('href')).toBe('/base/user/ada/')
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.locator('#stop').click()
    expect((await sent).postData()).toBe('_xsrf=xsrf-token&action=stop&server=')
  })

  test('tokens: what was asked for is sent, the token is shown once, a refusal in the dialog', async () => {
    shown['token'] = () => pages.render('token.html', seenBy(user()), tokenView({ tokens: [token()] }))
    replies['POST users/ada/tokens'] = (response) => void response.status(201).json({ token: 'the-secret' })
    replies['DELETE users/ada/tokens/a1'] = (response) => void response.status(204).end()
    await visit('token')
    expect(await page.locator('#token-area').isVisible()).toBe(false)
    await page.getByLabel('Token expires').selectOption('1 Hour')
    await page.getByLabel('Permissions').fill('read:users!user ,,  self')
    await page.locator('button[type="submit"]').click()
    await page.getByText('the-secret').waitFor()
    expect(asked[0]?.body).toEqual({
      note: 'Requested via token page',
      expires_in: 3600,
      scopes: ['read:users!user', 'self'],
    })
    await page.getByRole('button', { name: 'revoke' }).click()
    await page.locator('tr.token-row').waitFor({ state: 'detached' })
    await visit('token')
    expect(await page.locator('#token-area').isVisible()).toBe(false)
    await page.getByLabel('Note').fill('mine')
    replies['POST users/ada/tokens'] = (response) => void response.status(400).json({ message: 'scope does not exist' })
    await page.locator('button[type="submit"]').click()
    await errorDialog().waitFor()
    expect(await errorDialog().locator('.modal-body').textContent()).toContain(
      'API request failed (400): scope does not exist',
    )
    expect(asked.at(-1)?.body).toEqual({ note: 'mine', expires_in: null })
  })

  const pending = { forUser: user(), server: serverFacts({ pending: 'spawn' as const }) }
  const send = (event: object): boolean | undefined => events?.write(`data: ${JSON.stringify(event)}\n\n`)

  test('a start is followed event by event until the page is loaded anew', async () => {
    shown['pending'] = () => pages.render('spawn_pending.html', seenBy(user()), pendingView(pending, urls))
    events = undefined
    await visit('pending')
    await expect.poll(() => events, { timeout: patienceMs }).toBeDefined()
    expect(asked.find(({ path }) => path === 'progress')).toMatchObject({ xsrf: 'xsrf-token' })
    send({ progress: 0, message: 'Server <requested>' })
    send({ progress: 50, html_message: 'Spawning <b>server</b>...', message: 'not this' })
    await page.locator('#progress-bar[aria-valuenow="50"]').waitFor()
    expect(await page.locator('#progress-message').innerHTML()).toBe('Spawning <b>server</b>...')
    expect(await page.locator('#sr-progress').textContent()).toBe('50%')
    expect(await page.locator('div.progress-log-event').allTextContents()).toEqual([
      'Server <requested>',
      'Spawning server...',
    ])
    shown['pending'] = () => Promise.resolve('<title>the server</title>')
    send({ progress: 100, ready: true, message: 'Server ready at /base/user/ada/' })
    await until('document.title === "the server"')
  })

  test('a failed start shows the log and stays', async () => {
    shown['pending'] = () => pages.render('spawn_pending.html', seenBy(user()), pendingView(pending, urls))
    events = undefined
    await visit('pending')
    await expect.poll(() => events, { timeout: patienceMs }).toBeDefined()
    send({ progress: 100, failed: true, message: 'Spawn failed: no room' })
    await page.locator('#progress-log').getByText('Spawn failed: no room').waitFor()
    expect(await page.locator('#progress-bar').getAttribute('class')).toContain('danger')
    expect(await page.locator('#stop-server-btn').count()).toBe(0)
    expect(asked.filter(({ path }) => path === 'progress')).toHaveLength(1)
    expect(await page.getByRole('link', { name: 'Try again' }).getAttribute('href')).toBe('/base/hub/spawn/ada')
  })

  test('the fragment of the address reaches the link that starts the server', async () => {
    const facts = { forUser: user(), serverName: '', spawnQuery: 'next=%2Fx', implicitSpawnSeconds: 0 }
    shown['gone'] = () => pages.render('not_running.html', seenBy(user()), notRunningView(facts, urls))
    await visit('gone#cell-3')
    expect(await page.locator('#start').getAttribute('href')).toMatch(/\/base\/hub\/spawn\/ada\?next=%2Fx#cell-3$/)
  })

  test('with an implicit start the link is followed by itself', async () => {
    const facts = { forUser: user(), serverName: '', implicitSpawnSeconds: 0.1 }
    shown['gone'] = () => pages.render('not_running.html', seenBy(user()), notRunningView(facts, urls))
    await page.goto(`${origin}/base/hub/gone`)
    await page.waitForURL('**/base/hub/spawn/ada')
  })

  test('the login form shows the password on demand and is sent once', async () => {
    const authenticator = { requestOtp: false, otpPrompt: '' }
    const login = loginView({ next: '', username: '', error: '', loginUrl: '/base/hub/login', authenticator })
    shown['login'] = () => pages.render('login.html', nobody, login)
    await visit('login')
    const password = page.getByLabel('Password:')
    const toggle = page.locator('#toggle_password_visibility')
    await toggle.click()
    expect(await password.getAttribute('type')).toBe('text')
    expect(await toggle.getAttribute('aria-pressed')).toBe('true')
    await toggle.click()
    expect(await password.getAttribute('type')).toBe('password')
    // An answer without content leaves the page as it is while the form is on its way: one that never came would keep
    // the browser from answering us as well.
    await page.route('**/hub/login*', (route) => route.fulfill({ status: 204 }))
    await page.getByLabel('Username:').fill('ada')
    await page.getByLabel('Username:').press('Enter')
    await until('document.getElementById("login_submit").disabled')
  })

  test('an error page takes the count of redirects out of the address', async () => {
    shown['page'] = () => pages.renderError({ status: 500, statusMessage: 'x', message: 'y' }, nobody)
    await visit('page?redirects=4&a=b')
    expect(new URL(page.url()).search).toBe('?a=b')
  })

  test('menus and dialogs marked up for Bootstrap open and close', async () => {
    const templatePaths = [await mkdtemp(join(tmpdir(), 'hub-bootstrap-'))]
    await writeFile(
      join(String(templatePaths[0]), 'home.html'),
      `{% extends "templates/home.html" %}
       {% block nav_bar_left_items %}<li class="dropdown"><a href="#" data-bs-toggle="dropdown">Help</a><ul class="dropdown-menu"><li>Handbook</li></ul></li>{% endblock %}
       {% block footer %}<button data-bs-toggle="modal" data-bs-target="#terms-dialog">Open</button>{% call modal('Terms') %}be kind{% endcall %}{% endblock %}`,
    )
    const custom = renderer({ templatePaths })
    shown['home'] = () => custom.render('home.html', seenBy(running), homeView({ user: running, ...home }, urls))
    await visit('home')
    await rm(String(templatePaths[0]), { recursive: true })
    const item = page.getByText('Handbook')
    expect(await item.isVisible()).toBe(false)
    await page.getByText('Help').click()
    expect(await item.isVisible()).toBe(true)
    await page.locator('#main').click({ position: { x: 2, y: 2 } })
    expect(await item.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Open' }).click()
    expect(await page.getByText('be kind').isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Terms' }).click()
    expect(await page.getByText('be kind').isVisible()).toBe(false)
  })

  test('scripts of customised templates find their modules', async () => {
    replies['GET users/ada'] = (response) => void response.json({ name: 'ada' })
    await visit('home')
    const name = await page.evaluate(`new Promise((resolve) => require(['jhapi', 'utils'], (JHAPI, utils) =>
      new JHAPI(window.jhdata.base_url).get_user('ada', { success: (user) => resolve(utils.url_path_join('/x/', user.name)) })))`)
    expect(name).toBe('/x/ada')
    const shown = await page.evaluate(`new Promise((resolve, reject) => require(
      ['moment', 'home', 'token', 'not_running', 'bootstrap'],
      (moment) => resolve([moment(Date.now() - 7_200_000).fromNow(), moment('no').isValid(), moment(0).format('YYYY')]),
      reject))`)
    expect(shown).toEqual(['2 hours ago', false, expect.stringMatching(/^19(69|70)$/)])
    await expect(
      page.evaluate(`new Promise((resolve, reject) => require(['nothing'], resolve, reject))`),
    ).rejects.toThrow('no module is called "nothing"')
  })
})

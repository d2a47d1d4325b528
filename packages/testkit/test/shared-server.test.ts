import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Browser,
  findChromium,
  findVenv,
  launchChromium,
  type Page,
  runCode,
  startHubProcess,
  waitFor,
  type HubProcess,
} from '../src/index.js'
import { logIn } from './lab-flow.js'
import { addUsers, startServer } from './server-steps.js'

const venv = findVenv()
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : []

/** An unmodified jupyterhub-singleuser that others are let into. */
describe.skipIf(venv === undefined)('a shared server', () => {
  let hub: HubProcess
  let ada: Browser
  beforeAll(async () => {
    hub = await startHubProcess({
      config: {
        JupyterHub: {
          load_groups: { team: { users: ['cleo'] } },
          // People may share their own servers, with those they know by name.
          load_roles: [{ name: 'user', scopes: ['self', 'shares!user', 'read:users:name', 'read:groups:name'] }],
        },
        Spawner: {
          cmd: [join(venv ?? '', 'bin/jupyterhub-singleuser')],
          // How long the server believes what the hub has told it about a visitor; 300 seconds otherwise.
          args: [...asRoot, '--HubOAuth.cache_max_age=1'],
        },
      },
    })
    await addUsers(hub, 'ada', 'bob')
    ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })
    await startServer(hub, 'ada')
  }, 90_000)
  afterAll(async () => {
    await ada?.[Symbol.asyncDispose]()
    await hub?.[Symbol.asyncDispose]()
  })

  const share = (method: string, path: string, body?: unknown): Promise<Page> =>
    ada.api(method, `/hub/api${path}`, body)
  const files = async (browser: Browser): Promise<number> => (await browser.get('/user/ada/api/contents')).status
  const untilShut = (browser: Browser): Promise<unknown> =>
    waitFor(async () => (await files(browser)) === 403, {
      deadlineMs: 20_000,
      what: 'the server to shut a visitor out',
    })

  test.skipIf(findChromium() === undefined)(
    'lets somebody in who comes with a code, in a browser, until the share is taken back',
    { timeout: 120_000 },
    async () => {
      const made = await share('POST', '/share-codes/ada/', {})
      expect(made.status, made.text).toBe(200)
      const { accept_url: acceptUrl } = made.json<{ accept_url: string }>()
      const chromium = await launchChromium()
      try {
        const page = await (await chromium.newContext()).newPage()
        await logIn(page, hub.origin, { name: 'bob', password: 'x' })
        expect((await page.goto(`${hub.origin}/user/ada/lab`))?.status()).toBe(403)

        await page.goto(`${hub.origin}${acceptUrl}`)
        await page.click('form[method=post] button[type=submit]')
        // The server is another's: the hub asks whether it may know who comes.
        await page.waitForURL(/\/hub\/api\/oauth2\/authorize/)
        await page.click('form[method=post] [type=submit]')
        await page.waitForURL(/\/user\/ada\/lab/)
        await page.waitForSelector('#jp-main-dock-panel .jp-Launcher', { timeout: 60_000 })

        expect((await share('PATCH', '/shares/ada/', { user: 'bob' })).status).toBe(200)
        await waitFor(async () => (await page.goto(`${hub.origin}/user/ada/api/contents`))?.status() === 403, {
          deadlineMs: 20_000,
          what: 'the server to shut the visitor out',
        })
        expect((await page.goto(`${hub.origin}/user/ada/lab`))?.status()).toBe(403)
      } finally {
        await chromium.close()
      }
    },
  )

  test('lets in the members of a group, who run code there, until they leave it', { timeout: 90_000 }, async () => {
    await using cleo = hub.browser()
    await cleo.login('cleo', 'x', { next: '/hub/home' })
    expect((await cleo.get('/user/ada/tree')).status).toBe(403)
    const shared = await share('POST', '/shares/ada/', { group: 'team' })
    expect(shared.status, shared.text).toBe(200)

    const question = await cleo.get('/user/ada/')
    expect(question.path).toMatch(/^\/hub\/api\/oauth2\/authorize/)
    const answer = await cleo.submit(question, question.formWith('scopes'))
    expect([answer.status, answer.path.split('?')[0]]).toEqual([200, expect.stringMatching(/^\/user\/ada\//)])
    expect(await runCode(cleo, '/user/ada/', '6*7')).toBe('42')
    // Into the server, and no further.
    expect((await cleo.api('DELETE', '/hub/api/users/ada/server')).status).toBe(404)

    await hub.api('DELETE', '/groups/team/users', { users: ['cleo'] })
    await untilShut(cleo)
    expect((await cleo.get('/user/ada/')).status).toBe(403)
    expect((await ada.get('/user/ada/')).status).toBe(200)
  })
})

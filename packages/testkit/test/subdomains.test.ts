import { request } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, findVenv, freePort, launchChromium, startTestHub, type TestHub } from '../src/index.js'
import { logIn, startFromHome, stopFromHome } from './lab-flow.js'

const venv = findVenv()
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : []

describe('users on hosts of their own', () => {
  let hub: TestHub
  let port: number
  let origin: string
  beforeAll(async () => {
    port = await freePort()
    origin = `http://hub.test:${port}`
    hub = await startTestHub({
      config: {
        JupyterHub: {
          bind_url: `http://127.0.0.1:${port}`,
          subdomain_host: origin,
          services: [{ name: 'board', url: 'http://127.0.0.1:9', api_token: 'a token of the board service' }],
        },
        ...(venv === undefined ? {} : { Spawner: { cmd: [join(venv, 'bin/jupyterhub-singleuser')], args: asRoot } }),
      },
    })
  }, 60_000)
  afterAll(() => hub?.[Symbol.asyncDispose]())

  /** A request by somebody who knows no names, straight to the proxy. */
  const ask = (host: string, path: string): Promise<{ status: number; location: string | undefined }> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers: { host: `${host}:${port}` } }, (response) => {
        response.resume()
        resolve({ status: response.statusCode ?? 0, location: response.headers.location })
      })
      asked.once('error', reject)
      asked.end()
    })

  test('the hub answers on every host, and leads to its own', async () => {
    expect((await ask('hub.test', '/hub/login')).status).toBe(200)
    expect(await ask('ada.hub.test', '/user/ada/lab?x=1')).toEqual({
      status: 302,
      location: `${origin}/hub/user/ada/lab?x=1`,
    })
    expect(await ask('ada.hub.test', '/')).toMatchObject({ location: `${origin}/hub/` })
  })

  test('services have hosts of their own, beside those of users', async () => {
    const reply = await fetch(`${hub.hubOrigin}/hub/api/proxy`, {
      headers: { authorization: `token ${hub.adminToken}` },
      signal: AbortSignal.timeout(5_000),
    })
    expect(Object.keys((await reply.json()) as object)).toContain('board--service.hub.test/services/board/')
  })

  test.skipIf(venv === undefined || findChromium() === undefined)(
    'a person gets to their server on its host, and nobody else does',
    { timeout: 180_000 },
    async () => {
      const chromium = await launchChromium(['--host-resolver-rules=MAP hub.test 127.0.0.1, MAP *.hub.test 127.0.0.1'])
      try {
        const context = await chromium.newContext()
        const page = await context.newPage()
        await logIn(page, origin, { name: 'ada', password: 'x' })
        await startFromHome(page, origin, 'ada')
        const home = `http://ada.hub.test:${port}/user/ada/`
        expect(page.url().startsWith(home)).toBe(true)
        expect(await status(page, `${home}api/contents`)).toBe(200)

        // Only the session id goes to all hosts; logins stay where they were made.
        const domains = (await context.cookies()).map(({ name, domain }) => `${name} ${domain}`)
        expect(domains).toContain('jupyterhub-session-id .hub.test')
        expect(domains).toContain('jupyterhub-hub-login hub.test')
        expect(domains).toContain('jupyterhub-user-ada ada.hub.test')

        const other = await (await chromium.newContext()).newPage()
        await logIn(other, origin, { name: 'bob', password: 'x' })
        expect((await other.goto(`${home}lab`))?.status()).toBe(403)

        await page.goto(`${origin}/hub/logout`)
        await page.goto(`${home}lab`)
        await page.waitForURL((url) => url.host === `hub.test:${port}` && url.pathname === '/hub/login')
        await logIn(page, origin, { name: 'ada', password: 'x' }, `${home}lab`)
        await page.waitForURL(`${home}lab**`)
        await stopFromHome(page, origin)
      } finally {
        await chromium.close()
      }
    },
  )
})

/** The status of a request that a page's own script makes. */
const status = (page: Page, url: string): Promise<number> =>
  page.evaluate(async (address) => (await fetch(address)).status, url)

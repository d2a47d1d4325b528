import { fakeServers, type FakeServers, type HubConfig, launchChromium, startTestHub, type TestHub } from '@hub/testkit'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { violations } from './axe.js'

/** A whole hub with servers that answer, and a browser to look at it with. */
export interface BrowserHub extends AsyncDisposable {
  readonly hub: TestHub
  readonly servers: FakeServers
  readonly chromium: Browser
  /** What browsers complained of: errors of scripts, and what the policy kept from running. */
  readonly complaints: string[]
  /** A page of a browser of its own, logged in as that user; nobody: not logged in. */
  open(user?: string, options?: BrowserContextOptions): Promise<Page>
  url(path: string): string
  /** What axe finds wrong with a page as it is now. */
  violations(page: Page): Promise<string[]>
}

/** For one step; a busy machine needs it. */
const patienceMs = 30_000

export async function startBrowserHub(config: HubConfig): Promise<BrowserHub> {
  const servers = await fakeServers()
  const hub = await startTestHub({
    config: { ...config, JupyterHub: { spawner_class: servers.spawnerClass, ...config['JupyterHub'] } },
  })
  const chromium = await launchChromium()
  const complaints: string[] = []
  const url = (path: string): string => `${hub.origin}/hub/${path}`
  return {
    hub,
    servers,
    chromium,
    complaints,
    url,
    async open(user, options = {}) {
      const page = await (await chromium.newContext({ reducedMotion: 'reduce', ...options })).newPage()
      page.setDefaultTimeout(patienceMs)
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
      page.on('console', (message) => {
        // Answers that a test asks for, such as 400, are reported by the browser as well.
        if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
          complaints.push(`${page.url()}: ${message.text()}`)
      })
      if (user === undefined) return page
      await page.goto(url('login?next=/hub/home'))
      await page.getByLabel(/Username|Benutzername/).fill(user)
      await page.getByLabel(/^(Password|Passwort):/).fill('x')
      await page.getByLabel(/^(Password|Passwort):/).press('Enter')
      await page.waitForURL(url('home'))
      return page
    },
    violations,
    async [Symbol.asyncDispose]() {
      await chromium.close()
      await hub[Symbol.asyncDispose]()
      await servers[Symbol.asyncDispose]()
    },
  }
}

// How long the admin panel takes to show rows: node bench/admin-page-bench.mjs [users, 20000 by default]
// Needs the packages built and Chromium. The budget for 20,000 users is 300 ms from the click to the first rows.
// Parts of it run in the page.
/* global window, document, sessionStorage, MutationObserver, requestAnimationFrame */
import { performance } from 'node:perf_hooks'
import { launchChromium, startHubProcess } from '@hub/testkit'

const count = Number(process.argv[2] ?? 20_000)
const rounds = 9

/** @param {import('playwright-core').Page} page */
const adminLink = (page) => page.getByRole('link', { name: 'Admin', exact: true })

/** Runs in the page: notes when it is clicked, and when the first rows are on the screen. */
function watchRows() {
  window.addEventListener(
    'click',
    (event) => sessionStorage.setItem('clicked', String(performance.timeOrigin + event.timeStamp)),
    true,
  )
  const observer = new MutationObserver(() => {
    if (document.querySelector('.panel-name') === null) return
    observer.disconnect()
    // After the frame that shows them.
    requestAnimationFrame(() => setTimeout(() => performance.mark('rows drawn')))
  })
  observer.observe(document, { childList: true, subtree: true })
}

const hub = await startHubProcess({ config: { Authenticator: { admin_users: ['root'] } } })
const chromium = await launchChromium()
try {
  for (let made = 0; made < count; made += 2_000) {
    const usernames = Array.from({ length: Math.min(2_000, count - made) }, (_, n) => `student-${made + n}`)
    const reply = await hub.api('POST', '/users', { usernames })
    if (reply.status !== 201) throw new Error(`users could not be made: ${reply.status} ${reply.text}`)
  }
  const open = async () => {
    const page = await (await chromium.newContext({ viewport: { width: 1400, height: 900 } })).newPage()
    await page.addInitScript(watchRows)
    await page.goto(`${hub.origin}/hub/login?next=/hub/home`)
    await page.fill('#username_input', 'root')
    await page.fill('#password_input', 'x')
    await page.click('#login_submit')
    await page.waitForURL(/\/hub\/home/)
    await page.waitForLoadState('networkidle')
    if ((await adminLink(page).count()) === 0)
      throw new Error('There is no link to the admin panel: build it first (npx turbo run build).')
    return page
  }
  const page = await open()

  /** @type {Record<string, number[]>} */
  const took = {}
  /**
   * @param {string} what
   * @param {() => Promise<unknown>} act
   * @param {() => Promise<unknown>} seen
   */
  const measure = async (what, act, seen) => {
    const startedAt = performance.now()
    await act()
    await seen()
    ;(took[what] ??= []).push(performance.now() - startedAt)
  }
  /** @param {import('playwright-core').Page} of */
  const firstRows = async (of) => {
    await adminLink(of).click({ noWaitAfter: true })
    await of.waitForFunction(() => performance.getEntriesByName('rows drawn').length > 0)
    return of.evaluate(() => {
      const clickedAt = Number(sessionStorage.getItem('clicked'))
      const drawnAt = performance.timeOrigin + (performance.getEntriesByName('rows drawn')[0]?.startTime ?? NaN)
      return drawnAt - clickedAt
    })
  }
  const status = (/** @type {RegExp} */ text) => page.locator('.panel-pager p').filter({ hasText: text }).waitFor()
  const name = (/** @type {string} */ text) => page.locator('.panel-name', { hasText: text }).first().waitFor()

  for (let round = 0; round < rounds; round++) {
    const fresh = await open()
    ;(took['first rows after the click on Admin, nothing of the panel in the cache'] ??= []).push(
      await firstRows(fresh),
    )
    await fresh.context().close()
    await page.goto(`${hub.origin}/hub/home`, { waitUntil: 'networkidle' })
    ;(took['first rows after the click on Admin'] ??= []).push(await firstRows(page))
    await measure(
      'next page',
      () => page.getByRole('button', { name: 'Next' }).click(),
      () => status(/51-100/),
    )
    await page.goto(`${hub.origin}/hub/admin#/?offset=${Math.max(0, count - 50)}`)
    await measure(
      'last page, reloaded',
      () => page.reload({ waitUntil: 'commit' }),
      () => status(/-/),
    )
    await page.goto(`${hub.origin}/hub/home`)
    await page.goto(`${hub.origin}/hub/admin`)
    await page.locator('.panel-name').first().waitFor()
    await measure(
      'search (with 300 ms of waiting for the typing to end)',
      () => page.getByLabel('Search').fill(`student-${count - 1}`),
      () => name(`student-${count - 1}`),
    )
    await page.goto(`${hub.origin}/hub/admin#/?sort=name`)
    await measure(
      'sort by last activity',
      () => page.getByRole('button', { name: 'Last activity' }).click(),
      () => page.locator('[aria-sort="ascending"]', { hasText: 'Last activity' }).waitFor(),
    )
    await measure(
      'filter: a server runs',
      () => page.getByLabel('Servers').selectOption('Running'),
      () => page.getByText('Nobody matches the filters.').waitFor(),
    )
  }
  console.log(`${count} users, ${rounds} rounds: median and worst in ms`)
  for (const [what, times] of Object.entries(took)) {
    const sorted = times.sort((a, b) => a - b)
    console.log(`  ${what}: ${Math.round(sorted[rounds >> 1] ?? NaN)}, ${Math.round(sorted.at(-1) ?? NaN)}`)
  }
} finally {
  await chromium.close()
  await hub[Symbol.asyncDispose]()
}

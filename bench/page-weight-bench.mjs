// What the pages weigh and how long their scripts run: node bench/page-weight-bench.mjs
// Needs the packages built and Chromium. The budget for the first page is 60 KB in all, and 100 ms of script.
import { launchChromium, startHubProcess } from '@hub/testkit'

const rounds = 7

const hub = await startHubProcess({ config: { Authenticator: { admin_users: ['root'] } } })
const chromium = await launchChromium()

/**
 * One visit of a browser that has never been here, but for the cookies it was given.
 *
 * @param {string} path
 * @param {import('playwright-core').BrowserContextOptions['storageState']} storageState
 */
async function visit(path, storageState) {
  const context = await chromium.newContext({ viewport: { width: 1280, height: 800 }, storageState })
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.enable')
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  let bytes = 0
  let files = 0
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
    files += 1
  })
  await page.goto(`${hub.origin}${path}`, { waitUntil: 'networkidle' })
  const { metrics } = await devtools.send('Performance.getMetrics')
  const seconds = metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? NaN
  await context.close()
  return { bytes, files, scriptMs: seconds * 1_000 }
}

try {
  const context = await chromium.newContext()
  const page = await context.newPage()
  await page.goto(`${hub.origin}/hub/login?next=/hub/home`)
  await page.fill('#username_input', 'root')
  await page.fill('#password_input', 'x')
  await page.click('#login_submit')
  await page.waitForURL(/\/hub\/home/)
  const loggedIn = await context.storageState()

  console.log('page: files, KB over the wire, ms of script (median and worst)')
  for (const [path, state] of /** @type {const} */ ([
    ['/hub/login', undefined],
    ['/hub/home', loggedIn],
    ['/hub/token', loggedIn],
    ['/hub/admin', loggedIn],
  ])) {
    const visits = []
    for (let round = 0; round < rounds; round++) visits.push(await visit(path, state))
    const times = visits.map(({ scriptMs }) => scriptMs).sort((a, b) => a - b)
    const { files = 0, bytes = 0 } = visits.at(-1) ?? {}
    const [middle = NaN, worst = NaN] = [times[rounds >> 1], times.at(-1)]
    console.log(`  ${path}: ${files}, ${(bytes / 1024).toFixed(1)}, ${middle.toFixed(1)} and ${worst.toFixed(1)}`)
  }
} finally {
  await chromium.close()
  await hub[Symbol.asyncDispose]()
}

// Makes the pictures in docs/images from a hub that runs: node scripts/screenshots.mjs
// Needs the packages built, and what `npm test` brings: Chromium, and Python's single-user server in .test/venv.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findVenv, launchChromium, startHubProcess } from '@hub/testkit'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/images')
const size = { width: 1200, height: 720 }

const venv = findVenv()
if (venv === undefined) throw new Error("Python's single-user server is missing: run npm test once")
mkdirSync(folder, { recursive: true })

const hub = await startHubProcess({
  config: {
    JupyterHub: {
      allow_named_servers: true,
      load_groups: { physics: { users: ['ada', 'bob'] }, maths: { users: ['cleo'] } },
      load_roles: [{ name: 'user', scopes: ['self', 'shares!user', 'read:users:name', 'read:groups:name'] }],
    },
    Authenticator: { admin_users: ['ada'] },
    Spawner: {
      cmd: [join(venv, 'bin/jupyterhub-singleuser')],
      args: ['--allow-root'],
      default_url: '/lab',
      http_timeout: 120,
    },
  },
})
const chromium = await launchChromium()
try {
  const context = await chromium.newContext({ viewport: size, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const take = (/** @type {string} */ name) => page.screenshot({ path: join(folder, `${name}.png`) })

  await page.goto(`${hub.origin}/hub/login`)
  await page.fill('#username_input', 'ada')
  await page.fill('#password_input', 'lovelace')
  await take('login')

  await page.click('#login_submit')
  await page.waitForURL(/spawn-pending/)
  await page.waitForTimeout(1_000) // the first step of the progress
  await take('spawn-pending')

  await page.waitForURL(/\/user\/ada\/lab/, { timeout: 120_000 })
  await page.waitForSelector('.jp-LauncherCard', { timeout: 120_000 })
  // It asks whether one wants to read its news.
  await page
    .getByRole('button', { name: 'No', exact: true })
    .click({ timeout: 10_000 })
    .catch(() => undefined)
  await page.getByText('official Jupyter news').waitFor({ state: 'hidden' })
  await take('lab')

  await hub.api('PUT', '/users/ada/servers/thesis', { display_name: 'Thesis' })
  await hub.api('POST', '/users', { usernames: ['dora', 'emil', 'fritz', 'gerda', 'hans'] })
  await page.goto(`${hub.origin}/hub/home`)
  await take('home')
  await page.goto(`${hub.origin}/hub/token`)
  await take('token')
  await page.goto(`${hub.origin}/hub/admin`)
  await page.waitForSelector('.panel-name')
  await page.waitForTimeout(1_000) // the live numbers
  await take('admin')
} finally {
  await chromium.close()
  await hub[Symbol.asyncDispose]()
}

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, findVenv, launchChromium, startHubProcess, type HubProcess } from '../src/index.js'
import { logIn, wholeVisit } from './lab-flow.js'

const PASSWORD = 'curiouser and curiouser'
const venv = findVenv()
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : []

describe('a person with a browser', () => {
  let hub: HubProcess
  beforeAll(async () => {
    hub = await startHubProcess({
      config: {
        JupyterHub: { authenticator_class: 'shared-password' },
        SharedPasswordAuthenticator: { user_password: PASSWORD },
        Spawner: venv === undefined ? {} : { cmd: [join(venv, 'bin/jupyterhub-singleuser')], args: asRoot },
      },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  test.skipIf(!venv || !findChromium())(
    'logs in, starts JupyterLab, runs a cell, stops, starts again and logs out; another person is kept out',
    { timeout: 180_000 },
    async () => {
      const chromium = await launchChromium()
      try {
        await wholeVisit(await chromium.newContext(), hub.origin, { name: 'ada', password: PASSWORD })

        const page = await (await chromium.newContext()).newPage()
        await logIn(page, hub.origin, { name: 'bob', password: PASSWORD })
        const answer = await page.goto(`${hub.origin}/user/ada/lab`)
        expect(answer?.status()).toBe(403)
        const files = await page.goto(`${hub.origin}/user/ada/api/contents`)
        expect(files?.status()).toBe(403)
      } finally {
        await chromium.close()
      }
    },
  )

  test('is refused with a wrong password, and sees the name again', async () => {
    await using browser = hub.browser()
    const page = await browser.login('ada', 'not this')
    expect(page.status).toBe(403)
    expect(page.text).toContain('Invalid username or password')
    expect(page.formWith('username').fields).toContainEqual(['username', 'ada'])
    expect(browser.cookies.names().filter((name) => name.startsWith('jupyterhub-hub-login'))).toEqual([])
  })

  test('is refused without the XSRF token, with a foreign one, and with that of another visit', async () => {
    await using browser = hub.browser()
    await using other = hub.browser({ 'user-agent': 'another browser' })
    const foreign = (await other.get('/hub/login')).formWith('password').fields.find(([name]) => name === '_xsrf')
    await browser.get('/hub/login')
    for (const token of [undefined, 'nonsense', foreign?.[1]]) {
      const fields = { username: 'ada', password: PASSWORD, ...(token === undefined ? {} : { _xsrf: token }) }
      const page = await browser.post('/hub/login?next=', fields, { follow: false })
      expect(page.status, `with the token ${token ?? 'left out'}`).toBe(403)
      expect(page.text).toContain('Login form invalid or expired. Try again.')
    }
  })

  test.each([
    'https://other.example/',
    '//other.example/x',
    '///other.example/x',
    String.raw`\\other.example/x`,
    String.raw`/\other.example/x`,
    'javascript:alert(1)',
    'ftp://other.example',
  ])('is not led away by next=%s', async (next) => {
    await using browser = hub.browser()
    const page = await browser.login('ada', PASSWORD, { next, follow: false })
    expect(page.status).toBe(302)
    const target = new URL(page.location ?? '', hub.origin)
    expect(target.origin).toBe(hub.origin)
    expect(target.pathname).not.toMatch(/^\/[/\\]/)
  })

  test('is led on within the hub by next', async () => {
    await using browser = hub.browser()
    const page = await browser.login('ada', PASSWORD, { next: '/hub/token?x=1#y', follow: false })
    expect(page).toMatchObject({ status: 302, location: '/hub/token?x=1#y' })
  })
})

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startHubInProcess } from '../hub-in-process.js'

test('who deletes the cookie secret has everybody log in again, at servers as well; tokens of programs stay', async () => {
  await using hub = await startHubInProcess()
  const { id: userId } = await hub.user('ada', ['user'])
  const ofBrowser = await hub.token({ userId }, ['inherit'], { sessionId: 'a-browser' })
  const ofProgram = await hub.token({ userId }, ['inherit'])
  const browser = await hub.loggedIn('ada')
  const status = async (from: typeof hub, token: string) => (await from.api('GET', '/user', undefined, token)).status
  expect([await status(hub, ofBrowser), await status(hub, ofProgram)]).toEqual([200, 200])
  expect((await browser.get('/hub/home')).path).toBe('/hub/home')
  await hub.stop()

  await rm(join(hub.dir, 'cookie_secret'))
  await using next = await startHubInProcess({ after: hub })
  expect([await status(next, ofBrowser), await status(next, ofProgram)]).toEqual([403, 200])
  const again = next.browser()
  for (const cookie of browser.cookies.names())
    again.cookies.set(cookie, browser.cookies.get(cookie, '/hub/') ?? '', '/hub/')
  expect((await again.get('/hub/home')).path).toMatch(/^\/hub\/login/)
})

import { expect, test } from 'vitest'
import { startIdentityApp } from './identity-app.js'

test('a right password sets the cookies and leads to the spawn page', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const page = await browser.login('Ada', 'right', { follow: false })
  expect([page.status, page.location]).toEqual([302, '/hub/spawn'])
  expect(browser.cookies.names()).toEqual(['_xsrf /hub/', 'jupyterhub-hub-login /hub/', 'jupyterhub-session-id /'])
})

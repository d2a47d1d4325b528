import { expect, test } from 'vitest'
import * as groupStore from '../../src/groups/group-store.js'
import * as userStore from '../../src/users/user-store.js'
import { FakeAuthenticator, refusedWith } from './fake-authenticator.js'
import { type IdentityApp, startIdentityApp } from './identity-app.js'

/** A browser of a user whose last refresh is unknown, as after a restart of the hub. */
async function unrefreshed(app: IdentityApp) {
  const user = await app.user('ada')
  const browser = app.browser()
  const { cookies } = app.identity
  browser.cookies.store(cookies.setLogin({ cookieId: user.cookieId }, { protocol: 'http', nowMs: app.now.ms }), '/hub/')
  return { user, browser }
}

test('the first request after a restart asks the authenticator, the next ones do not; a login counts as asked', async () => {
  await using app = await startIdentityApp()
  const { browser } = await unrefreshed(app)
  for (let count = 0; count < 3; count++) expect((await browser.get('/hub/home')).status).toBe(200)
  expect(app.authenticator.refreshes).toBe(1)
  await (await app.loggedIn('bob')).get('/hub/home')
  expect(app.authenticator.refreshes).toBe(1)
})

test('requests that come together ask once', async () => {
  await using app = await startIdentityApp()
  const { browser } = await unrefreshed(app)
  const pages = await Promise.all(Array.from({ length: 8 }, () => browser.get('/hub/home')))
  expect(pages.map((page) => page.status)).toEqual(Array.from({ length: 8 }, () => 200))
  expect(app.authenticator.refreshes).toBe(1)
})

test('auth_refresh_age 0 never asks, not even when forced', async () => {
  await using app = await startIdentityApp({ authenticator: new FakeAuthenticator({ auth_refresh_age: 0 }) })
  app.authenticator.refreshAnswer = () => false
  const { browser, user } = await unrefreshed(app)
  expect((await browser.get('/hub/home', { follow: false })).status).toBe(200)
  expect(await app.identity.refresh.ensureFresh(user, undefined, { force: true })).toBe(true)
  expect(app.authenticator.refreshes).toBe(0)
})

test('who is stale has to log in again: pages lead there, the API answers 403, tokens too; and it is asked again each time', async () => {
  await using app = await startIdentityApp()
  const { browser, user } = await unrefreshed(app)
  const token = await app.token({ userId: user.id })
  app.authenticator.refreshAnswer = () => false
  const page = await browser.get('/hub/home', { follow: false })
  expect([page.status, page.location]).toEqual([302, '/hub/login?next=%2Fhub%2Fhome'])
  expect((await browser.get('/hub/login')).status).toBe(200)
  expect((await browser.get('/hub/api/caller')).status).toBe(403)
  expect((await app.fetch('/hub/api/caller', { headers: { authorization: `token ${token}` } })).status).toBe(403)
  expect(app.log).toContainEqual(
    expect.objectContaining({ event: 'User ada has stale auth info. Login is required to refresh.' }),
  )
  app.authenticator.refreshAnswer = () => true
  expect((await browser.get('/hub/home', { follow: false })).status).toBe(200)
})

test.each([
  ['an error', () => Promise.reject(new Error('provider is down'))],
  ['a refusal', refusedWith('account closed')],
])('%s of the authenticator lets nobody in', async (_, answer) => {
  await using app = await startIdentityApp()
  const { browser } = await unrefreshed(app)
  app.authenticator.refreshAnswer = answer
  expect((await browser.get('/hub/home', { follow: false })).status).toBe(302)
})

test('what has changed is stored and counts for the very request that found it out', async () => {
  await using app = await startIdentityApp({ authenticator: new FakeAuthenticator({ manage_groups: true }) })
  const { browser, user } = await unrefreshed(app)
  app.authenticator.refreshAnswer = () => ({ admin: true, groups: ['lab'], userInfo: { display_name: 'Ada L.' } })
  const reply = (await browser.get('/hub/api/caller')).json<{ scopes: string[] }>()
  expect(reply.scopes).toContain('admin:users')
  expect(await userStore.findById(app.database.read, user.id)).toMatchObject({
    admin: true,
    name: 'ada',
    userInfo: { display_name: 'Ada L.' },
  })
  expect((await groupStore.groupsOf(app.database.read, [user.id])).get(user.id)).toEqual(['lab'])
})

test('a forced refresh asks although the last one is recent', async () => {
  await using app = await startIdentityApp()
  const { browser, user } = await unrefreshed(app)
  await browser.get('/hub/home')
  app.authenticator.refreshAnswer = () => false
  expect(await app.identity.refresh.ensureFresh(user, undefined)).toBe(true)
  expect(await app.identity.refresh.ensureFresh(user, undefined, { force: true })).toBe(false)
})

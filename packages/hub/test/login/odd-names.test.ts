import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const password = 'one-password-for-all'
let hub: HubInProcess
beforeAll(async () => {
  hub = await startHubInProcess({
    config: {
      JupyterHub: { authenticator_class: 'shared-password' },
      SharedPasswordAuthenticator: { user_password: password },
      Authenticator: { allow_all: true },
    },
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const names = async (): Promise<string[]> =>
  (await hub.api('GET', '/users')).json<{ name: string }[]>().map(({ name }) => name)

describe('a login with the right password as', () => {
  test.each([
    ['nobody', ''],
    ['a folder', '/'],
    ['a path', 'a/b'],
    ['the folder above', '..'],
    ['this folder', '.'],
    ['a path to elsewhere', '../../etc/passwd'],
    ['a name with a zero byte', 'a\0b'],
    ['two lines', 'ada\n[I 2026-01-01 00:00:00.000 JupyterHub] User logged in: root'],
    ['two lines of Unicode', 'ada\u2028root'],
    ['a bell', 'ada\u0007'],
    ['a colour', 'ada\u001b[31m'],
    ['256 characters', 'x'.repeat(256)],
  ])('%s is refused like a wrong one, and leaves nothing behind', async (_what, name) => {
    const before = await names()
    const browser = hub.browser()
    const page = await browser.login(name, password)
    expect(page.status).toBe(403)
    expect(page.text).toContain('Invalid username or password')
    expect(await names()).toEqual(before)
    expect(browser.cookies.names()).not.toContain('jupyterhub-hub-login')
    // A line of the log is one line, whatever is typed.
    expect(hub.log.filter(({ event }) => /[\p{Cc}\p{Zl}]/u.test(event))).toEqual([])
  })

  test.each([
    ['capitals', 'ADA', 'ada'],
    ['blanks around', '  ada  ', 'ada'],
    ['a blank', 'ada lovelace', 'ada lovelace'],
    ['letters of elsewhere', 'Ünï', 'ünï'],
    ['a picture', '🐧', '🐧'],
    ['a leading dash', '-rf', '-rf'],
    ['what looks like an escape', '%2e%2e', '%2e%2e'],
    ['a question', 'who?#', 'who?#'],
    ['markup', '<b>"&\'', '<b>"&\''],
    ['three dots', '...', '...'],
    ['255 characters', 'y'.repeat(255), 'y'.repeat(255)],
  ])('%s works on every page, and the name is never markup', async (_what, typed, name) => {
    const browser = hub.browser()
    expect((await browser.login(typed, password, { follow: false })).status).toBe(302)
    const home = await browser.get('/hub/home')
    expect(home.status).toBe(200)
    expect(home.text).not.toContain('<b>"')
    const user = await hub.api('GET', `/users/${encodeURIComponent(name)}`)
    expect(user.json()).toMatchObject({ name, server: null })
    const spawn = await browser.get(`/hub/spawn/${encodeURIComponent(name)}`, { follow: false })
    expect(spawn.status).toBeLessThan(400)
    expect((await hub.api('DELETE', `/users/${encodeURIComponent(name)}`)).status).toBe(204)
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
/** Of a service without any scope. */
let asking: string
beforeAll(async () => {
  asking = 'asking-token-0123456789'
  hub = await startHubInProcess({ config: { JupyterHub: { services: [{ name: 'asking', api_token: asking }] } } })
})
afterAll(() => hub[Symbol.asyncDispose]())

describe('the owner of a token', () => {
  test('is told to those with a token of their own, with no more than who it is', async () => {
    const user = await hub.user('ada')
    const token = await hub.token({ userId: user.id })
    const reply = await hub.api('GET', `/authorizations/token/${token}`, undefined, asking)
    expect(reply.status).toBe(200)
    expect(reply.json()).toEqual({ kind: 'user', name: 'ada', admin: false, user_info: null, groups: [] })
    expect((await hub.api('GET', `/authorizations/token/${token}`)).json()).toMatchObject({
      name: 'ada',
      roles: ['user'],
      servers: {},
    })
  })

  test('may be a service', async () => {
    expect((await hub.api('GET', `/authorizations/token/${asking}`, undefined, asking)).json()).toEqual({
      kind: 'service',
      name: 'asking',
      admin: false,
    })
  })

  test('counts as having been active', async () => {
    const user = await hub.user('bob')
    const token = await hub.token({ userId: user.id })
    await hub.api('GET', `/authorizations/token/${token}`, undefined, asking)
    await hub.foundation.activity.flush()
    const { read } = hub.foundation.database
    expect((await userStore.findById(read, user.id))?.lastActivity).not.toBeNull()
    expect((await tokenStore.listOf(read, { userId: user.id }))[0]?.lastActivity).not.toBeNull()
  })

  test.each(['/no-such-token', '/', ''])('is not found: token%s', async (path) => {
    expect((await hub.api('GET', `/authorizations/token${path}`, undefined, asking)).status).toBe(404)
  })

  test('is not told to browsers, or to nobody', async () => {
    const token = await hub.token({ userId: (await hub.user('cleo')).id })
    expect((await hub.api('GET', `/authorizations/token/${token}`, undefined, null)).status).toBe(403)
    const browser = await hub.loggedIn('cleo')
    expect((await browser.get(`/hub/api/authorizations/token/${token}`)).status).toBe(403)
  })
})

test('tokens are no longer made this way, whoever asks', async () => {
  const body = { username: 'ada', password: 'any' }
  for (const token of [hub.adminToken, asking, null]) {
    expect((await hub.api('POST', '/authorizations/token', body, token)).status).toBe(404)
  }
})

describe('the owner of a login cookie', () => {
  const name = 'jupyterhub-hub-login'
  const cookieOf = async (user: string): Promise<string> => {
    const browser = await hub.loggedIn(user)
    const value = browser.cookies.get(name, '/hub/')
    if (value === undefined) throw new Error('no cookie')
    return value
  }

  test('is told as far as the asking one may see', async () => {
    const value = await cookieOf('dora')
    const path = `/authorizations/cookie/${name}/${encodeURIComponent(value)}`
    const reply = await hub.api('GET', path)
    expect([reply.status, reply.json()]).toEqual([200, expect.objectContaining({ kind: 'user', name: 'dora' })])
    expect((await hub.api('GET', path, undefined, null)).status).toBe(403)
  })

  test('may be asked for with the cookie in the body', async () => {
    const value = await cookieOf('finn')
    const reply = await hub.api('GET', `/authorizations/cookie/${name}`, value)
    expect([reply.status, reply.json()]).toEqual([200, expect.objectContaining({ name: 'finn' })])
    expect((await hub.api('GET', `/authorizations/cookie/${name}`)).status).toBe(404)
  })

  test.each([
    ['of another name', 'jupyterhub-other', (value: string) => value],
    ['that was changed', name, (value: string) => value.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['that is none', name, () => 'x'],
  ])('is not found by one %s', async (_, cookie, change) => {
    const value = change(await cookieOf('erin'))
    expect((await hub.api('GET', `/authorizations/cookie/${cookie}/${encodeURIComponent(value)}`)).status).toBe(404)
  })
})

import { testServer, type TestServer, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
let target: TestServer
beforeAll(async () => {
  target = await testServer()
  hub = await startHubInProcess({
    config: {
      JupyterHub: {
        services: [
          { name: 'plain' },
          { name: 'web', url: target.url, info: { about: 'it' }, api_token: 'web-token-0123456789' },
          { name: 'link', url: target.url },
          {
            name: 'roled',
            url: target.url,
            api_token: 'roled-token-0123456789',
            oauth_roles: ['user'],
            oauth_no_confirm: true,
          },
        ],
      },
    },
  })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await target[Symbol.asyncDispose]()
})

const messageOf = (reply: { json<T>(): T }): string => reply.json<{ message: string }>().message
const stored = (name: string) => serviceStore.findByName(hub.foundation.database.read, name)

const webModel = {
  kind: 'service',
  name: 'web',
  admin: false,
  roles: [],
  command: [],
  pid: 0,
  info: { about: 'it' },
  display: true,
}

describe('reading', () => {
  test('lists by name what list:services covers', async () => {
    const all = (await hub.api('GET', '/services')).json<Record<string, object>>()
    expect(Object.keys(all)).toEqual(['test-admin', 'plain', 'web', 'link', 'roled'])
    expect(all['web']).toEqual({ ...webModel, url: target.url, prefix: '/services/web/' })
    expect(all['plain']).toMatchObject({ url: '', prefix: '' })

    const one = await hub.userWith('lister', ['list:services!service=web', 'list:services!service=absent'])
    expect((await hub.api('GET', '/services', undefined, one)).json()).toEqual({
      web: { kind: 'service', name: 'web', admin: false },
    })
    const other = await hub.userWith('lister2', ['list:services!user=ada'])
    expect((await hub.api('GET', '/services', undefined, other)).json()).toEqual({})
  })

  test('shows what the scopes cover, and no more', async () => {
    const see = async (name: string, scopes: string[]) =>
      (await hub.api('GET', '/services/web', undefined, await hub.userWith(name, scopes))).json()
    const identity = { kind: 'service', name: 'web', admin: false }
    expect(await see('by-name', ['read:services:name'])).toEqual(identity)
    expect(await see('by-role', ['read:roles:services!service=web'])).toEqual({ ...identity, roles: [] })
    const { roles: _roles, ...withoutRoles } = webModel
    expect(await see('by-all', ['read:services'])).toEqual({
      ...withoutRoles,
      url: target.url,
      prefix: '/services/web/',
    })
  })

  test('is not for ordinary users, and unknown ones are 404', async () => {
    const user = await hub.token({ userId: (await hub.user('ada')).id })
    expect((await hub.api('GET', '/services/web', undefined, user)).status).toBe(403)
    expect((await hub.api('GET', '/services', undefined, user)).status).toBe(403)
    expect((await hub.api('GET', '/services/unknown')).status).toBe(404)
  })
})

describe('configured services', () => {
  test('have no role, and need no token', async () => {
    const { read } = hub.foundation.database
    const link = await stored('link')
    expect(await tokenStore.listOf(read, { serviceId: link?.id ?? 0 })).toEqual([])
    const whoami = await hub.api('GET', '/user', undefined, 'web-token-0123456789')
    expect(whoami.json()).toEqual({
      kind: 'service',
      name: 'web',
      admin: false,
      session_id: null,
      token_id: expect.stringMatching(/^a\d+$/) as string,
      scopes: [],
    })
  })

  test('are told who they are from memory', async () => {
    const ask = () => hub.api('GET', '/user', undefined, 'web-token-0123456789')
    await ask()
    const statements = vi.spyOn(hub.foundation.database.read, 'all')
    try {
      expect((await ask()).status).toBe(200)
      expect(statements).not.toHaveBeenCalled()
    } finally {
      statements.mockRestore()
    }
  })

  test('may ask visitors for what they are allowed, by scopes or by roles, and for entering', async () => {
    const { read } = hub.foundation.database
    expect((await clientStore.findByIdentifier(read, 'service-web'))?.allowedScopes).toEqual([
      'access:services!service=web',
    ])
    expect((await clientStore.findByIdentifier(read, 'service-roled'))?.allowedScopes).toEqual([
      'self',
      'access:services!service=roled',
    ])
    expect(await clientStore.findByIdentifier(read, 'service-link')).toBeUndefined()
  })

  test('stand behind the proxy with their whole path', async () => {
    await hub.browser().get(`${hub.proxyOrigin}/services/web/foo?bar=1`)
    expect(target.requests).toContain('GET /services/web/foo?bar=1')
    const routes = (await hub.api('GET', '/proxy')).json()
    expect(routes).toMatchObject({
      '/services/web/': { routespec: '/services/web/', target: target.url, data: { service: 'web' } },
    })
  })

  test('cannot be removed over the API', async () => {
    const reply = await hub.api('DELETE', '/services/web')
    expect([reply.status, messageOf(reply)]).toEqual([405, 'Service web is not modifiable at runtime'])
  })

  test('are linked for those who may enter', async () => {
    await hub.role('entering', ['access:services!service=link', 'self'])
    await hub.user('visitor', ['entering'])
    const page = await (await hub.loggedIn('visitor')).get('/hub/token')
    expect(page.text).toContain('href="/services/link/"')
    expect(page.text).not.toContain('href="/services/web/"')
  })
})

describe('adding one over the API', () => {
  const spec = () => ({ url: target.url, api_token: 'added-token-0123456789', info: { made: 'now' } })

  test('gives it a route, a token and an OAuth client', async () => {
    const reply = await hub.api('POST', '/services/added', spec())
    expect(reply.status).toBe(201)
    expect(reply.json()).toEqual({
      ...webModel,
      name: 'added',
      info: { made: 'now' },
      url: target.url,
      prefix: '/services/added/',
    })
    expect((await hub.api('GET', '/user', undefined, 'added-token-0123456789')).json()).toMatchObject({ name: 'added' })
    expect(await clientStore.findByIdentifier(hub.foundation.database.read, 'service-added')).toMatchObject({
      redirectUri: '/services/added/oauth_callback',
      allowedScopes: ['access:services!service=added'],
    })
    await waitFor(async () => '/services/added/' in (await hub.api('GET', '/proxy')).json<object>())
  })

  test('is a conflict when there is one, configured or not', async () => {
    await hub.api('POST', '/services/twice', { display: false })
    expect((await hub.api('POST', '/services/twice', { display: false })).status).toBe(409)
    expect((await hub.api('POST', '/services/web', { display: false })).status).toBe(409)
  })

  test.each([
    ['nothing', ''],
    ['an empty object', {}],
    ['a list', [1]],
    ['an unknown field', { colour: 'red' }],
    ['a wrong type', { admin: 'yes' }],
    ['a short token', { api_token: 'short' }],
    ['another scheme', { url: 'ftp://host' }],
    ['a client id of another kind', { oauth_client_id: 'mine', oauth_redirect_uri: '/x' }],
    ['OAuth without a way back', { oauth_client_id: 'service-bad' }],
    ['a scope that there is not', { oauth_client_allowed_scopes: ['no:such'] }],
    ['a token that somebody has', { api_token: 'web-token-0123456789' }],
  ])('from %s is refused', async (_, body) => {
    const reply = await hub.api('POST', '/services/bad', body)
    expect(reply.status).toBe(400)
    expect(await stored('bad')).toBeUndefined()
    expect(await clientStore.findByIdentifier(hub.foundation.database.read, 'service-bad')).toBeUndefined()
  })

  test('with a command is for the configuration', async () => {
    const reply = await hub.api('POST', '/services/bad', { command: ['sleep', '1'] })
    expect(reply.status).toBe(400)
    expect(messageOf(reply)).toContain('Can not create managed service')
  })

  test.each([[{ admin: true }], [{ oauth_client_allowed_scopes: ['admin:users'] }]])(
    'gives no power that one does not have: %j',
    async (power) => {
      const token = await hub.userWith(`adder-${Object.keys(power).join()}`, ['admin:services'])
      const reply = await hub.api('POST', '/services/mighty', { ...spec(), ...power }, token)
      expect(reply.status).toBe(400)
      expect(messageOf(reply)).toContain('Not assigning requested scopes')
      expect(await stored('mighty')).toBeUndefined()
    },
  )

  test('as an administrator one can make another', async () => {
    const token = 'mighty-token-0123456789'
    expect((await hub.api('POST', '/services/mighty', { api_token: token, admin: true })).status).toBe(201)
    expect((await hub.api('GET', '/users', undefined, token)).status).toBe(200)
    expect((await hub.api('GET', '/services/mighty')).json()).toMatchObject({ admin: true, roles: ['admin'] })
  })

  test('that does not answer is no reason to refuse it', async () => {
    const reply = await hub.api('POST', '/services/silent', { url: 'http://127.0.0.1:1' })
    expect(reply.status).toBe(201)
  })

  test('is undone with all that came with it', async () => {
    const token = 'fleeting-token-0123456789'
    await hub.api('POST', '/services/fleeting', { url: target.url, api_token: token })
    const id = (await stored('fleeting'))?.id ?? 0
    await waitFor(async () => '/services/fleeting/' in (await hub.api('GET', '/proxy')).json<object>())
    const reply = await hub.api('DELETE', '/services/fleeting')
    expect([reply.status, reply.text]).toEqual([200, ''])
    const { read } = hub.foundation.database
    expect(await stored('fleeting')).toBeUndefined()
    expect(await tokenStore.listOf(read, { serviceId: id })).toEqual([])
    expect(await clientStore.findByIdentifier(read, 'service-fleeting')).toBeUndefined()
    expect((await hub.api('GET', '/user', undefined, token)).status).toBe(403)
    await waitFor(async () => !('/services/fleeting/' in (await hub.api('GET', '/proxy')).json<object>()))
    expect((await hub.api('DELETE', '/services/fleeting')).status).toBe(404)
  })

  test('needs admin:services', async () => {
    const token = await hub.userWith('reader', ['read:services', 'list:services'])
    expect((await hub.api('POST', '/services/x', { display: true }, token)).status).toBe(403)
    expect((await hub.api('DELETE', '/services/added', undefined, token)).status).toBe(403)
  })
})

test('services that were added are there after a restart; those no longer configured are not', async () => {
  const before = await startHubInProcess({ config: { JupyterHub: { services: [{ name: 'old' }] } } })
  await before.api('POST', '/services/lasting', { url: target.url, api_token: 'lasting-token-0123456789' })
  await before.stop()
  await using after = await startHubInProcess({ after: before })
  expect((await after.api('GET', '/user', undefined, 'lasting-token-0123456789')).json()).toMatchObject({
    name: 'lasting',
  })
  expect((await after.api('GET', '/services/lasting')).json()).toMatchObject({ url: target.url })
  expect((await after.api('GET', '/services/old')).status).toBe(404)
  expect((await after.api('GET', '/proxy')).json()).toHaveProperty('/services/lasting/')
  expect((await after.api('DELETE', '/services/lasting')).status).toBe(200)
})

test('a service that was added keeps its name against the configuration', async () => {
  const before = await startHubInProcess()
  await before.api('POST', '/services/mine', { info: { by: 'api' } })
  await before.stop()
  await using after = await startHubInProcess({
    after: before,
    config: { JupyterHub: { services: [{ name: 'mine', info: { by: 'file' } }] } },
  })
  expect((await after.api('GET', '/services/mine')).json()).toMatchObject({ info: { by: 'api' } })
  expect(after.log.some(({ level, event }) => level === 'error' && event.includes('configured one is ignored'))).toBe(
    true,
  )
})

test('a role that a service names must exist', async () => {
  const services = [{ name: 'x', url: 'http://127.0.0.1:1', api_token: 'x-token-0123456789', oauth_roles: ['nobody'] }]
  await expect(startHubInProcess({ config: { JupyterHub: { services } } })).rejects.toThrow('no role nobody')
})

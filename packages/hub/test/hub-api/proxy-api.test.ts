import { startProxyProcess, freePort, waitFor } from '@hub/testkit'
import { ProxyApiClient } from '@hub/api/proxy-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
beforeAll(async () => {
  hub = await startHubInProcess({
    config: {
      ConfigurableHTTPProxy: { auth_token: 'proxy-token-0123456789' },
      Proxy: { extra_routes: { '/extra/': 'http://127.0.0.1:9' } },
      JupyterHub: { services: [{ name: 'web', url: 'http://127.0.0.1:8' }] },
    },
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const client = () => new ProxyApiClient({ apiUrl: hub.proxyApiUrl, authToken: 'proxy-token-0123456789' })

describe('the routing table', () => {
  test('says what each of the hub’s routes is for, and keeps others to itself', async () => {
    await hub.user('ada')
    expect((await hub.api('POST', '/users/ada/server')).status).toBe(201)
    await client().addRoute('/foreign/', 'http://127.0.0.1:7')
    const reply = await hub.api('GET', '/proxy')
    expect(reply.status).toBe(200)
    expect(reply.json()).toEqual({
      '/': { routespec: '/', target: hub.origin, data: expect.objectContaining({ hub: true }) as object },
      '/extra/': {
        routespec: '/extra/',
        target: 'http://127.0.0.1:9',
        data: expect.objectContaining({ extra: true }) as object,
      },
      '/services/web/': {
        routespec: '/services/web/',
        target: 'http://127.0.0.1:8',
        data: expect.objectContaining({ service: 'web' }) as object,
      },
      '/user/ada/': {
        routespec: '/user/ada/',
        target: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
        data: expect.objectContaining({ user: 'ada', server_name: '' }) as object,
      },
    })
  })

  test('comes in pages, sorted by specification', async () => {
    const page = await hub.browser().get('/hub/api/proxy?offset=1&limit=1', {
      headers: { authorization: `token ${hub.adminToken}`, accept: 'application/jupyterhub-pagination+json' },
    })
    expect(page.json()).toMatchObject({
      items: { '/extra/': { routespec: '/extra/' } },
      _pagination: { offset: 1, limit: 1, total: 4, next: { offset: 2, limit: 1 } },
    })
  })

  test('is mended on demand', async () => {
    await client().deleteRoute('/services/web/')
    await client().addRoute('/user/ghost/', 'http://127.0.0.1:7', { jupyterhub: true, user: 'ghost', server_name: '' })
    const reply = await hub.api('POST', '/proxy')
    expect([reply.status, reply.text]).toEqual([200, ''])
    const specs = [...(await client().getRoutes()).keys()].sort()
    expect(specs).toEqual(['/', '/extra/', '/foreign/', '/services/web/', '/user/ada/'])
  })

  test('is for those with the scope proxy', async () => {
    const token = await hub.userWith('reader', ['self', 'read:hub'])
    for (const method of ['GET', 'POST']) expect((await hub.api(method, '/proxy', undefined, token)).status).toBe(403)
    expect((await hub.api('PATCH', '/proxy', {}, token)).status).toBe(403)
  })
})

describe('a proxy that has moved', () => {
  test.each(['', '7', '[1]', 'text', '{"api_url": 5}', '{"api_url": "ftp://host"}', '{"api_url": ""}'])(
    'is not announced by %s',
    async (body) => {
      expect((await hub.api('PATCH', '/proxy', body)).status).toBe(400)
      expect((await hub.api('GET', '/proxy')).status).toBe(200)
    },
  )

  test('is given all routes', async () => {
    const apiPort = await freePort()
    await using moved = await startProxyProcess({ port: await freePort(), apiPort, token: 'another-token-0123456789' })
    const there = new ProxyApiClient({
      apiUrl: `http://127.0.0.1:${apiPort}`,
      authToken: 'another-token-0123456789',
    })
    const reply = await hub.api('PATCH', '/proxy', {
      api_url: `http://127.0.0.1:${apiPort}/`,
      auth_token: 'another-token-0123456789',
    })
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect([...(await there.getRoutes()).keys()].sort()).toEqual(['/', '/extra/', '/services/web/', '/user/ada/'])
    await hub.api('DELETE', '/users/ada/server')
    await waitFor(async () => !(await there.getRoutes()).has('/user/ada/'))
    there.close()
    expect(moved).toBeDefined()
  })
})

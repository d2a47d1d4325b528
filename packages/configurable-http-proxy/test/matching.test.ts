import { describe, expect, test } from 'vitest'
import { raw, startProxy, startTarget } from './support.js'

test.each([
  ['/user/foo', 'foo'],
  ['/user/foo/', 'foo'],
  ['/user/foo/x?y', 'foo'],
  ['/user/foo/deep', 'deep'],
  ['/user/foo/deep/er', 'deep'],
  ['/user/foobar', 'user'],
  ['/user%2Ffoo/x', 'foo'],
  ['/user//foo', 'user'],
  ['//user/foo/x', 'foo'],
  ['/user/%E7%A7%80/x', 'unicode'],
  ['/other', 'root'],
  ['/constructor', 'root'],
  ['/user/__proto__/x', 'user'],
  ['/toString', 'root'],
  ['/a/../user/foo', 'foo'],
  ['http://elsewhere/user/foo', 'foo'],
  ['/user/foo?bad=%zz', 'foo'],
  ['/User/foo', 'root'],
])('%s goes to %s', async (path, name) => {
  await using proxy = await startProxy()
  await using target = await startTarget('x', (request, response) =>
    response.end(String(request.headers['x-base'] ?? request.url)),
  )
  const routes = { root: '/', user: '/user', foo: '/user/foo', deep: '/user/foo/deep', unicode: '/user/%E7%A7%80' }
  for (const [each, route] of Object.entries(routes)) await proxy.route(route, { target: `${target.url}/${each}` })
  expect((await proxy.get(path)).body.split('/')[1]).toBe(name)
})

test('removing a route uncovers the shorter one and leaves longer ones', async () => {
  await using proxy = await startProxy()
  await using a = await startTarget('a')
  await using b = await startTarget('b')
  await using c = await startTarget('c')
  await proxy.route('/', { target: a.url })
  await proxy.route('/x', { target: b.url })
  await proxy.route('/x/y', { target: c.url })
  await proxy.callApi('DELETE', '/api/routes/x')
  expect((await proxy.get('/x')).body).toBe('a')
  expect((await proxy.get('/x/y')).body).toBe('c')
})

test('no route is 404, a malformed path 500, a target that is no URL 500', async () => {
  await using proxy = await startProxy()
  expect(await proxy.get('/')).toMatchObject({ status: 404, body: expect.stringContaining('404:') })
  for (const path of ['/%', '/a/%zz']) expect((await proxy.get(path)).status).toBe(500)
  for (const target of ['not a url', 'ftp://x', 'ws://x', 'https+unix://%2Fx']) {
    expect((await proxy.route('/bad', { target })).status).toBe(201)
    expect((await proxy.get('/bad')).status).toBe(500)
  }
})

test('the health check answers exactly its path, with every method, and as a WebSocket it is routed', async () => {
  await using proxy = await startProxy({ hostRouting: true })
  for (const method of ['GET', 'POST', 'DELETE']) {
    const answer = await proxy.get('/_chp_healthz', { method })
    expect(answer).toMatchObject({ status: 200, body: '{"status":"OK"}' })
    expect(answer.headers['content-type']).toBe('application/json')
  }
  expect((await proxy.get('/_chp_healthz?x')).status).toBe(404)
})

describe('host routing', () => {
  test('chooses by host first, without port, case or final dot; the root is for all', async () => {
    await using proxy = await startProxy({ hostRouting: true })
    await using a = await startTarget('a')
    await using b = await startTarget('b')
    await using v6 = await startTarget('v6')
    await proxy.route('/', { target: a.url })
    await proxy.route('/Example.com/user/x', { target: b.url })
    await proxy.route('/%5B::1%5D', { target: v6.url })
    const at = async (host: string, path: string): Promise<string> =>
      (await proxy.get(path, { headers: { host } })).body
    expect(await at('example.com', '/user/x/y')).toBe('b')
    expect(await at('EXAMPLE.com:8000', '/user/x')).toBe('b')
    expect(await at('example.com.', '/user/x')).toBe('b')
    expect(await at('example.com', '/user/xy')).toBe('a')
    expect(await at('other.com', '/user/x')).toBe('a')
    expect(await at('[::1]:80', '/user/x')).toBe('v6')
    expect(Object.keys(await proxy.table())).toContain('/Example.com/user/x')
    expect((await proxy.callApi('DELETE', '/api/routes/Example.com/user/x')).status).toBe(204)
    expect(await at('example.com', '/user/x')).toBe('a')
  })
})

describe('the path that is sent', () => {
  async function sent(
    options: object,
    route: string,
    targetPath: string,
    path: string,
    headers = {},
  ): Promise<string | undefined> {
    await using proxy = await startProxy(options)
    await using target = await startTarget()
    await proxy.route(route, { target: target.url + targetPath })
    await proxy.get(path, { headers })
    return target.seen[0]?.url
  }
  test.each([
    [{}, '/foo', '/foo', '/foo/x', '/foo/foo/x'],
    [{}, '/', '/base/', '/q', '/base/q'],
    [{}, '/', '/base?t=1', '/q?a=1', '/base/q?t=1&a=1'],
    [{ prependPath: false }, '/foo', '/bar?t=1', '/foo/x?a', '/foo/x?a'],
    [{ includePrefix: false }, '/foo', '/bar', '/foo/x', '/bar/x'],
    [{ includePrefix: false }, '/foo', '', '/foo', '/'],
    [{ includePrefix: false }, '/user/%E7%A7%80', '', '/user/%E7%A7%80/x%20y', '/x%20y'],
    [{ includePrefix: false }, '/a%40b', '', '/a%40b/x', '/x'],
    [{ includePrefix: false }, '/foo', '', '//foo/x', '/x'],
    [{ includePrefix: false, prependPath: false }, '/foo', '/bar', '/foo/x', '/x'],
  ])('%o: route %s to %s, asked %s: %s', async (options, route, targetPath, path, expected) => {
    expect(await sent(options, route, targetPath, path)).toBe(expected)
  })
  test('with host routing only the path of the prefix is cut off', async () => {
    expect(await sent({ includePrefix: false, hostRouting: true }, '/h.org/foo', '', '/foo/x', { host: 'h.org' })).toBe(
      '/x',
    )
  })
})

test('an ambiguous request is refused with 400, and what is pipelined behind it goes nowhere', async () => {
  await using proxy = await startProxy()
  await using target = await startTarget()
  await proxy.route('/', { target: target.url })
  const { text } = await raw(
    proxy.at,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  expect(text).toMatch(/^HTTP\/1.1 400/)
  expect(target.seen).toEqual([])
})

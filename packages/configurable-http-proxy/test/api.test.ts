import { describe, expect, test } from 'vitest'
import { ask, raw, startProxy, until } from './support.js'

describe('the token', () => {
  test.each([
    ['token secret', 200],
    ['x token   secret more', 200],
    ['Bearer secret', 403],
    ['Token secret', 403],
    ['token secreT', 403],
    ['token', 403],
    ['token secret2', 403],
    ['', 403],
  ])('Authorization "%s" is answered %i', async (authorization, status) => {
    await using proxy = await startProxy({ authToken: 'secret' })
    const answer = await ask(proxy.api, '/api/routes', { headers: { authorization } })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.body).toBe('')
  })

  test('is asked for before anything of the request is judged', async () => {
    await using proxy = await startProxy({ authToken: 'secret' })
    for (const [method, path] of [
      ['POST', '/api/routes/a'],
      ['DELETE', '/api/routes/a'],
      ['GET', '/api/routes/%'],
    ] as const) {
      expect((await ask(proxy.api, path, { method, body: method === 'POST' ? 'no json' : '' })).status).toBe(403)
    }
    expect(await proxy.table()).toEqual({})
  })

  test('is not needed for what is no route, nor for methods there are not', async () => {
    await using proxy = await startProxy({ authToken: 'secret' })
    for (const path of ['/', '/api', '/api/', '/api/routesx', '/x']) {
      expect(await ask(proxy.api, path)).toMatchObject({ status: 404, body: 'Not Found' })
    }
    for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
      expect(await ask(proxy.api, '/api/routes/a', { method })).toMatchObject({
        status: 405,
        body: 'Method not supported',
      })
    }
    expect((await ask(proxy.api, '/api/routes', { method: 'HEAD' })).status).toBe(405)
  })

  test('empty: the API is open', async () => {
    await using proxy = await startProxy()
    expect((await ask(proxy.api, '/api/routes')).status).toBe(200)
  })
})

describe('routes', () => {
  test('are added, shown, replaced as a whole, and deleted', async () => {
    await using proxy = await startProxy({ authToken: 't' })
    expect(await proxy.route('/user/ada', { target: 'http://a', user: 'ada', jupyterhub: true })).toMatchObject({
      status: 201,
      body: '',
    })
    const shown = await proxy.callApi('GET', '/api/routes/user/ada')
    expect(shown.status).toBe(200)
    expect(shown.headers['content-type']).toBe('application/json')
    expect(shown.json()).toEqual({
      target: 'http://a',
      user: 'ada',
      jupyterhub: true,
      last_activity: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    await proxy.route('/user/ada', { target: 'http://b' })
    expect(Object.keys((await proxy.callApi('GET', '/api/routes/user/ada')).json() as object).sort()).toEqual([
      'last_activity',
      'target',
    ])
    expect(await proxy.callApi('DELETE', '/api/routes/user/ada')).toMatchObject({ status: 204, body: '' })
    expect(await proxy.callApi('DELETE', '/api/routes/user/ada')).toMatchObject({ status: 404, body: '' })
    expect(await proxy.callApi('GET', '/api/routes/user/ada')).toMatchObject({ status: 404, body: '' })
  })

  test('a posted last_activity does not count', async () => {
    await using proxy = await startProxy()
    await proxy.route('/a', { target: 'http://a', last_activity: '2001-01-01T00:00:00.000Z' })
    expect((await proxy.table())['/a']?.last_activity).not.toMatch(/^2001/)
  })

  test.each([
    ['', '/'],
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a'],
    ['/a//', '/a'],
    ['/a//b', '/a//b'],
    ['/user/%E7%A7%80', '/user/秀'],
    ['/a%2Fb', '/a/b'],
    ['/a%252Fb', '/a%2Fb'],
    ['/%3F%23%20', '/?# '],
    ['/user/a%40b.c', '/user/a@b.c'],
    ['/Case', '/Case'],
    ['/a/../b', '/b'],
    ['/__proto__', '/__proto__'],
  ])('posted to "%s" the route is called %s', async (path, key) => {
    await using proxy = await startProxy()
    expect((await proxy.route(path, { target: 'http://x' })).status).toBe(201)
    expect(Object.keys(await proxy.table())).toEqual([key])
    if (key !== '/')
      expect((await proxy.callApi('GET', `/api/routes${path}`)).json()).toMatchObject({ target: 'http://x' })
    expect((await proxy.callApi('DELETE', `/api/routes${path}`)).status).toBe(204)
  })

  test('DELETE of /api/routes without a slash deletes the root, and answers', async () => {
    await using proxy = await startProxy({ defaultTarget: 'http://d' })
    expect(Object.keys(await proxy.table())).toEqual(['/'])
    expect((await proxy.callApi('DELETE', '/api/routes')).status).toBe(204)
    expect((await proxy.callApi('DELETE', '/api/routes')).status).toBe(404)
  })

  test('with host routing the host is noted', async () => {
    await using proxy = await startProxy({ hostRouting: true })
    await proxy.route('/example.com/user/x', { target: 'http://a' })
    await proxy.route('/', { target: 'http://a' })
    const table = await proxy.table()
    expect(table['/example.com/user/x']).toMatchObject({ host: 'example.com' })
    expect(table['/']).not.toHaveProperty('host')
  })

  test.each([
    ['', /^Body not valid JSON: /],
    ['{', /^Body not valid JSON: /],
    ['[]', /^Must specify 'target' as string$/],
    ['null', /^Must specify 'target' as string$/],
    ['"x"', /^Must specify 'target' as string$/],
    ['{"target": 1}', /^Must specify 'target' as string$/],
  ])('the body %s is refused', async (body, message) => {
    await using proxy = await startProxy()
    const answer = await proxy.callApi('POST', '/api/routes/a', { body })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(message)
  })

  test('characters cut between two packets arrive whole', async () => {
    await using proxy = await startProxy()
    const body = Buffer.from(JSON.stringify({ target: 'http://a', name: '秀' }))
    const cut = body.indexOf(Buffer.from('秀')) + 1
    const { socket } = await raw(
      proxy.api,
      `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
      '100 Continue',
    )
    socket.setNoDelay(true)
    await new Promise<void>((resolve) => void socket.write(body.subarray(0, cut), () => resolve()))
    await new Promise((resolve) => setTimeout(resolve, 30))
    socket.write(body.subarray(cut))
    await until('the route', async () => '/a' in (await proxy.table()))
    expect((await proxy.table())['/a']).toMatchObject({ name: '秀' })
    socket.destroy()
  })

  test('a body without bounds is refused', async () => {
    await using proxy = await startProxy()
    const { text } = await raw(
      proxy.api,
      `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000\r\n\r\n${'x'.repeat(1_100_000)}`,
    )
    expect(text).toMatch(/^HTTP\/1.1 413/)
  })

  test('data that could not be listed again is refused, and the table stays as it was', async () => {
    await using proxy = await startProxy()
    const nested = (levels: number) => `{"target":"http://a","x":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(await proxy.callApi('POST', '/api/routes/deep', { body: nested(100_000) })).toMatchObject({
      status: 400,
      body: 'The data of a route may be nested 100 levels deep at most.',
    })
    expect((await proxy.callApi('POST', '/api/routes/deep', { body: nested(101) })).status).toBe(400)
    expect((await proxy.callApi('POST', '/api/routes/a', { body: nested(99) })).status).toBe(201)
    expect(Object.keys(await proxy.table())).toEqual(['/a'])
  })

  test.each([
    ['two hosts', 'GET /api/routes HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a coding that is not chunked', 'POST /api/routes/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['HTTP/2 in its first line', 'GET /api/routes HTTP/2.0\r\nHost: a\r\n\r\n'],
  ])('a request with two readings (%s) is refused', async (_what, text) => {
    await using proxy = await startProxy()
    expect((await raw(proxy.api, text)).text).toMatch(/^HTTP\/1.1 400/)
  })

  test('a malformed escape is answered 400', async () => {
    await using proxy = await startProxy()
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(
        (await proxy.callApi(method, '/api/routes/%', { body: method === 'POST' ? '{"target":"http://a"}' : '' }))
          .status,
      ).toBe(400)
    }
  })

  test('inactiveSince and inactive_since leave out what was active since', async () => {
    await using proxy = await startProxy()
    await proxy.route('/a', { target: 'http://a' })
    const keys = async (query: string): Promise<string[]> =>
      Object.keys((await proxy.callApi('GET', `/api/routes${query}`)).json() as object)
    expect(await keys('?inactive_since=2001-01-01T00:00:00Z')).toEqual([])
    expect(await keys('?inactiveSince=2101-01-01T00:00:00Z')).toEqual(['/a'])
    expect(await keys('/?inactive_since=2101-01-01T00:00:00%2B00:00')).toEqual(['/a'])
    expect(await keys('?inactive_since=')).toEqual(['/a'])
    expect(await keys('?inactiveSince=2001-01-01&inactive_since=2101-01-01')).toEqual([])
    expect(await proxy.callApi('GET', '/api/routes?inactive_since=nonsense')).toMatchObject({
      status: 400,
      body: "Invalid datestamp 'nonsense' must be ISO8601.",
    })
    // One route is shown whatever the filter says.
    expect((await proxy.callApi('GET', '/api/routes/a?inactive_since=2001-01-01')).status).toBe(200)
  })

  test('any Host header is fine', async () => {
    await using proxy = await startProxy()
    expect((await ask(proxy.api, '/api/routes', { headers: { host: '%2Frun%2Fapi.sock' } })).status).toBe(200)
  })
})

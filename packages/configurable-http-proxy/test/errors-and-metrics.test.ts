import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ask, handshake, raw, startProxy, startTarget, temporaryFolder } from './support.js'

const down = 'http://127.0.0.1:9'

describe('pages of errors', () => {
  test('built in', async () => {
    await using proxy = await startProxy()
    await proxy.route('/down', { target: down })
    for (const [path, status] of [
      ['/', 404],
      ['/down', 503],
    ] as const) {
      const answer = await proxy.get(path)
      expect(answer.status).toBe(status)
      expect(answer.headers['content-type']).toBe('text/html')
      expect(answer.body).toContain(`${status}:`)
    }
    expect((await proxy.get('/%')).body).toContain('<html')
  })

  test('from a folder, read anew each time; without one for it the plain status', async () => {
    using folder = temporaryFolder()
    await using proxy = await startProxy({ errorPath: folder.path })
    const plain = await proxy.get('/')
    expect(plain).toMatchObject({ status: 404, body: 'Not Found' })
    expect(plain.headers).not.toHaveProperty('content-type')
    writeFileSync(folder.at('error.html'), 'general')
    expect((await proxy.get('/')).body).toBe('general')
    writeFileSync(folder.at('404.html'), 'special')
    expect((await proxy.get('/')).body).toBe('special')
    expect((await proxy.get('/%')).body).toBe('general')
  })

  test('from a target: asked by GET with code and address only, its body and type go out with the own code', async () => {
    const zipped = gzipSync('page')
    await using errors = await startTarget('x', (_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-encoding': 'gzip',
          'x-more': '1',
          'set-cookie': 'a=1',
        })
        .end(zipped),
    )
    await using proxy = await startProxy({ errorTarget: `${errors.url}/hub/error` })
    await proxy.route('/user/x', { target: down })
    const answer = await proxy.get('/user/x?a=1', {
      method: 'POST',
      body: 'x',
      headers: { cookie: 'secret', authorization: 'token x' },
    })
    expect(answer.status).toBe(503)
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip' })
    expect(answer.headers).not.toHaveProperty('x-more')
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(errors.seen).toHaveLength(1)
    expect(errors.seen[0]).toMatchObject({ method: 'GET', url: '/hub/error/503?url=%2Fuser%2Fx%3Fa%3D1' })
    expect(errors.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(errors.seen[0]?.headers).not.toHaveProperty('authorization')
    expect((await proxy.get('/none', { method: 'HEAD' })).body).toBe('')
  })

  test.each([
    ['is down', undefined],
    ['stalls before its answer', ''],
    ['stalls in its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['dies in its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf!'],
  ])('from a target that %s: the built-in page, soon', async (_what, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => (answer?.endsWith('!') ? socket.end(answer) : socket.write(answer ?? '')))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    if (answer === undefined) await new Promise((resolve) => server.close(resolve))
    await using proxy = await startProxy({ errorTarget: `http://127.0.0.1:${port}` })
    const started = Date.now()
    expect(await proxy.get('/')).toMatchObject({ status: 404, body: expect.stringContaining('404:') })
    expect(Date.now() - started).toBeLessThan(12_000)
    if (answer !== undefined) await new Promise((resolve) => server.close(resolve))
  })
})

describe('metrics', () => {
  test('names and what they count', async () => {
    const place = { host: '127.0.0.1', port: 0 }
    await using proxy = await startProxy({ metrics: place, authToken: 't' })
    await using target = await startTarget()
    await proxy.route('/a', { target: target.url })
    await proxy.get('/a')
    await proxy.get('/none')
    await proxy.get('/_chp_healthz')
    await proxy.table()
    await proxy.callApi('GET', '/api/routes/a')
    await proxy.callApi('DELETE', '/api/routes/none')
    const { socket } = await raw(proxy.at, handshake('/a'), '101')
    socket.destroy()
    await raw(proxy.at, handshake('/none'))
    const at = proxy.proxy.addresses.metrics ?? ''
    const { status, headers, body } = await ask(at, '/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/)
    const value = (name: string): number =>
      Number(
        body
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      )
    expect(value('api_route_add')).toBe(1)
    expect(value('api_route_get')).toBe(1)
    expect(value('api_route_delete')).toBe(1)
    expect(value('requests_web')).toBe(2)
    expect(value('requests_ws')).toBe(2)
    expect(value('requests_proxy{status="200"}')).toBe(1)
    expect(value('requests_proxy{status="404"}')).toBe(2)
    expect(body).not.toContain('requests_proxy{status="101"}')
    expect(value('requests_api{status="201"}')).toBe(1)
    expect(value('find_target_for_req_count')).toBe(4)
    expect(value('last_activity_updating_count')).toBe(1)
    for (const quantile of ['0.01', '0.05', '0.5', '0.9', '0.95', '0.99', '0.999'])
      expect(body).toContain(`find_target_for_req{quantile="${quantile}"}`)
    expect(body).toMatch(/^process_cpu_seconds_total /m)
    expect(body).toMatch(/^nodejs_heap_size_total_bytes /m)
    for (const path of ['/', '/metrics?x', '/metrics/'])
      expect(await ask(at, path)).toMatchObject({ status: 404, body: 'Not Found' })
  })
})

describe('unix sockets', () => {
  test('for proxy, API, metrics and targets; the files go with the proxy', async () => {
    using folder = temporaryFolder()
    await using target = await startTarget()
    const proxy = await startProxy({
      listen: { socket: folder.at('p') },
      api: { socket: folder.at('a') },
      metrics: { socket: folder.at('m') },
    })
    const at = (name: string, path: string, more = {}) => ask('', path, { socketPath: folder.at(name), ...more })
    expect(
      (await at('a', '/api/routes/x', { method: 'POST', body: JSON.stringify({ target: target.url }) })).status,
    ).toBe(201)
    expect((await at('p', '/x', { headers: { 'x-forwarded-for': '1.2.3.4' } })).body).toBe('target')
    expect(target.seen[0]?.headers['x-forwarded-for']).toBe('1.2.3.4')
    expect((await at('p', '/x')).body).toBe('target')
    expect(target.seen[1]?.headers).not.toHaveProperty('x-forwarded-for')
    expect((await at('m', '/metrics')).status).toBe(200)
    const other = await startProxy()
    await other.route('/x', { target: `http+unix://${encodeURIComponent(folder.at('p'))}` })
    expect((await other.get('/x')).body).toBe('target')
    await other.proxy.stop()
    await proxy.proxy.stop()
    for (const name of ['p', 'a', 'm']) expect(existsSync(folder.at(name))).toBe(false)
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { staticFiles } from '../../src/pages/index.js'

let directory: string
let server: Server
let origin: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-static-'))
  await writeFile(join(directory, 'logo.png'), 'png')
  const app = express()
  app.use('/hub', staticFiles({ logoFile: join(directory, 'logo.png') }))
  app.use(
    (_request, response) =>
      void response
        .status(404)
        .type('html')
        .send(`the hub${' '.repeat(1000)}`),
  )
  server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has one
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(directory, { recursive: true, force: true })
})

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(origin + path, { ...init, signal: AbortSignal.timeout(5000) })

/** Sends a path exactly as written; `fetch` would tidy it up. */
const rawStatus = (path: string, headers: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    httpRequest(origin, { path, headers, timeout: 5000 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })

test('a file without version is asked for again each time, and answered 304 while unchanged', async () => {
  const first = await get('/hub/static/css/base.css')
  expect(first.status).toBe(200)
  expect(first.headers.get('content-type')).toContain('text/css')
  expect(first.headers.get('cache-control')).toBe('no-cache')
  expect(first.headers.get('etag')).toBeNull()
  const modified = first.headers.get('last-modified') ?? ''
  expect(await rawStatus('/hub/static/css/base.css', { 'If-Modified-Since': modified })).toBe(304)
})

test('a file with a version is kept', async () => {
  const response = await get('/hub/static/js/page.js?v=123')
  expect(response.headers.get('cache-control')).toMatch(/max-age=31536000/)
  expect(response.headers.get('content-type')).toContain('javascript')
})

test("the modules that the hub's own scripts import carry the version they were asked for with", async () => {
  const response = await get(`/hub/static/js/page.js?v=${encodeURIComponent("1'$&")}`)
  expect(response.headers.get('content-type')).toContain('javascript')
  expect(await response.text()).toContain("from './dialogs.js?v=1%27%24%26'")
  expect(await (await get('/hub/static/js/page.js')).text()).toContain("from './dialogs.js'")
  expect((await get('/hub/static/js/no-such.js?v=1')).status).toBe(404)
  expect(await rawStatus('/hub/static/js/..%2f..%2fpackage.json?v=1')).not.toBe(200)
})

test('text is sent compressed to those who take it; the 404 page, which may hold a secret, is not', async () => {
  const css = await get('/hub/static/css/pages.css', { headers: { 'Accept-Encoding': 'gzip' } })
  expect(css.headers.get('content-encoding')).toBe('gzip')
  expect(css.headers.get('vary')).toContain('Accept-Encoding')
  expect(await css.text()).toContain('{')
  const plain = await get('/hub/static/css/pages.css', { headers: { 'Accept-Encoding': 'identity' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  const missing = await get('/hub/static/nothing', { headers: { 'Accept-Encoding': 'gzip' } })
  expect([missing.status, missing.headers.get('content-encoding')]).toEqual([404, null])
})

test('HEAD is answered, other methods are not', async () => {
  expect((await get('/hub/static/favicon.svg', { method: 'HEAD' })).status).toBe(200)
  expect((await get('/hub/static/favicon.svg', { method: 'POST' })).status).toBe(405)
})

test.each([
  '/hub/static/../src/index.ts',
  '/hub/static/..%2fpackage.json',
  '/hub/static/%2e%2e/package.json',
  '/hub/static/',
  '/hub/static/css',
  '/hub/static/nothing.css',
])('nothing but files below the directory: %s', async (path) => {
  expect([400, 403, 404]).toContain(await rawStatus(path))
})

test('a missing file falls through to the hub, without being kept', async () => {
  const response = await get('/hub/static/nothing.css?v=1')
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('the hub')
  expect(response.headers.get('cache-control')).toBeNull()
})

test("the logo is the configured file; the hub's own is an SVG", async () => {
  const own = await get('/hub/logo')
  expect(own.headers.get('content-type')).toBe('image/png')
  expect(await own.text()).toBe('png')
  await rm(join(directory, 'logo.png'))
  expect((await get('/hub/logo')).status).toBe(404)
  const stock = await get('/hub/static/images/logo.svg')
  expect(stock.headers.get('content-type')).toBe('image/svg+xml')
})

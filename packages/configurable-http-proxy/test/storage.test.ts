import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startProxy, startTarget, temporaryFolder, until } from './support.js'

/** A back end as others write them: CommonJS, dates as Date, calls written down. */
const backend = `
const routes = new Map()
const calls = []
module.exports = class Backend {
  constructor(options) { globalThis.__options = options; globalThis.__calls = calls; routes.clear(); calls.length = 0 }
  cleanPath(path) { return path.replace(/\\/+$/, '') || '/' }
  async get(path) { calls.push('get ' + path); return routes.get(path) }
  async getAll() { return Object.fromEntries(routes) }
  async getTarget(path) {
    calls.push('getTarget ' + path)
    if (path.includes('broken')) throw new Error('the database is gone')
    const prefix = [...routes.keys()].filter((key) => path === key || path.startsWith(key === '/' ? key : key + '/')).sort().pop()
    return prefix === undefined ? undefined : { prefix, data: routes.get(prefix) }
  }
  async add(path, data) { calls.push('add ' + path); routes.set(path, data) }
  async update(path, data) { calls.push('update ' + path + ' ' + (data.last_activity instanceof Date)); routes.set(path, { ...routes.get(path), ...data }) }
  async remove(path) { calls.push('remove ' + path); routes.delete(path) }
}
`

test('a storage back end keeps the routes', async () => {
  using folder = temporaryFolder()
  writeFileSync(folder.at('backend.cjs'), backend)
  await using target = await startTarget()
  await using proxy = await startProxy({ storageBackend: folder.at('backend.cjs'), authToken: 't' })
  const state = globalThis as unknown as { __options: Record<string, unknown>; __calls: string[] } // the back end above leaves them there
  expect(state.__options).toMatchObject({
    authToken: 't',
    storageBackend: folder.at('backend.cjs'),
    log: expect.anything(),
  })
  expect((await proxy.route('/user/a', { target: target.url, user: 'a' })).status).toBe(201)
  expect(state.__calls).toEqual(['add /user/a', 'update /user/a true'])
  expect(await proxy.table()).toEqual({
    '/user/a': { target: target.url, user: 'a', last_activity: expect.stringMatching(/Z$/) },
  })
  expect((await proxy.callApi('GET', '/api/routes?inactive_since=2001-01-01')).json()).toEqual({})
  state.__calls.length = 0
  expect((await proxy.get('/user/a/%20x')).body).toBe('target')
  await until('the activity', () => state.__calls.includes('update /user/a true'))
  expect(state.__calls[0]).toBe('getTarget /user/a/ x')
  expect((await proxy.get('/none')).status).toBe(404)
  expect((await proxy.get('/broken')).status).toBe(500)
  expect((await proxy.callApi('DELETE', '/api/routes/user/a')).status).toBe(204)
  expect((await proxy.callApi('DELETE', '/api/routes/user/a')).status).toBe(404)
  expect((await proxy.get('/user/a')).status).toBe(404)
})

test('a module that is missing is named', async () => {
  await expect(startProxy({ storageBackend: '/nowhere/at-all.js' })).rejects.toThrow(
    "Cannot find module '/nowhere/at-all.js'",
  )
})

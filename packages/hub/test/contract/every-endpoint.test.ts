import { hubEndpoints } from '@hub/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
beforeAll(async () => {
  hub = await startHubInProcess()
})
afterAll(() => hub[Symbol.asyncDispose]())

test('every endpoint of the contract is answered, whatever method comes with it', async () => {
  for (const { method, path } of hubEndpoints) {
    const url = path.replace(/:\w+/g, 'x')
    const options = await hub.api('OPTIONS', url, undefined, null)
    expect([`OPTIONS ${url}`, options.status]).toEqual([`OPTIONS ${url}`, 200])
    if (method === 'POST' && path === '/shutdown') continue
    const page = await hub.api(method, url, undefined, null)
    // Some are for everybody; nobody gets further than the door of the others.
    expect([200, 302, 400, 403, 404]).toContain(page.status)
    expect(page.status === 404 ? url : '').toMatch(/^$|^\/authorizations\//)
  }
})

test('the description is served to everybody, and names the path that this hub has', async () => {
  const page = await hub.api('GET', '/openapi.json', undefined, null)
  expect(page.status).toBe(200)
  expect(page.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/hub/api' }] })
})

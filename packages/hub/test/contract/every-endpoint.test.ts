import { type Endpoint, hubEndpoints, pathMatcher } from '@hub/api'
import fc from 'fast-check'
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

test('what is routed below the API is what the contracts say, no more and no less', async () => {
  const { api, pages } = hub.parts.routes
  const pairsOf = ({ method, path, alsoAt }: Endpoint): string[] =>
    [path, alsoAt].filter((each) => each !== undefined && each !== '').map((each) => `${method} ${each}`)
  const routed = [
    ...api.flatMap(({ endpoint }) => pairsOf(endpoint)),
    ...pages.flatMap(({ methods, paths }) =>
      paths
        .filter((path) => path.startsWith('/api/'))
        .flatMap((path) => methods.map((method) => `${method.toUpperCase()} ${path.slice('/api'.length)}`)),
    ),
  ].filter((pair) => !pair.startsWith('HEAD '))
  const known = hubEndpoints.flatMap(pairsOf)
  expect(known.filter((pair) => !routed.includes(pair))).toEqual([])
  // A page may say in its own way that it does not know a method.
  for (const pair of routed.filter((each) => !known.includes(each))) {
    const [method = '', path = ''] = pair.split(' ')
    expect([pair, (await hub.api(method, path)).status]).toEqual([pair, 405])
  }
})

test('nothing answers at paths that no contract has', async () => {
  const matchers = hubEndpoints.map(pathMatcher)
  const words = [...new Set(hubEndpoints.flatMap(({ path }) => path.split('/')))].filter((word) => /^[a-z]/.test(word))
  const anyPath = fc.array(fc.constantFrom(...words, 'x', '', '%2F', '__proto__', '*'), { minLength: 1, maxLength: 5 })
  for (const segments of fc.sample(anyPath, { numRuns: 300, seed: 1 })) {
    const path = `/${segments.join('/')}`
    const isKnown = path === '/' || matchers.some((match) => match(path) !== undefined)
    const page = await hub.api('OPTIONS', path, undefined, null)
    expect([path, page.status]).toEqual([path, isKnown ? 200 : 404])
  }
})

test('the description is served to everybody, and names the path that this hub has', async () => {
  const page = await hub.api('GET', '/openapi.json', undefined, null)
  expect(page.status).toBe(200)
  expect(page.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/hub/api' }] })
})

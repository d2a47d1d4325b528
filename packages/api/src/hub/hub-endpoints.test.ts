import { describe, expect, test } from 'vitest'
import { pathMatcher } from './endpoint-path.js'
import { hubEndpoints } from './hub-endpoints.js'

const pairs = hubEndpoints.flatMap(({ method, path, alsoAt }) =>
  [path, alsoAt].filter((each) => each !== undefined && each !== '').map((each) => `${method} ${each}`),
)

describe('the list of endpoints', () => {
  test('has every method and path once', () => {
    expect(new Set(pairs).size).toBe(pairs.length)
    expect(new Set(hubEndpoints.map(({ name }) => name)).size).toBe(hubEndpoints.length)
  })

  test('has the 66 of the contract that are below the API prefix, and three more spellings of old look-ups', () => {
    const ours = hubEndpoints.filter(({ tag, name }) => tag === 'panel' || name === 'getOpenApi')
    expect(pairs.length - ours.length).toBe(66 + 3)
  })

  test('says of each whom it admits', () => {
    for (const { access, scopes } of hubEndpoints) {
      if (access === 'scopes') expect(scopes).not.toEqual([])
      if (access === 'public' || access === 'caller') expect(scopes).toEqual([])
    }
  })

  test('leaves no request to two endpoints', () => {
    for (const path of pairs.map((pair) => (pair.split(' ')[1] ?? '').replace(/:\w+/g, 'x'))) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const found = hubEndpoints.filter((endpoint) => endpoint.method === method && pathMatcher(endpoint)(path))
        expect(found.length, `${method} ${path}`).toBeLessThanOrEqual(1)
      }
    }
  })
})

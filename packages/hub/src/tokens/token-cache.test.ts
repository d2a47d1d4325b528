import { describe, expect, test } from 'vitest'
import { TokenCache, type CachedToken } from './token-cache.js'

const noon = new Date('2026-03-01T12:00:00Z')
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000)

const aToken = (id: number, more: Partial<CachedToken> = {}): CachedToken => ({
  id,
  userId: 1,
  serviceId: null,
  clientId: 'jupyterhub',
  expiresAt: null,
  ...more,
})

function recorded(cache: TokenCache<CachedToken>) {
  const loaded: string[] = []
  return {
    loaded,
    resolve: (token: string, value: CachedToken | undefined, at = noon) =>
      cache.resolve(token, at, () => {
        loaded.push(token)
        return Promise.resolve(value)
      }),
  }
}

describe('the token cache', () => {
  test('asks the database once for a known token, and each time for an unknown one', async () => {
    const { resolve, loaded } = recorded(new TokenCache())
    expect(await resolve('a', aToken(1))).toEqual(aToken(1))
    expect(await resolve('a', undefined)).toEqual(aToken(1))
    expect(await resolve('x', undefined)).toBeUndefined()
    expect(await resolve('x', undefined)).toBeUndefined()
    expect(loaded).toEqual(['a', 'x', 'x'])
  })

  test('knows no token beyond its expiry, and looks any up again after its maximum age', async () => {
    const cache = new TokenCache<CachedToken>({ maxEntries: 10, maxAgeMs: 60_000 })
    const { resolve } = recorded(cache)
    await resolve('short', aToken(1, { expiresAt: later(10) }))
    await resolve('long', aToken(2))
    expect(await resolve('short', undefined, later(9))).toBeDefined()
    expect(await resolve('short', undefined, later(10))).toBeUndefined()
    expect(await resolve('long', undefined, later(60))).toBeDefined()
    expect(await resolve('long', undefined, later(61))).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  test('drops the one unused for longest when it is full', async () => {
    const { resolve } = recorded(new TokenCache({ maxEntries: 2, maxAgeMs: 60_000 }))
    await resolve('a', aToken(1))
    await resolve('b', aToken(2))
    await resolve('a', undefined)
    await resolve('c', aToken(3))
    expect(await resolve('a', undefined)).toBeDefined()
    expect(await resolve('b', undefined)).toBeUndefined()
  })

  test('forgets by token, user, service and client, and nothing else', async () => {
    const cache = new TokenCache<CachedToken>()
    const { resolve } = recorded(cache)
    await resolve('one', aToken(1))
    await resolve('two', aToken(2, { clientId: 'app' }))
    await resolve('three', aToken(3, { userId: 2 }))
    await resolve('four', aToken(4, { userId: null, serviceId: 1 }))
    const known = async () => {
      const names = ['one', 'two', 'three', 'four']
      const found = await Promise.all(names.map((name) => resolve(name, undefined)))
      return names.filter((_, index) => found[index] !== undefined)
    }
    cache.forgetToken(1)
    expect(await known()).toEqual(['two', 'three', 'four'])
    cache.forgetClient('app')
    expect(await known()).toEqual(['three', 'four'])
    cache.forgetService(1)
    expect(await known()).toEqual(['three'])
    cache.forgetUser(2)
    expect(await known()).toEqual([])
    await resolve('one', aToken(1))
    cache.clear()
    expect(cache.size).toBe(0)
  })

  test('does not keep what was looked up before a deletion and came back after it', async () => {
    const cache = new TokenCache<CachedToken>()
    let arrive: (value: CachedToken) => void = () => {}
    const slow = cache.resolve('a', noon, () => new Promise((resolve) => (arrive = resolve)))
    cache.forgetToken(1)
    arrive(aToken(1))
    await slow
    expect(cache.size).toBe(0)
  })
})

import { BaseStore as BaseStoreOfRoot, NotImplementedError } from 'configurable-http-proxy'
// @ts-expect-error -- the files in lib/ are for programs in JavaScript and have no types of their own
import { BaseStore as BaseStoreOfLib, MemoryStore as MemoryStoreOfLib } from 'configurable-http-proxy/lib/store'
// @ts-expect-error -- the same
import * as trie from 'configurable-http-proxy/lib/trie.js'
import { describe, expect, test } from 'vitest'
import { BaseStore } from '../src/library/base-store.js'
import { MemoryStore } from '../src/library/memory-store.js'

describe('MemoryStore', () => {
  const route = { target: 'http://a', version: 1 }

  test('gives back what was added, and nothing for what was not', async () => {
    const store = new MemoryStore()
    expect(await store.getAll()).toEqual({})
    await store.add('/mine', route)
    await store.add('other/', { target: 'http://b' })
    expect(await store.get('/mine/')).toEqual(route)
    expect(await store.getAll()).toEqual({ '/mine': route, '/other': { target: 'http://b' } })
    expect(await store.getTarget('/mine/below')).toEqual({ prefix: '/mine', data: route })
    for (const path of ['/none', '/constructor', '/__proto__']) {
      expect(await store.get(path)).toBeUndefined()
      expect(await store.getTarget(path)).toBeUndefined()
    }
  })

  test('adding again replaces, updating merges, also without waiting', async () => {
    const store = new MemoryStore()
    void store.add('/mine', { ...route, old: true })
    void store.add('/mine', route)
    void store.update('/mine', { version: 2 })
    void store.update('/none', { version: 2 })
    expect(await store.getAll()).toEqual({ '/mine': { target: 'http://a', version: 2 } })
  })

  test('removing gives back what was there, and minds nothing that was not', async () => {
    const store = new MemoryStore()
    await store.add('/mine', route)
    expect(await store.remove('/mine')).toEqual(route)
    expect(await store.remove('/mine/foo/bar')).toBeUndefined()
    expect(await store.get('/mine')).toBeUndefined()
  })
})

describe('BaseStore', () => {
  class Table extends BaseStore {
    override getAll() {
      return Promise.resolve({ '/a b': { target: 'http://a' } })
    }
  }

  test('finds one route in the table, with its path cleaned', async () => {
    expect(await new Table().get('a b/')).toEqual({ target: 'http://a' })
    expect(await new Table().get('/constructor')).toBeUndefined()
    expect(new Table().cleanPath('user/x/')).toBe('/user/x')
  })

  test.each(['add', 'update', 'remove', 'getTarget'] as const)('a store without `%s` is told so', (method) => {
    expect(() => new Table()[method]('/a', { target: 'http://a' })).toThrow(`no method '${method}'`)
  })
})

test('upstream’s files are there, with and without their ending', () => {
  expect(MemoryStoreOfLib.prototype).toBeInstanceOf(BaseStoreOfLib)
  expect(BaseStoreOfLib.name).toBe(BaseStoreOfRoot.name)
  expect(Object.keys(trie as object).sort()).toEqual(['URLTrie', 'stringToPath', 'trimPrefix'])
  expect(new NotImplementedError('get').code).toBe('storage_method_missing')
})

import { expect, test } from 'vitest'
import { stringToPath, trimPrefix, URLTrie } from './url-trie.js'

function sample(): URLTrie<string> {
  const trie = new URLTrie<string>()
  for (const path of ['/1', '/a/b/c/d', '/a/b/d', '/a/b/e', '/b/c', '/b/c/d']) trie.add(path, path)
  return trie
}

test('finds the longest prefix that was added, by whole parts', () => {
  const trie = sample()
  const found = (path: string) => trie.get(path)?.prefix
  expect(['/1', '/1/x/', '/a/b/c/d/e', '/b/c/d/x', '/b/c/dx'].map(found)).toEqual([
    '/1',
    '/1',
    '/a/b/c/d',
    '/b/c/d',
    '/b/c',
  ])
  expect(['/', '', '/a', '/a/b/c', '/constructor'].map(found)).toEqual(Array(5).fill(undefined))
  trie.add('/', 'root')
  expect(['/', '', '/none'].map(found)).toEqual(['/', '/', '/'])
})

test('takes any name for a part, and an empty one', () => {
  const trie = new URLTrie<number>()
  for (const [i, path] of ['/__proto__/a', '/constructor', '/a//b'].entries()) trie.add(path, i)
  expect(['/__proto__/a/x', '/constructor', '/a//b', '/a/b'].map((path) => trie.get(path)?.data)).toEqual([
    0,
    1,
    2,
    undefined,
  ])
  expect(trie.size).toBe(3)
})

test('counts its branches, and shows where they lead', () => {
  const trie = sample()
  expect(trie.size).toBe(3)
  expect(trie.branches['a']?.branches['b']).toMatchObject({ prefix: '/a/b', size: 3, data: undefined })
  expect(new URLTrie('/foo')).toMatchObject({ prefix: '/foo', size: 0, branches: {} })
})

test('forgets a path but nothing below it, and what leads nowhere then', () => {
  const trie = sample()
  trie.remove('/b/c')
  expect([trie.size, trie.get('/b/c'), trie.get('/b/c/d')?.prefix]).toEqual([3, undefined, '/b/c/d'])
  trie.remove('/b/c/d')
  expect(trie.size).toBe(2)
  trie.remove('/a/b/c/d')
  expect(trie.branches['a']?.branches['b']?.branches['c']).toBeUndefined()
  for (const nothing of ['/nothing/there', '/constructor', '/']) trie.remove(nothing)
  expect(trie.get('/1')?.data).toBe('/1')
})

test('cleans paths and cuts them into parts as upstream does', () => {
  expect(['', 'a', '/a/', '/a//', '/'].map(trimPrefix)).toEqual(['/', '/a', '/a', '/a/', '/'])
  expect(['', '/', '/a/b/', '//a//b'].map(stringToPath)).toEqual([[], [], ['a', 'b'], ['a', '', 'b']])
})

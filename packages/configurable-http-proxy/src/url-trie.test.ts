import { expect, test } from 'vitest'
import { URLTrie } from './url-trie.js'

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

test('counts its branches, and shows where they lead', () => {
  const trie = sample()
  expect(trie.size).toBe(3)
  expect(trie.branches['a']?.branches['b']).toMatchObject({ prefix: '/a/b', size: 3, data: undefined })
  expect(new URLTrie('/foo')).toMatchObject({ prefix: '/foo', size: 0, branches: {} })
})

test('forgets a path with all below it, and what leads nowhere then', () => {
  const trie = sample()
  trie.remove('/b')
  expect([trie.size, trie.get('/b/c/d')]).toEqual([2, undefined])
  trie.remove('/a/b/c/d')
  expect(trie.branches['a']?.branches['b']?.branches['c']).toBeUndefined()
  trie.remove('/nothing/there')
  trie.remove('/')
  expect(trie.get('/1')?.data).toBe('/1')
})

import { expect, test } from 'vitest'
import { mayEnter } from './access-scopes.js'

const required = ['access:servers!server=ada/', 'access:servers!user=ada']

test.each([
  [['access:servers!server=ada/'], true],
  [['access:servers!user=ada'], true],
  [['access:servers'], true],
  [['read:users', 'access:servers!user=ada'], true],
  [[], false],
  [['access:servers!server=ada/other'], false],
  [['access:servers!user=bob'], false],
  [['access:servers!user=ad'], false],
  [['access:servers!user=ada/'], false],
  [['access:servers!group=ada'], false],
  [['access:services'], false],
  [['admin:servers'], false],
  [['access:servers!'], false],
] as const)('%j may enter the default server of ada: %s', (held, may) => {
  expect(mayEnter(held, required)).toBe(may)
})

test('a user of a name with a slash does not open the servers of another', () => {
  expect(mayEnter(['access:servers!user=ada'], ['access:servers!server=ada/b/lab'])).toBe(false)
  expect(mayEnter(['access:servers!user=ada/b'], ['access:servers!server=ada/b/lab'])).toBe(true)
})

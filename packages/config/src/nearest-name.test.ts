import { expect, test } from 'vitest'
import { editDistance, nearestName } from './nearest-name.js'

test('finds the name that a typing error was meant for', () => {
  const names = ['notebook_dir', 'default_url', 'cmd', 'args', 'start_timeout']
  expect(nearestName('notebok_dir', names)).toBe('notebook_dir')
  expect(nearestName('notebookdir', names)).toBe('notebook_dir')
  expect(nearestName('start_timeuot', names)).toBe('start_timeout')
  expect(nearestName('ARGS', names)).toBe('args')
})

test('has no suggestion where nothing is near', () => {
  expect(nearestName('zzz', ['cmd', 'args'])).toBeUndefined()
  expect(nearestName('a', [])).toBeUndefined()
  expect(nearestName('x'.repeat(100_000), ['cmd'])).toBeUndefined()
})

test('counts insertions, deletions, replacements and swaps', () => {
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('abc', 'abc')).toBe(0)
  expect(editDistance('abc', 'acb')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

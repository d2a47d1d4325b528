import { expect, test } from 'vitest'
import { parsePythonLiteral } from './python-literal.js'

const READ: readonly [string, unknown][] = [
  ['None', null],
  ['null', null],
  ['True', true],
  ['false', false],
  ['12', 12],
  ['-1_000', -1000],
  ['+3', 3],
  ['0x1f', 31],
  ['0o17', 15],
  ['1.5e3', 1500],
  ['.5', 0.5],
  ["'a'", 'a'],
  ['"a\\n\\x41\\u00e9\\N"', 'a\nAé\\N'],
  ["r'a\\n'", 'a\\n'],
  ["'''a\nb'''", 'a\nb'],
  ["'a' 'b'", 'ab'],
  ["b'\\xff'", Uint8Array.from([255])],
  ['[]', []],
  ['[1, "a", [None]]', [1, 'a', [null]]],
  ['[1,]', [1]],
  ['(1)', 1],
  ['(1,)', [1]],
  ['()', []],
  ['{}', {}],
  ["{'a': 1, 'b': {'c': True},}", { a: 1, b: { c: true } }],
  ['{1: 2}', { 1: 2 }],
  ["{'a', 'b'}", new Set(['a', 'b'])],
  ['{1}', new Set([1])],
  ['set()', new Set()],
  [' [ 1 , # one\n 2 ] ', [1, 2]],
]

test.each(READ)('reads %s', (text, value) => {
  expect(parsePythonLiteral(text)).toEqual({ value })
})

const REFUSED = [
  '',
  'a',
  '[',
  '[1',
  '[,]',
  '[1 2]',
  "'a",
  "'a\n'",
  '{1: }',
  '{1: 2, 3}',
  '1 2',
  'set(1)',
  'f()',
  '1+1',
  '.',
  '--1',
  '[1]]',
  '{[1]: 2}',
]

test.each(REFUSED)('refuses %j', (text) => {
  expect(parsePythonLiteral(text)).toBeUndefined()
})

test('refuses what nests deeper than any configuration', () => {
  expect(parsePythonLiteral('['.repeat(100_000))).toBeUndefined()
})

test('a key named __proto__ is a key', () => {
  expect(Object.keys(parsePythonLiteral("{'__proto__': 1}")?.value ?? {})).toEqual(['__proto__'])
})

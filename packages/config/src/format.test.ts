import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { javascriptLiteral, jsonValue, pythonRepr, yamlFlow } from './format.js'
import { parsePythonLiteral } from './python-literal.js'
import { Secret } from './secret.js'

// Through JSON, which has no -0.
const plainValue = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)))

test('what Python reads back is what was written', () => {
  fc.assert(
    fc.property(plainValue, (value) => {
      expect(parsePythonLiteral(pythonRepr(value))).toEqual({ value })
    }),
  )
})

test('what JavaScript reads back is what was written', () => {
  fc.assert(
    fc.property(plainValue, (value) => {
      // The text is our own, and running it is what is tested.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
      expect(new Function(`return (${javascriptLiteral(value)})`)()).toEqual(value)
    }),
  )
})

test('what YAML reads back is what was written', () => {
  fc.assert(
    fc.property(plainValue, (value) => {
      expect(parse(yamlFlow(value))).toEqual(value)
    }),
  )
})

test('sets, bytes and special numbers have their own forms', () => {
  expect(pythonRepr(new Set(['a']))).toBe("{'a'}")
  expect(pythonRepr(new Set())).toBe('set()')
  expect(pythonRepr(Uint8Array.from([97, 0, 39]))).toBe("b'a\\x00\\x27'")
  expect(pythonRepr(Infinity)).toBe("float('inf')")
  expect(pythonRepr("it's")).toBe('"it\'s"')
  expect(javascriptLiteral(new Set(['a']))).toBe("new Set(['a'])")
  expect(yamlFlow(new Set(['a', 1]))).toBe('["a", 1]')
  expect(yamlFlow(Infinity)).toBe('.inf')
})

test('functions, classes, objects and secrets go by a name', () => {
  class Local {}
  const values = [() => 1, Local, new Local(), new Secret('x'), Symbol('s')]
  expect(values.map(pythonRepr)).toEqual([
    '<function without a name>',
    '<class Local>',
    '<Local object>',
    '***',
    '<symbol>',
  ])
  expect(jsonValue([Local, new Secret('x'), undefined, NaN])).toEqual(['<class Local>', '***', null, 'NaN'])
})

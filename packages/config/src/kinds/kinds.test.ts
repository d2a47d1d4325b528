import { expect, test } from 'vitest'
import { kind } from './index.js'
import { type AnyKind, KindMismatch, type ParseContext } from './kind.js'

const warnings: string[] = []
const context: ParseContext = {
  env: { HOME: '/home/hub' },
  expandTilde: true,
  homeOf: (user) => (user === 'ada' ? '/home/ada' : undefined),
  warn: (message) => void warnings.push(message),
}

function typed(of: AnyKind, ...texts: string[]): unknown {
  return of.check(of.parse(texts, context))
}

function refused(act: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(act())}`
  } catch (error) {
    if (error instanceof KindMismatch) return error.path + error.message
    throw error
  }
}

const TYPED: readonly [string, AnyKind, string[], unknown][] = [
  ['a str', kind.str, ['a b'], 'a b'],
  ['the last of several', kind.str, ['a', 'b'], 'b'],
  ['an own home', kind.str, ['~/x'], '/home/hub/x'],
  ['an own home alone', kind.str, ['~'], '/home/hub'],
  ["someone's home", kind.str, ['~ada/x'], '/home/ada/x'],
  ["no one's home", kind.str, ['~eve/x'], '~eve/x'],
  ['a tilde inside', kind.str, ['a~'], 'a~'],
  ['quotes', kind.str, ['"~/x"'], '~/x'],
  ['one quote', kind.str, ["'"], "'"],
  ['None', kind.str, ['None'], 'None'],
  ['an int', kind.int, [' +1_000 '], 1000],
  ['a negative int', kind.int, ['-5'], -5],
  ['an octal int', kind.int, ['0o660'], 432],
  ['a float', kind.float, ['1.5e-3'], 0.0015],
  ['an int as float', kind.float, ['2'], 2],
  ['infinity', kind.float, ['inf'], Infinity],
  ['1', kind.bool, ['1'], true],
  ['False', kind.bool, ['FALSE'], false],
  ['a member', kind.enumeration(['INFO', 20]), ['INFO'], 'INFO'],
  ['a number member', kind.enumeration(['INFO', 20]), ['20'], 20],
  ['a member of other case', kind.enumeration(['info'], { ignoreCase: true }), ['INFO'], 'info'],
  ['bytes', kind.bytespec, ['1.5K'], 1536],
  ['bytes in words', kind.bytespec, ['2G'], 2147483648],
  ['plain bytes', kind.bytespec, ['1024'], 1024],
  ['a prefix', kind.prefix, ['hub'], '/hub/'],
  ['a root prefix', kind.prefix, ['/'], '/'],
  ['a list', kind.list(kind.str), ['--a', '--b'], ['--a', '--b']],
  ['a list of one', kind.list(kind.str), ['a,b'], ['a,b']],
  ['a list of ints', kind.list(kind.int), ['1', '2'], [1, 2]],
  ['a list literal', kind.list(kind.str), ["['a', 'b']"], ['a', 'b']],
  ['a JSON list', kind.list(kind.str), ['["a"]'], ['a']],
  ['a broken list literal', kind.list(kind.str), ['[a'], ['[a']],
  [
    'a list of dicts',
    kind.list(kind.dict(kind.any())),
    ["[{'name': 'x', 'admin': True}]"],
    [{ name: 'x', admin: true }],
  ],
  ['one dict for a list', kind.list(kind.dict(kind.any())), ["{'name': 'x'}"], [{ name: 'x' }]],
  ['a set', kind.set(kind.str), ['a', 'b', 'a'], new Set(['a', 'b'])],
  ['a set literal', kind.set(kind.str), ["{'a', 'b'}"], new Set(['a', 'b'])],
  ['an empty set', kind.set(kind.str), ['set()'], new Set()],
  ['a dict', kind.dict(kind.str), ['A=1', 'B=x=y'], { A: '1', B: 'x=y' }],
  ['a dict of ints', kind.dict(kind.int), ['A=1'], { A: 1 }],
  ['a dict of lists', kind.dict(kind.list(kind.str)), ['A=1', 'A=2'], { A: ['1', '2'] }],
  ['a dict literal', kind.dict(kind.str), ['{"A": "1"}'], { A: '1' }],
  ['a command', kind.command, ['a b'], ['a b']],
  ['a command of words', kind.command, ['a', 'b'], ['a', 'b']],
  ['a command literal', kind.command, ["['a', 'b']"], ['a', 'b']],
  ['anything literal', kind.any(), ['[1, None]'], [1, null]],
  ['anything else', kind.any(), ['hello'], 'hello'],
  ['the first of several kinds', kind.oneOf([kind.int, kind.str]), ['5'], 5],
  ['the second of several kinds', kind.oneOf([kind.int, kind.str]), ['x'], 'x'],
]

test.each(TYPED)('the command line reads %s', (_name, of, texts, value) => {
  expect(typed(of, ...texts)).toEqual(value)
})

const REFUSED_TEXT: readonly [AnyKind, string, string][] = [
  [kind.int, 'abc', 'expected an int, for example 8000'],
  [kind.int, '1.5', 'expected an int'],
  [kind.int, '', 'expected an int'],
  [kind.int, '99999999999999999999', 'expected an int'],
  [kind.float, 'nan', 'expected a number, for example 0.5'],
  [kind.bool, 'yes', 'expected a bool: True, False, 1 or 0'],
  [kind.enumeration(['INFO', 20]), 'info', "expected one of 'INFO', 20"],
  [kind.bytespec, '1X', "expected a number of bytes, for example 1073741824 or '1G'"],
  [kind.list(kind.int), 'x', 'expected an int'],
  [kind.dict(kind.str), 'x', 'expected name=value'],
  [kind.callable(), 'x', "expected a function, or where to find one: 'hooks.mjs#name'"],
  [kind.oneOf([kind.int, kind.bool]), 'x', 'expected an int, for example 8000; or a bool'],
]

test.each(REFUSED_TEXT)('%o refuses %j on the command line', (of, text, message) => {
  expect(refused(() => typed(of, text))).toContain(message)
})

const REFUSED_VALUE: readonly [AnyKind, unknown, string][] = [
  [kind.str, 3, "expected a string, for example 'text'"],
  [kind.str, null, 'expected a string'],
  [kind.int, '3', 'expected an int'],
  [kind.int, 3.5, 'expected an int'],
  [kind.int, true, 'expected an int'],
  [kind.bool, 1, 'expected a bool: True or False'],
  [kind.enumeration(['20', 'INFO']), 20, 'expected one of'],
  [kind.bytespec, '1024', 'expected a number of bytes'],
  [kind.bytespec, -1, 'expected a number of bytes'],
  [kind.list(kind.int), [1, 'x'], '[1]expected an int'],
  [kind.list(kind.str), 'abc', 'expected a list'],
  [kind.list(kind.dict(kind.int)), [{ a: 'x' }], '[0]["a"]expected an int'],
  [kind.set(kind.str), { a: 1 }, 'expected a set (or list)'],
  [kind.dict(kind.str), ['a'], 'expected a dict'],
  [kind.command, [1], 'expected a command as a list of strings'],
  [kind.secret, 3, 'expected a string'],
  [kind.callable(), 'x', 'expected a function'],
  [kind.classRef('spawner'), {}, 'expected a spawner class, or its name'],
]

test.each(REFUSED_VALUE)('%o refuses the value %j', (of, value, message) => {
  expect(refused(() => of.check(value))).toContain(message)
})

test('containers are copied', () => {
  const given = { list: [1], set: new Set(['a']), dict: { a: [1] } }
  const list = kind.list(kind.int).check(given.list)
  const anything = kind.any<typeof given>().check(given)
  list.push(2)
  anything.dict.a.push(2)
  anything.set.add('b')
  expect(given).toEqual({ list: [1], set: new Set(['a']), dict: { a: [1] } })
})

test('a bare string is a command of one word', () => {
  expect(kind.command.check('a b')).toEqual(['a b'])
})

test('quotes and Python literals are warned of', () => {
  warnings.length = 0
  typed(kind.str, '"x"')
  typed(kind.list(kind.str), "['a']")
  typed(kind.dict(kind.str), "{'a': 'b'}")
  typed(kind.list(kind.dict(kind.any())), "[{'a': 'b'}]")
  expect(warnings).toEqual([
    'the quotes in "x" are taken off; that is deprecated, give the text without them',
    'a Python literal on the command line is deprecated; repeat the option for each item instead',
    'a Python literal on the command line is deprecated; repeat the option for each item instead',
  ])
})

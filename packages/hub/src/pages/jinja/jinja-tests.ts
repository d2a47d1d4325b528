import { contains, equal, isPlainObject, isSafe, order, plain } from './python-values.js'

type Test = (value: unknown, argument: unknown) => boolean

const isText: Test = (value) => typeof value === 'string' || isSafe(value)
const isNumber: Test = (value) => typeof value === 'number'

/** The tests of Jinja2, as in `x is defined`. */
export const jinjaTests: Readonly<Record<string, Test>> = {
  boolean: (value) => typeof value === 'boolean',
  callable: (value) => typeof value === 'function',
  defined: (value) => value !== undefined,
  divisibleby: (value, by) => Number(value) % Number(by) === 0,
  eq: equal,
  equalto: equal,
  '==': equal,
  escaped: isSafe,
  even: (value) => Number(value) % 2 === 0,
  false: (value) => value === false,
  float: (value) => typeof value === 'number' && !Number.isInteger(value),
  ge: (value, other) => order(value, other) >= 0,
  greaterthan: (value, other) => order(value, other) > 0,
  gt: (value, other) => order(value, other) > 0,
  in: (value, container) => contains(container, value),
  integer: (value) => Number.isInteger(value),
  iterable: (value) =>
    isText(value, undefined) ||
    isPlainObject(value) ||
    (typeof value === 'object' && value !== null && Symbol.iterator in value),
  le: (value, other) => order(value, other) <= 0,
  lessthan: (value, other) => order(value, other) < 0,
  lower: (value) => String(plain(value)) === String(plain(value)).toLowerCase(),
  lt: (value, other) => order(value, other) < 0,
  mapping: (value) => isPlainObject(value) || value instanceof Map,
  ne: (value, other) => !equal(value, other),
  none: (value) => value === null,
  number: isNumber,
  odd: (value) => Math.abs(Number(value) % 2) === 1,
  sameas: (value, other) => value === other,
  sequence: (value) => isText(value, undefined) || Array.isArray(value),
  string: isText,
  true: (value) => value === true,
  undefined: (value) => value === undefined,
  upper: (value) => String(plain(value)) === String(plain(value)).toUpperCase(),
}

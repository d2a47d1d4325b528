import { expect, test } from 'vitest'
import { knownAcrossCopies } from './known-across-copies.js'

/** What importing a package twice gives. */
function copy() {
  class Base {
    static {
      knownAcrossCopies(Base, 'test/Base')
    }
  }
  class Derived extends Base {}
  return { Base, Derived }
}
const [ours, theirs] = [copy(), copy()]

test('an object of another copy of the class is one of ours, and so is a prototype', () => {
  expect(new theirs.Base()).toBeInstanceOf(ours.Base)
  expect(new theirs.Derived()).toBeInstanceOf(ours.Base)
  expect(theirs.Derived.prototype instanceof ours.Base).toBe(true)
})

test('nothing else is', () => {
  class Unrelated {}
  for (const other of [new Unrelated(), {}, null, undefined, 'Base', Unrelated]) {
    expect(other instanceof ours.Base).toBe(false)
  }
})

test('a class that extends it is known by itself alone', () => {
  expect(new ours.Derived()).toBeInstanceOf(ours.Derived)
  expect(new ours.Base()).not.toBeInstanceOf(ours.Derived)
  expect(new theirs.Derived()).not.toBeInstanceOf(ours.Derived)
})

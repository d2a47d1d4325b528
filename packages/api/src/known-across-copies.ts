/**
 * Makes `instanceof` know the class in whichever copy of its package it was loaded from: a plug-in that is installed in a
 * folder of its own brings one, and its errors and its base class must mean the same to the hub. Subclasses are compared as
 * usual.
 *
 * @param name - of the class, the same in all copies
 */
export function knownAcrossCopies(Class: abstract new (...args: never[]) => object, name: string): void {
  const mark = Symbol.for(`@hub/${name}`)
  Object.defineProperty(Class.prototype, mark, { value: true })
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this === Class) return typeof value === 'object' && value !== null && mark in value
      return ordinaryHasInstance.call(this as typeof Class, value)
    },
  })
}

const ordinaryHasInstance = Function.prototype[Symbol.hasInstance]

import type { Change } from './change.js'
import type { Configurable, TraitsOf } from './configurable.js'
import { isPlainObject } from './kinds/copy.js'
import type { Setting } from './setting.js'
import type { Trait } from './trait.js'

/**
 * The `c` a configuration in TypeScript gets: `c.Spawner.args = ['--debug']`. An option that the file has not set
 * can be changed in place, on top of what it will be: `c.Spawner.args.push('--debug')`.
 */
export type ConfigObject<C extends readonly Configurable[] = readonly Configurable[]> = {
  readonly [K in C[number] as K['name']]: {
    [T in keyof TraitsOf<K>]: TraitsOf<K>[T] extends Trait<infer V, infer _I> ? V : never
  }
}

/** Records what a configuration does to its `c`. */
export class ConfigRecorder {
  readonly #sections = new Map<string, Map<string, Change[]>>()
  readonly #lines = new Map<string, number>()

  /** @param currentLine - the line of the file that is running, if it can be told */
  constructor(
    readonly file: string,
    readonly currentLine: () => number | undefined = () => undefined,
  ) {}

  /** What the file sees as `c`; classes and traits of every name are there, the loader sorts out which exist. */
  readonly c: Readonly<Record<string, Record<string, unknown>>> = new Proxy<Record<string, Record<string, unknown>>>(
    {},
    {
      get: (_target, name) => (typeof name === 'string' ? this.#section(name) : undefined),
      set: (_target, name, value) => {
        if (typeof name !== 'string' || !isPlainObject(value)) return false
        for (const [trait, item] of Object.entries(value)) this.#assign(name, trait, item)
        return true
      },
    },
  )

  settings(): Setting[] {
    return [...this.#sections].flatMap(([section, traits]) =>
      [...traits].flatMap(([trait, changes]) =>
        changes.map((change): Setting => {
          const line = this.#lines.get(`${section}.${trait}`)
          return {
            section,
            trait,
            change,
            source: { from: 'file', file: this.file, ...(line === undefined ? {} : { line }) },
          }
        }),
      ),
    )
  }

  #section(section: string): Record<string, unknown> {
    return new Proxy<Record<string, unknown>>(
      {},
      {
        get: (_target, trait) => (typeof trait === 'string' ? this.#read(section, trait) : undefined),
        set: (_target, trait, value) => {
          if (typeof trait === 'string') this.#assign(section, trait, value)
          return typeof trait === 'string'
        },
        has: (_target, trait) => typeof trait === 'string' && this.#changes(section, trait).length > 0,
        deleteProperty: (_target, trait) => typeof trait === 'string' && this.#forget(section, trait),
      },
    )
  }

  #changes(section: string, trait: string): readonly Change[] {
    return this.#sections.get(section)?.get(trait) ?? []
  }

  #assign(section: string, trait: string, value: unknown): void {
    this.#forget(section, trait)
    this.#record(section, trait, { op: 'assign', value })
  }

  #record(section: string, trait: string, change: Change): void {
    const traits = this.#sections.get(section) ?? new Map<string, Change[]>()
    this.#sections.set(section, traits)
    traits.set(trait, [...(traits.get(trait) ?? []), change])
    const line = this.currentLine()
    if (line !== undefined) this.#lines.set(`${section}.${trait}`, line)
  }

  #forget(section: string, trait: string): boolean {
    this.#sections.get(section)?.delete(trait)
    return true
  }

  #read(section: string, trait: string): unknown {
    const [first] = this.#changes(section, trait)
    // A value the file set is its own to change; it is looked at when the file is done.
    if (first?.op === 'assign') return first.value
    return lazyContainer(`${section}.${trait}`, (change) => this.#record(section, trait, change))
  }
}

/** Stands for a list, set or dict whose value is not known yet: takes changes, tells nothing. */
function lazyContainer(option: string, record: (change: Change) => void): unknown {
  const methods = changeMethods(record)
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_target, name) => {
        if (typeof name === 'string' && Object.hasOwn(methods, name)) return methods[name]
        if (name === Symbol.toPrimitive || name === Symbol.iterator || name === 'toString' || name === 'valueOf') {
          throw new Error(`${option} is not set in this file, so its value cannot be read here; it can be added to.`)
        }
        return undefined
      },
      set: (_target, key, value: unknown) => {
        if (typeof key === 'string') record({ op: 'update', entries: { [key]: value } })
        return typeof key === 'string'
      },
      deleteProperty: (_target, key) => {
        if (typeof key === 'string') record({ op: 'remove', items: [key] })
        return typeof key === 'string'
      },
    },
  )
}

/** Python's and JavaScript's words for the same changes. */
function changeMethods(record: (change: Change) => void): Readonly<Record<string, unknown>> {
  const append = (...items: unknown[]): void => record({ op: 'append', items })
  const prepend = (...items: unknown[]): void => record({ op: 'prepend', items })
  const remove = (...items: unknown[]): void => record({ op: 'remove', items })
  return {
    append,
    push: append,
    add: append,
    extend: (items: Iterable<unknown>): void => append(...items),
    prepend: (items: Iterable<unknown>): void => prepend(...items),
    unshift: prepend,
    insert: (index: number, item: unknown): void => record({ op: 'insert', index, item }),
    update: (items: Iterable<unknown> | Record<string, unknown>): void =>
      isPlainObject(items) ? record({ op: 'update', entries: items }) : append(...items),
    remove,
    discard: remove,
    delete: remove,
  }
}

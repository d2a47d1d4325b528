import {
  type BaseRuntime,
  type BlockFunction,
  type Frame,
  internals,
  type RenderContext,
  type SafeString,
} from './nunjucks-internals.js'
import { percentFormat } from './python-format.js'
import { lookupMember } from './python-methods.js'
import * as python from './python-values.js'

const constants = new Map<string, unknown>([
  ['True', true],
  ['False', false],
  ['None', null],
])

/** What compiled templates call while they render. It replaces nunjucks' own runtime for the hub's templates alone. */
export interface JinjaRuntime extends Omit<BaseRuntime, 'contextOrFrameLookup'> {
  truthy(value: unknown): boolean
  contextOrFrameLookup(context: RenderContext, frame: Frame, name: string): unknown
  suppressValue(value: unknown, autoescape: boolean): string
  memberLookup(value: unknown, name: unknown): unknown
  superBlock(env: unknown, context: RenderContext, name: string, block: BlockFunction, frame: Frame): SafeString
  assignMember(target: unknown, name: unknown, value: unknown): void
  unpack(value: unknown, count: number): unknown[]
}

/** Runs a block to its end. Nothing in a rendering waits, so the callback has been called when the block returns. */
function runBlock(env: unknown, context: RenderContext, block: BlockFunction, frame: Frame): SafeString {
  let result: { readonly error: unknown; readonly html: string } | undefined
  block(env, context, frame, runtime, (error, html) => {
    result ??= { error, html: html ?? '' }
  })
  if (result === undefined) throw new Error('a block did not end')
  if (result.error) throw result.error as Error // nunjucks calls back with errors only
  return python.safe(result.html)
}

/** `self.title()` inside a template: the block as the most derived template has it. */
function blocksOf(context: RenderContext, frame: Frame): Readonly<Record<string, () => SafeString>> {
  const own = context as RenderContext & { readonly env: unknown } // nunjucks' contexts carry their environment
  return Object.fromEntries(
    Object.entries(context.blocks).flatMap(([name, [block]]) =>
      block === undefined ? [] : [[name, () => runBlock(own.env, context, block, frame)]],
    ),
  )
}

export const runtime: JinjaRuntime = {
  ...internals.runtime,
  ...python,

  /** A name: of the template, of Python, or `self`. */
  contextOrFrameLookup(context, frame, name) {
    const value = frame.lookup(name) ?? context.lookup(name)
    if (value !== undefined) return value
    if (name === 'self') return blocksOf(context, frame)
    return constants.get(name)
  },

  suppressValue: (value, autoescape) => (autoescape ? python.escaped(value) : python.str(value)),

  memberLookup: lookupMember,

  loopState: (items: readonly unknown[], index: number): unknown => ({
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
    previtem: items[index - 1],
    nextitem: items[index + 1],
    depth: 1,
    depth0: 0,
    cycle: (...choices: readonly unknown[]) => choices[index % choices.length],
  }),

  superBlock(env, context, name, block, frame) {
    const chain = context.blocks[name] ?? []
    const parent = chain[chain.indexOf(block) + 1]
    if (parent === undefined) throw new Error(`there is no parent block called "${name}"`)
    return runBlock(env, context, parent, frame)
  },

  assignMember(target, name, value) {
    if (target instanceof Map) target.set(name, value)
    else if (python.isPlainObject(target)) target[python.str(name)] = value
    else throw new TypeError('only namespaces and dicts can be assigned to')
  },

  unpack(value, count) {
    const items = python.iterate(value)
    if (items.length !== count) throw new Error(`expected ${count} values to unpack, got ${items.length}`)
    return items
  },

  mod: (left: unknown, right: unknown): unknown => {
    if (typeof left === 'number') return left - Number(right) * Math.floor(left / Number(right))
    return percentFormat(left, right)
  },

  filterItems: (items: unknown, keep: (item: unknown) => unknown): unknown[] =>
    python.iterate(items).filter((item) => python.truthy(keep(item))),
} as JinjaRuntime & Record<string, unknown> // compiled templates call all of these by name

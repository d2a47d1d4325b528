import { type Configurable, lineage } from '../configurable.js'
import { isPlainObject } from '../kinds/copy.js'
import { KindMismatch } from '../kinds/kind.js'
import { Resolver } from '../resolve.js'
import { Secret } from '../secret.js'
import type { Trait } from '../trait.js'

/** A trait as help, generated files and the reference tell it. */
export interface Described {
  readonly configurable: Configurable
  readonly name: string
  readonly trait: Trait
  /** The class that declares it, when that is a parent. */
  readonly inheritedFrom: Configurable | undefined
  /** The default as a value to write down; undefined where it cannot be written, such as a function. */
  readonly default: { readonly value: unknown } | undefined
}

/** Classes with their parents, every parent before its children, none twice. */
export function withParents(classes: readonly Configurable[]): readonly Configurable[] {
  const ordered = new Map<string, Configurable>()
  for (const configurable of classes) {
    for (const ancestor of lineage(configurable).toReversed()) {
      if (!ordered.has(ancestor.name)) ordered.set(ancestor.name, ancestor)
    }
  }
  return [...ordered.values()]
}

/** The options of a class in alphabetical order; second names and what cannot be set are left out. */
export function describe(configurable: Configurable): readonly Described[] {
  return Object.entries(configurable.traits)
    .filter(([name, trait]) => trait.aliasOf === undefined && !Object.hasOwn(configurable.fixed, name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, trait]) => ({
      configurable,
      name,
      trait,
      inheritedFrom: lineage(configurable).find((ancestor) => ancestor.own.has(name) && ancestor !== configurable),
      default: writableDefault(configurable, name, trait),
    }))
    .map((described) => (configurable.own.has(described.name) ? { ...described, inheritedFrom: undefined } : described))
}

function writableDefault(configurable: Configurable, name: string, trait: Trait): { value: unknown } | undefined {
  // A class goes by its name.
  const value = typeof trait.default === 'string' ? trait.default : computedDefault(configurable, name)
  const plain: unknown = value instanceof Secret ? value.reveal() : value
  return isWritable(plain) ? { value: plain } : undefined
}

/** What the default is on a machine about which nothing is known. */
function computedDefault(configurable: Configurable, name: string): unknown {
  try {
    return new Resolver(configurable, [], { env: {}, cwd: '/' }).value(name)
  } catch (error) {
    if (error instanceof Error && error.cause instanceof KindMismatch) return undefined
    throw error
  }
}

function isWritable(value: unknown): boolean {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return false
  if (Array.isArray(value) || value instanceof Set) return [...value].every(isWritable)
  if (value instanceof Uint8Array) return true
  if (typeof value !== 'object' || value === null) return true
  return isPlainObject(value) && Object.values(value).every(isWritable)
}

/** `int in s`, `str or None`. */
export function kindText({ kind, nullable, unit }: Trait): string {
  const optional = nullable && kind.word !== 'any' ? ' or None' : ''
  return `${kind.word}${unit === undefined ? '' : ` in ${unit}`}${optional}`
}

/** Help and what there is to know besides, as paragraphs. */
export function helpParagraphs({ trait }: Described): readonly string[] {
  const { deprecated, since } = trait
  const replaced =
    deprecated === undefined
      ? []
      : [
          `Deprecated since ${deprecated.since}${deprecated.use === undefined ? '' : `, use ${deprecated.use}`}.` +
            (deprecated.note === undefined ? '' : ` ${sentence(deprecated.note)}`),
        ]
  const help = trait.help.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
  return [...replaced, ...help, ...(since === undefined ? [] : [`Since ${since}.`])].filter((text) => text !== '')
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

/** Breaks a paragraph into lines; words longer than a line stand alone. */
export function wrap(paragraph: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}

import { CodedError } from '../coded-error.js'
import type { ScopeDefinition } from './scope-definitions.js'
import { type ScopeTable, scopeTable } from './scope-table.js'

const NAME = /^custom:[a-z0-9][a-z0-9_\-*:]+[a-z0-9_*]$/

/** A definition of custom scopes that cannot be used; the hub does not start with it. */
export class CustomScopeError extends CodedError {
  override readonly name = 'CustomScopeError'
  constructor(message: string) {
    super('custom_scope_invalid', 500, message)
  }
}

export interface CustomScopesResult {
  readonly table: ScopeTable
  /** Sentences for the log: what was given and has no effect. */
  readonly warnings: readonly string[]
}

/**
 * Adds the scopes of the option `custom_scopes`: by name `{ description, subscopes? }`.
 * All or nothing: a definition that is wrong leaves `table` as it is.
 *
 * @throws {@link CustomScopeError}
 */
export function withCustomScopes(
  table: ScopeTable,
  definitions: Readonly<Record<string, unknown>>,
): CustomScopesResult {
  const warnings: string[] = []
  const added = new Map(
    Object.entries(definitions).map(([name, given]) => [name, readDefinition(name, given, definitions, warnings)]),
  )
  for (const [name, definition] of added) {
    const known = table.definitions.get(name)
    if (known && !isSame(known, definition)) {
      throw new CustomScopeError(`Scope ${name} is defined already, and differently. Give yours another name.`)
    }
  }
  return { table: scopeTable(new Map([...table.definitions, ...added])), warnings }
}

function readDefinition(
  name: string,
  given: unknown,
  all: Readonly<Record<string, unknown>>,
  warnings: string[],
): ScopeDefinition {
  if (!NAME.test(name)) {
    throw new CustomScopeError(
      `Custom scope ${JSON.stringify(name)} has no valid name. Names begin with "custom:", then at least three characters ` +
        'a-z 0-9 _ - * : of which the first is a letter or digit, and the last a letter, digit, _ or *.',
    )
  }
  if (typeof given !== 'object' || given === null) {
    throw new CustomScopeError(`Custom scope ${name} must be an object with a description.`)
  }
  const { description, subscopes = [], ...others } = given as Readonly<Record<string, unknown>>
  if (typeof description !== 'string' || description === '') {
    throw new CustomScopeError(`Custom scope ${name} needs a description.`)
  }
  if (!Array.isArray(subscopes) || !subscopes.every((each): each is string => typeof each === 'string')) {
    throw new CustomScopeError(`The subscopes of ${name} must be a list of scope names.`)
  }
  for (const each of subscopes) {
    if (!Object.hasOwn(all, each)) {
      throw new CustomScopeError(`Scope ${each}, a subscope of ${name}, must itself be defined in custom_scopes.`)
    }
  }
  for (const key of Object.keys(others))
    warnings.push(`Custom scope ${name}: ${key} has no meaning here and is ignored.`)
  return { description, implies: subscopes }
}

const isSame = (a: ScopeDefinition, b: ScopeDefinition): boolean =>
  a.description === b.description && JSON.stringify(a.implies) === JSON.stringify(b.implies)

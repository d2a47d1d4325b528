import { SCOPE_DEFINITIONS, type ScopeDefinition } from './scope-definitions.js'

/** The scopes a hub knows, with what each implies. An immutable value: adding custom scopes makes another table. */
export interface ScopeTable {
  readonly definitions: ReadonlyMap<string, ScopeDefinition>
  /** Each scope with itself and all that it implies, at any depth. */
  readonly closures: ReadonlyMap<string, readonly string[]>
}

/** Builds the table of `definitions`; scopes implied but not defined are an error of the caller. */
export function scopeTable(definitions: ReadonlyMap<string, ScopeDefinition>): ScopeTable {
  const closures = new Map([...definitions.keys()].map((name) => [name, closureOf(name, definitions)]))
  return { definitions, closures }
}

/** The table of a hub without custom scopes. */
export const defaultScopes: ScopeTable = scopeTable(new Map(Object.entries(SCOPE_DEFINITIONS)))

function closureOf(name: string, definitions: ReadonlyMap<string, ScopeDefinition>): readonly string[] {
  // A set keeps the order of insertion and is iterated while it grows; that also ends loops among custom scopes.
  const found = new Set([name])
  for (const each of found) for (const implied of definitions.get(each)?.implies ?? []) found.add(implied)
  return [...found]
}

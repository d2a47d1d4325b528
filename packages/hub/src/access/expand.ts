import { type ParsedScope, parseScope, type ScopeFilter, type ScopeTable, SELF_SCOPES } from '@hub/api'
import { BoundedCache } from './bounded-cache.js'
import type { Issuer, Owner } from './owner.js'
import type { Permissions } from './permissions.js'
import { PermissionsBuilder } from './permissions.js'

export interface ExpansionContext {
  /** Whom `self`, `!user` and `!service` stand for. */
  readonly owner?: Owner | undefined
  /** What `!server` and `!service` stand for. */
  readonly issuer?: Issuer | undefined
}

export interface Expansion {
  readonly permissions: Permissions
  /** Scopes left out: unknown ones, and those whose self-filter stands for nothing here. Worth a warning. */
  readonly dropped: readonly string[]
}

/** Turns scopes as they are stored into scopes as they are checked. */
export function expandScopes(table: ScopeTable, scopes: Iterable<string>, context: ExpansionContext = {}): Expansion {
  const builder = new PermissionsBuilder()
  const dropped: string[] = []
  for (const text of scopes) {
    if (!expandOne(table, text, context, builder)) dropped.push(text)
  }
  return { permissions: builder.build(), dropped }
}

/** Expands with a memory of the last `maxEntries` results. They depend on the arguments only, so nothing invalidates them. */
export class ScopeExpander {
  readonly #cache: BoundedCache<Expansion>

  constructor(
    readonly table: ScopeTable,
    maxEntries = 2_000,
  ) {
    this.#cache = new BoundedCache(maxEntries)
  }

  /** Equal arguments mostly give the very same object, on which intersections are remembered in turn. */
  expand(scopes: Iterable<string>, context: ExpansionContext = {}): Expansion {
    const sorted = [...new Set(scopes)].sort()
    const key = JSON.stringify([sorted, context.owner, context.issuer])
    return this.#cache.getOrMake(key, () => expandScopes(this.table, sorted, context))
  }
}

/** @returns whether the scope stands for anything */
function expandOne(table: ScopeTable, text: string, context: ExpansionContext, into: PermissionsBuilder): boolean {
  const parsed = parseScope(text)
  const closure = table.closures.get(parsed?.base ?? '')
  if (!parsed || !closure) return false
  // Only the bare word: `self!server=…` from a share must not become everything about its recipient.
  if (text === 'self') return expandSelf(context.owner, into)
  const filter = parsed.selfFilter ? resolveSelfFilter(parsed.selfFilter, context) : parsed.filter
  if (parsed.selfFilter && !filter) return false
  for (const scope of closure) if (mayCarry(scope, parsed)) into.add(scope, filter)
  return true
}

function expandSelf(owner: Owner | undefined, into: PermissionsBuilder): boolean {
  if (owner?.kind !== 'user') return false
  for (const scope of SELF_SCOPES) into.add(scope, { kind: 'user', value: owner.name })
  return true
}

// `read:servers` implies `read:users:name`, but a server is no user whose name could be read. The test is for the text
// "server", which "service" does not begin with.
const mayCarry = (scope: string, { filterText }: ParsedScope): boolean =>
  !(filterText?.startsWith('server') && scope.startsWith('read:user'))

function resolveSelfFilter(
  kind: NonNullable<ParsedScope['selfFilter']>,
  { owner, issuer }: ExpansionContext,
): ScopeFilter | undefined {
  switch (kind) {
    case 'user':
      return owner?.kind === 'user' ? { kind, value: owner.name } : undefined
    case 'service':
      if (issuer?.kind === 'service') return { kind, value: issuer.name }
      return owner?.kind === 'service' ? { kind, value: owner.name } : undefined
    case 'server':
      return issuer?.kind === 'server' ? { kind, value: `${issuer.user}/${issuer.server}` } : undefined
  }
}

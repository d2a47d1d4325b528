import { FILTER_KINDS, type FilterKind, type ScopeFilter } from '@hub/api'
import { meets } from './intersect.js'
import { type Membership, noMembership, ownerOfServer } from './membership.js'
import type { Permissions } from './permissions.js'

/**
 * Whether `scope` is held for what `filter` names; without filter, for everything.
 * Implied scopes are not looked for: expansion has added them.
 *
 * @param membership - must know the groups of {@link userInQuestion}, if there is one
 */
export function hasScope(
  permissions: Permissions,
  scope: string,
  filter?: ScopeFilter,
  membership: Membership = noMembership,
): boolean {
  const coverage = permissions.get(scope)
  if (!coverage) return false
  if (coverage === 'all') return true
  return filter !== undefined && meets(filter, coverage, membership)
}

/**
 * - `granted`: go on
 * - `hidden`: answer 404, so that the caller cannot tell what it may not see from what does not exist
 * - `forbidden`: answer 403 and say which scopes would do
 */
export type Decision = 'granted' | 'hidden' | 'forbidden'

export interface DecideOptions {
  /** Any filtered form suffices, because the result is narrowed down afterwards. Only without `filter`. */
  readonly postFilter?: boolean
}

/** Decides on a request that any one of `alternatives` allows. */
export function decide(
  permissions: Permissions,
  alternatives: readonly string[],
  filter: ScopeFilter | undefined,
  { postFilter = false }: DecideOptions = {},
  membership: Membership = noMembership,
): Decision {
  if (postFilter && filter) throw new TypeError('A request that names something cannot be filtered afterwards.')
  const held = alternatives.filter((scope) => permissions.get(scope))
  if (held.some((scope) => postFilter || hasScope(permissions, scope, filter, membership))) return 'granted'
  return filter && held.length > 0 ? 'hidden' : 'forbidden'
}

/**
 * The user whose groups the decision hangs on; undefined if it can be made without, which is nearly always.
 * Load the groups of this user and pass `groupsOf(user, groups)` to {@link decide}.
 */
export function userInQuestion(
  permissions: Permissions,
  alternatives: readonly string[],
  filter: ScopeFilter | undefined,
): string | undefined {
  if (filter?.kind !== 'user' && filter?.kind !== 'server') return undefined
  if (alternatives.some((scope) => hasScope(permissions, scope, filter))) return undefined
  const byGroup = alternatives.some((scope) => {
    const coverage = permissions.get(scope)
    return coverage !== undefined && coverage !== 'all' && coverage.group.size > 0
  })
  if (!byGroup) return undefined
  return filter.kind === 'user' ? filter.value : ownerOfServer(filter.value)
}

/** Something a model or a list is made of, with what is known about it. */
export type AccessObject =
  | { readonly kind: 'user'; readonly name: string; readonly groups: ReadonlySet<string> }
  | {
      readonly kind: 'server'
      readonly user: string
      readonly name: string
      /** Groups of the server's owner. */
      readonly groups: ReadonlySet<string>
    }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string }

/** Whether `scope` is held for an object that has been loaded. */
export function coversObject(permissions: Permissions, scope: string, object: AccessObject): boolean {
  const coverage = permissions.get(scope)
  if (!coverage || coverage === 'all') return coverage === 'all'
  if (object.kind === 'group' || object.kind === 'service') return coverage[object.kind].has(object.name)
  const user = object.kind === 'user' ? object.name : object.user
  if (coverage.user.has(user)) return true
  if (object.kind === 'server' && coverage.server.has(`${object.user}/${object.name}`)) return true
  for (const group of coverage.group) if (object.groups.has(group)) return true
  return false
}

/** What a listing may show. */
export type ListFilter =
  | { readonly show: 'all' }
  /** What is named directly, or (users) through the groups. */
  | { readonly show: 'named'; readonly names: Readonly<Record<FilterKind, ReadonlySet<string>>> }
  /** The scope is filtered by a kind that this list cannot be filtered by: answer 403. */
  | { readonly show: 'nothing'; readonly illegalKinds: readonly FilterKind[] }

/** What a listing may show to one who holds `scope`; filters by other kinds than `legalKinds` make it refuse. */
export function listFilter(permissions: Permissions, scope: string, legalKinds: readonly FilterKind[]): ListFilter {
  const coverage = permissions.get(scope)
  if (!coverage) return { show: 'nothing', illegalKinds: [] }
  if (coverage === 'all') return { show: 'all' }
  const illegalKinds = FILTER_KINDS.filter((kind) => coverage[kind].size > 0 && !legalKinds.includes(kind))
  return illegalKinds.length > 0 ? { show: 'nothing', illegalKinds } : { show: 'named', names: coverage }
}

import { DEFAULT_ROLE_NAMES, defaultRoles, isDefaultRole } from './default-roles.js'
import { isSameSet, type RoleSpec } from './role-spec.js'

/** A role as it is stored. */
export interface StoredRole {
  readonly name: string
  readonly description: string | null
  readonly scopes: readonly string[]
  readonly managedByAuth: boolean
}

export type RoleChange =
  | { readonly kind: 'create'; readonly role: StoredRole }
  | {
      readonly kind: 'update'
      readonly role: StoredRole
      readonly changed: readonly ('description' | 'scopes' | 'managedByAuth')[]
    }
  | { readonly kind: 'delete'; readonly name: string }

type RoleUpsert = Exclude<RoleChange, { kind: 'delete' }>

export interface LogLine {
  readonly level: 'info' | 'warn'
  readonly event: string
}

export interface RolePlan {
  readonly changes: readonly RoleChange[]
  /** To be logged; an unchanged start logs nothing. */
  readonly log: readonly LogLine[]
  /** The database is from before there were roles: after the assignments, users without a role get the default ones. */
  readonly isUpgrade: boolean
}

export interface RoleFacts {
  readonly stored: readonly StoredRole[]
  readonly hasUsers: boolean
  readonly specs: readonly RoleSpec[]
  /** `extra_user_scopes` */
  readonly extraUserScopes: readonly string[]
  /** `reset_managed_roles_on_startup` */
  readonly resetManagedRoles: boolean
}

/** What has to change so that the stored roles are those described: default roles, configuration, authenticator. */
export function planRoles(facts: RoleFacts): RolePlan {
  const { stored, hasUsers, specs, resetManagedRoles } = facts
  const log: LogLine[] = []
  const wanted = wantedRoles(facts, log)
  const known = new Map(stored.map((role) => [role.name, role]))
  const changes: RoleChange[] = stored
    .filter((role) => !wanted.has(role.name) && (!role.managedByAuth || resetManagedRoles))
    .map(({ name }) => ({ kind: 'delete', name }))
  for (const { name } of changes.filter((change) => change.kind === 'delete')) {
    log.push({ level: 'info', event: `Role ${name} has been deleted` })
  }
  const described = new Set(specs.map(({ name }) => name))
  for (const role of wanted.values()) {
    const change = changeOf(role, known.get(role.name))
    if (!change) continue
    changes.push(change)
    logChange(change, { before: known.get(role.name), isDescribed: described.has(role.name) }, log)
  }
  return { changes, log, isUpgrade: stored.length === 0 && hasUsers }
}

function wantedRoles({ specs, extraUserScopes }: RoleFacts, log: LogLine[]): ReadonlyMap<string, StoredRole> {
  const defaults = defaultRoles(extraUserScopes)
  const wanted = new Map<string, StoredRole>(
    DEFAULT_ROLE_NAMES.map((name) => [name, { ...defaults[name], managedByAuth: false }]),
  )
  for (const { name, description, scopes, isManaged } of specs) {
    const base = isDefaultRole(name) ? defaults[name] : { description: '', scopes: [] }
    if (name === 'user' && scopes) warnOfUserRole(scopes, extraUserScopes, log)
    wanted.set(name, {
      name,
      description: description ?? base.description,
      scopes: [...new Set(scopes ?? base.scopes)],
      managedByAuth: isManaged,
    })
  }
  return wanted
}

function changeOf(role: StoredRole, known: StoredRole | undefined): RoleUpsert | undefined {
  if (!known) return { kind: 'create', role }
  const changed = [
    ...((known.description ?? '') === (role.description ?? '') ? [] : (['description'] as const)),
    ...(isSameSet(known.scopes, role.scopes) ? [] : (['scopes'] as const)),
    ...(known.managedByAuth === role.managedByAuth ? [] : (['managedByAuth'] as const)),
  ]
  return changed.length > 0 ? { kind: 'update', role, changed } : undefined
}

function logChange(
  change: RoleUpsert,
  { before, isDescribed }: { readonly before: StoredRole | undefined; readonly isDescribed: boolean },
  log: LogLine[],
): void {
  const { name, scopes } = change.role
  const hasMore = before && scopes.some((scope) => !before.scopes.includes(scope))
  if (isDescribed && hasMore) log.push({ level: 'warn', event: `Role ${name} has obtained extra permissions` })
  if (change.kind === 'create') log.push({ level: 'info', event: `Role ${name} added to database` })
  else
    for (const key of change.changed)
      log.push({ level: 'info', event: `Role attribute ${name}.${key} has been changed` })
  const isAboutScopes = change.kind === 'create' || change.changed.includes('scopes')
  if (isAboutScopes && scopes.length === 0) log.push({ level: 'warn', event: `Role ${name} will have no scopes` })
}

function warnOfUserRole(scopes: readonly string[], extraUserScopes: readonly string[], log: LogLine[]): void {
  if (!scopes.includes('self')) {
    log.push({ level: 'warn', event: 'the role user has no scope self: users cannot start their own servers' })
  }
  if (extraUserScopes.some((scope) => !scopes.includes(scope))) {
    log.push({ level: 'warn', event: 'extra_user_scopes is ignored, for the role user is described in load_roles' })
  }
}

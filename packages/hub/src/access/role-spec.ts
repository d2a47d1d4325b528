import { CodedError, scopeProblem, type ScopeTable } from '@hub/api'
import { defaultRoles, isDefaultRole } from './default-roles.js'
import { isRoleName } from './role-name.js'

/** A role that cannot be as it was described; the hub does not start with it. */
export class RoleError extends CodedError {
  override readonly name = 'RoleError'
  constructor(message: string) {
    super('role_invalid', 500, message)
  }
}

/** Who can have a role, in the words of `load_roles`. */
export const MEMBER_KINDS = ['users', 'services', 'groups'] as const
export type MemberKind = (typeof MEMBER_KINDS)[number]

/** An entry of `load_roles`, or a role loaded by the authenticator. */
export interface RoleSpec {
  readonly name: string
  readonly description?: string | undefined
  /** Raw scopes. */
  readonly scopes?: readonly string[] | undefined
  /** A list that is given becomes the exact membership; see `planAssignments` for those that are not. */
  readonly users?: readonly string[] | undefined
  readonly services?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  /** Given by the authenticator. */
  readonly isManaged: boolean
}

export interface RoleSources {
  /** `JupyterHub.load_roles` */
  readonly loadRoles: readonly unknown[]
  /** What `load_managed_roles()` returned; undefined when the authenticator does not manage roles. */
  readonly managedRoles: readonly unknown[] | undefined
  readonly table: ScopeTable
}

/**
 * Reads and checks all role descriptions.
 *
 * @throws {@link RoleError} for the first that cannot be
 */
export function readRoleSpecs({ loadRoles, managedRoles, table }: RoleSources): readonly RoleSpec[] {
  const configured = loadRoles.map((given) => readRoleSpec(given, false))
  if (managedRoles) assertNoMembers(configured)
  const specs = [...configured, ...(managedRoles ?? []).map((given) => readRoleSpec(given, true))]
  const names = new Set<string>()
  for (const spec of specs) {
    if (names.has(spec.name)) throw new RoleError(`Role ${spec.name} is described twice. Keep one of the descriptions.`)
    names.add(spec.name)
    assertRoleIsPossible(spec, table)
  }
  return specs
}

/** @throws {@link RoleError} for a bad name, an unknown scope, or a change of the role `admin` */
export function assertRoleIsPossible(role: Pick<RoleSpec, 'name' | 'description' | 'scopes'>, table: ScopeTable): void {
  if (!isRoleName(role.name)) {
    throw new RoleError(
      `${JSON.stringify(role.name)} cannot be the name of a role: use 3 to 255 lower-case letters, digits and - _ . ~, ` +
        'a letter first, a letter or digit last.',
    )
  }
  const problems = (role.scopes ?? []).flatMap((scope) => scopeProblem(table, scope) ?? [])
  if (problems.length > 0) throw new RoleError(`Role ${role.name}: ${problems.join(' ')}`)
  if (role.name === 'admin' && altersAdmin(role)) {
    throw new RoleError('Scopes and description of the role admin cannot be changed. Describe a role of another name.')
  }
}

/** @throws {@link RoleError} for those roles that the hub itself needs */
export function assertRoleMayBeDeleted(name: string): void {
  if (isDefaultRole(name)) throw new RoleError(`The default role ${name} cannot be deleted.`)
}

function altersAdmin({ description, scopes }: Pick<RoleSpec, 'description' | 'scopes'>): boolean {
  const { admin } = defaultRoles()
  if (description !== undefined && description !== admin.description) return true
  return scopes !== undefined && !isSameSet(scopes, admin.scopes)
}

export const isSameSet = (a: readonly string[], b: readonly string[]): boolean => {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((each) => right.has(each))
}

function assertNoMembers(configured: readonly RoleSpec[]): void {
  const offender = configured.find(({ users, groups }) => users ?? groups)
  if (!offender) return
  throw new RoleError(
    'When authenticator manages roles, `load_roles` can not be used for assigning roles to users nor groups. ' +
      `Remove users and groups from role ${offender.name}, or switch Authenticator.manage_roles off.`,
  )
}

function readRoleSpec(given: unknown, isManaged: boolean): RoleSpec {
  if (typeof given !== 'object' || given === null) throw new RoleError('A role must be an object with a name.')
  const fields = given as Readonly<Record<string, unknown>>
  const { name, description } = fields
  if (typeof name !== 'string') throw new RoleError('A role needs a name.')
  if (description !== undefined && description !== null && typeof description !== 'string') {
    throw new RoleError(`The description of role ${name} must be a text.`)
  }
  return {
    name,
    description: description ?? undefined,
    scopes: readNames(fields, 'scopes', name),
    users: readNames(fields, 'users', name),
    services: readNames(fields, 'services', name),
    groups: readNames(fields, 'groups', name),
    isManaged,
  }
}

function readNames(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  role: string,
): readonly string[] | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  const list: unknown = value instanceof Set ? [...value] : value
  if (Array.isArray(list) && list.every((each): each is string => typeof each === 'string')) return [...new Set(list)]
  throw new RoleError(`Role ${role}: ${key} must be a list of names.`)
}

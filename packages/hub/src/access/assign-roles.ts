import { MEMBER_KINDS, type MemberKind, RoleError, type RoleSpec } from './role-spec.js'

/** Who has a role, by name; the value tells whether the authenticator assigned it. */
export type Members = ReadonlyMap<string, { readonly isManaged: boolean }>

export interface AssignmentFacts {
  readonly specs: readonly RoleSpec[]
  /** Who has which role now, by name of the role. */
  readonly members: ReadonlyMap<string, Readonly<Record<MemberKind, Members>>>
  /** All that are stored, with their admin flag. */
  readonly users: ReadonlyMap<string, { readonly admin: boolean }>
  readonly services: ReadonlyMap<string, { readonly admin: boolean }>
  readonly groups: ReadonlySet<string>
  /** `Authenticator.admin_users` and `allowed_users`, normalised. */
  readonly adminUsers: ReadonlySet<string>
  readonly allowedUsers: ReadonlySet<string>
  /** As the authenticator does. @throws for a name that no user can have */
  readonly normalizeUser: (name: string) => string
  readonly isUpgrade: boolean
  /** `reset_managed_roles_on_startup` */
  readonly resetManagedRoles: boolean
}

/** In this order they can be carried out. */
export type AssignmentChange =
  | { readonly kind: 'create'; readonly of: 'users' | 'groups'; readonly name: string }
  | { readonly kind: 'strip'; readonly role: string; readonly of: MemberKind; readonly name: string }
  | {
      readonly kind: 'grant'
      readonly role: string
      readonly of: MemberKind
      readonly name: string
      readonly isManaged: boolean
    }
  | { readonly kind: 'set-admin'; readonly of: 'users' | 'services'; readonly name: string; readonly admin: boolean }

/** What has to change so that roles are assigned as described, and the admin flag and the role `admin` agree. */
export function planAssignments(facts: AssignmentFacts): readonly AssignmentChange[] {
  const plan = new AssignmentPlan(facts)
  for (const spec of withAdminUsers(facts)) for (const kind of MEMBER_KINDS) plan.apply(spec, kind)
  for (const name of facts.adminUsers) plan.promote(name)
  for (const name of facts.allowedUsers) if (plan.isUser(name)) plan.grant('user', 'users', name, false)
  if (facts.resetManagedRoles) plan.stripStale()
  plan.syncAdmins()
  if (facts.isUpgrade) plan.grantDefaults()
  return plan.changes()
}

type Wanted = Record<MemberKind, Map<string, { readonly isManaged: boolean }>>

class AssignmentPlan {
  readonly #wanted: Map<string, Wanted>
  readonly #created: Record<'users' | 'groups', Set<string>> = { users: new Set(), groups: new Set() }
  readonly #admins: Record<'users' | 'services', Map<string, boolean>>
  /** Managed assignments that the loaded roles confirm. */
  readonly #confirmed = new Set<string>()

  constructor(readonly facts: AssignmentFacts) {
    this.#wanted = new Map([...facts.members].map(([role, members]) => [role, copyOf(members)]))
    const flags = (all: AssignmentFacts['users']) => new Map([...all].map(([name, { admin }]) => [name, admin]))
    this.#admins = { users: flags(facts.users), services: flags(facts.services) }
  }

  isUser(name: string): boolean {
    return this.facts.users.has(name) || this.#created.users.has(name)
  }

  apply(spec: RoleSpec, kind: MemberKind): void {
    const members = this.#membersOf(spec.name)[kind]
    const listed = spec[kind]
    if (!listed) {
      for (const name of [...members.keys()]) if (!this.#keepsUnlisted(spec, kind, name)) members.delete(name)
      return
    }
    const names = new Set(listed.map((name) => this.#existing(kind, name, spec.name)))
    for (const name of [...members.keys()]) if (!names.has(name)) members.delete(name)
    for (const name of names) this.grant(spec.name, kind, name, spec.isManaged)
  }

  promote(name: string): void {
    this.#admins.users.set(this.#existing('users', name, 'admin'), true)
  }

  grant(role: string, kind: MemberKind, name: string, isManaged: boolean): void {
    const members = this.#membersOf(role)[kind]
    if (!members.has(name)) members.set(name, { isManaged })
    if (isManaged) this.#confirmed.add(assignmentKey(role, kind, name))
  }

  /** Takes away what the authenticator once assigned and the loaded roles do not confirm. */
  stripStale(): void {
    for (const [role, wanted] of this.#wanted) {
      for (const kind of MEMBER_KINDS) {
        for (const [name, { isManaged }] of [...wanted[kind]]) {
          if (isManaged && !this.#confirmed.has(assignmentKey(role, kind, name))) wanted[kind].delete(name)
        }
      }
    }
  }

  /** In the role: the flag is set. The flag without the role: the role is granted, unless a list left the name out. */
  syncAdmins(): void {
    const spec = this.facts.specs.find(({ name }) => name === 'admin')
    for (const kind of ['users', 'services'] as const) {
      const members = this.#membersOf('admin')[kind]
      for (const [name, admin] of this.#admins[kind]) {
        if (admin && !members.has(name) && spec?.[kind]) this.#admins[kind].set(name, false)
        else if (admin) this.grant('admin', kind, name, false)
      }
      for (const name of members.keys()) this.#admins[kind].set(name, true)
    }
  }

  grantDefaults(): void {
    const withRole = new Set([...this.#wanted.values()].flatMap(({ users }) => [...users.keys()]))
    for (const name of this.facts.users.keys()) if (!withRole.has(name)) this.grant('user', 'users', name, false)
  }

  changes(): readonly AssignmentChange[] {
    const created = (['users', 'groups'] as const).flatMap((of) =>
      [...this.#created[of]].map((name): AssignmentChange => ({ kind: 'create', of, name })),
    )
    const assignments = [...this.#wanted].flatMap(([role, wanted]) =>
      MEMBER_KINDS.flatMap((of) => difference(role, of, this.facts.members.get(role)?.[of], wanted[of])),
    )
    const stripped = assignments.filter(({ kind }) => kind === 'strip')
    const granted = assignments.filter(({ kind }) => kind === 'grant')
    return [...created, ...stripped, ...granted, ...this.#flagChanges()]
  }

  #flagChanges(): readonly AssignmentChange[] {
    return (['users', 'services'] as const).flatMap((of) =>
      [...this.#admins[of]]
        .filter(([name, admin]) => admin !== (this.facts[of].get(name)?.admin ?? false))
        .map(([name, admin]): AssignmentChange => ({ kind: 'set-admin', of, name, admin })),
    )
  }

  /** A kind that a description leaves out means nobody, but for these. */
  #keepsUnlisted({ name: role, isManaged }: RoleSpec, kind: MemberKind, name: string): boolean {
    // Login and the API assign these, and restarts must not take them away.
    if (kind === 'users' && role === 'user') return true
    if (kind === 'users' && isManaged) {
      this.#confirmed.add(assignmentKey(role, kind, name))
      return true
    }
    return role === 'admin' && kind !== 'groups' && this.#admins[kind].get(name) === true
  }

  /** The stored name of a listed member; users and groups are created, services cannot be. */
  #existing(kind: MemberKind, listed: string, role: string): string {
    if (kind === 'services') {
      if (this.facts.services.has(listed)) return listed
      throw new RoleError(`Role ${role} lists the service ${JSON.stringify(listed)}, which does not exist.`)
    }
    const name = kind === 'users' ? this.facts.normalizeUser(listed) : listed
    if (!this.facts[kind].has(name) && !this.#created[kind].has(name)) {
      this.#created[kind].add(name)
      // Whoever is created gets the default role, here as at login.
      if (kind === 'users') this.grant('user', 'users', name, false)
    }
    return name
  }

  #membersOf(role: string): Wanted {
    const known = this.#wanted.get(role)
    if (known) return known
    const wanted: Wanted = { users: new Map(), services: new Map(), groups: new Map() }
    this.#wanted.set(role, wanted)
    return wanted
  }
}

/** `admin_users` join the list of the role `admin`, if it has one; without a list their flag alone brings them in. */
function withAdminUsers({ specs, adminUsers, normalizeUser }: AssignmentFacts): readonly RoleSpec[] {
  return specs.map((spec) => {
    if (spec.name !== 'admin' || !spec.users) return spec
    return { ...spec, users: [...new Set([...spec.users.map(normalizeUser), ...adminUsers])] }
  })
}

function difference(
  role: string,
  of: MemberKind,
  before: Members | undefined,
  after: Members,
): readonly AssignmentChange[] {
  const stripped = [...(before?.keys() ?? [])].filter((name) => !after.has(name))
  const granted = [...after].filter(([name]) => !before?.has(name))
  return [
    ...stripped.map((name): AssignmentChange => ({ kind: 'strip', role, of, name })),
    ...granted.map(([name, { isManaged }]): AssignmentChange => ({ kind: 'grant', role, of, name, isManaged })),
  ]
}

const copyOf = (members: Readonly<Record<MemberKind, Members>>): Wanted => ({
  users: new Map(members.users),
  services: new Map(members.services),
  groups: new Map(members.groups),
})

const assignmentKey = (role: string, kind: MemberKind, name: string): string => JSON.stringify([role, kind, name])

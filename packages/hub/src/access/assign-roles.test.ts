import { defaultScopes } from '@hub/api'
import { describe, expect, test } from 'vitest'
import { type AssignmentFacts, planAssignments } from './assign-roles.js'
import { type MemberKind, readRoleSpecs, RoleError } from './role-spec.js'

interface World {
  /** Names by role and kind; managed ones end in `*`. */
  members?: Record<string, Partial<Record<MemberKind, string[]>>>
  users?: string[]
  admins?: string[]
  services?: string[]
  groups?: string[]
  loadRoles?: unknown[]
  managedRoles?: unknown[]
  adminUsers?: string[]
  allowedUsers?: string[]
  isUpgrade?: boolean
  resetManagedRoles?: boolean
}

const members = (names: string[] = []) =>
  new Map(names.map((n) => [n.replace('*', ''), { isManaged: n.endsWith('*') }]))

function factsOf(world: World): AssignmentFacts {
  const specs = readRoleSpecs({
    loadRoles: world.loadRoles ?? [],
    managedRoles: world.managedRoles,
    table: defaultScopes,
  })
  return {
    specs,
    members: new Map(
      Object.entries(world.members ?? {}).map(([role, { users, services, groups }]) => [
        role,
        { users: members(users), services: members(services), groups: members(groups) },
      ]),
    ),
    users: new Map((world.users ?? []).map((name) => [name, { admin: world.admins?.includes(name) ?? false }])),
    services: new Map((world.services ?? []).map((name) => [name, { admin: world.admins?.includes(name) ?? false }])),
    groups: new Set(world.groups),
    adminUsers: new Set(world.adminUsers),
    allowedUsers: new Set(world.allowedUsers),
    normalizeUser: (name) => name.toLowerCase(),
    isUpgrade: world.isUpgrade ?? false,
    resetManagedRoles: world.resetManagedRoles ?? false,
  }
}

const plan = (world: World) => planAssignments(factsOf(world))

/** Who has `role` once the plan is carried out. */
function after(world: World, role: string, kind: MemberKind = 'users'): string[] {
  const names = new Set((world.members?.[role]?.[kind] ?? []).map((name) => name.replace('*', '')))
  for (const change of plan(world)) {
    if ((change.kind === 'grant' || change.kind === 'strip') && change.role === role && change.of === kind) {
      if (change.kind === 'grant') names.add(change.name)
      else names.delete(change.name)
    }
  }
  return [...names].sort()
}

describe('membership of the role user, with alpha and beta in the database', () => {
  const db: World = { users: ['alpha', 'beta', 'gamma'], members: { user: { users: ['alpha', 'beta'] } } }
  test('is left alone by a description without users', () => {
    expect(after({ ...db, loadRoles: [{ name: 'user' }] }, 'user')).toEqual(['alpha', 'beta'])
    expect(plan(db)).toEqual([])
  })
  test('grows by allowed users', () => {
    expect(after({ ...db, loadRoles: [{ name: 'user' }], allowedUsers: ['gamma'] }, 'user')).toEqual([
      'alpha',
      'beta',
      'gamma',
    ])
  })
  test('is exactly the list that is given', () => {
    expect(after({ ...db, loadRoles: [{ name: 'user', users: [] }] }, 'user')).toEqual([])
    expect(after({ ...db, loadRoles: [{ name: 'user', users: ['alpha', 'Gamma'] }] }, 'user')).toEqual([
      'alpha',
      'gamma',
    ])
  })
})

describe('membership of the role admin, with alpha and beta in the database', () => {
  const db: World = {
    users: ['alpha', 'beta', 'gamma'],
    admins: ['alpha', 'beta'],
    members: { admin: { users: ['alpha', 'beta'] } },
  }
  test('is preserved by a description without users', () => {
    expect(plan({ ...db, loadRoles: [{ name: 'admin' }] })).toEqual([])
    expect(plan(db)).toEqual([])
  })
  test('grows by admin users', () => {
    const world = { ...db, loadRoles: [{ name: 'admin' }], adminUsers: ['gamma'] }
    expect(after(world, 'admin')).toEqual(['alpha', 'beta', 'gamma'])
    expect(plan(world)).toContainEqual({ kind: 'set-admin', of: 'users', name: 'gamma', admin: true })
  })
  test('is exactly the list that is given, and the flag follows', () => {
    expect(after({ ...db, loadRoles: [{ name: 'admin', users: [] }] }, 'admin')).toEqual([])
    const world = { ...db, loadRoles: [{ name: 'admin', users: ['alpha', 'gamma'] }] }
    expect(after(world, 'admin')).toEqual(['alpha', 'gamma'])
    expect(plan(world).filter(({ kind }) => kind === 'set-admin')).toEqual([
      { kind: 'set-admin', of: 'users', name: 'beta', admin: false },
      { kind: 'set-admin', of: 'users', name: 'gamma', admin: true },
    ])
  })
  test('is the list and the admin users, where both are given', () => {
    const world = { ...db, loadRoles: [{ name: 'admin', users: ['alpha'] }], adminUsers: ['gamma'] }
    expect(after(world, 'admin')).toEqual(['alpha', 'gamma'])
  })
})

describe('the flag of admins', () => {
  test('and the role agree in the end', () => {
    const world: World = {
      users: ['flagged', 'member'],
      services: ['culler'],
      admins: ['flagged', 'culler'],
      members: { admin: { users: ['member'] } },
    }
    expect(plan(world)).toEqual([
      { kind: 'grant', role: 'admin', of: 'users', name: 'flagged', isManaged: false },
      { kind: 'grant', role: 'admin', of: 'services', name: 'culler', isManaged: false },
      { kind: 'set-admin', of: 'users', name: 'member', admin: true },
    ])
  })
})

describe('other roles', () => {
  test('lose the members of kinds that are left out', () => {
    const world: World = {
      users: ['a'],
      services: ['s'],
      groups: ['g'],
      members: { mine: { users: ['a'], services: ['s'], groups: ['g'] } },
      loadRoles: [{ name: 'mine', services: ['s'] }],
    }
    expect([after(world, 'mine'), after(world, 'mine', 'services'), after(world, 'mine', 'groups')]).toEqual([
      [],
      ['s'],
      [],
    ])
  })

  test('create the users and groups they list; the users are ordinary users', () => {
    expect(plan({ loadRoles: [{ name: 'mine', users: ['Ada'], groups: ['g'] }] })).toEqual([
      { kind: 'create', of: 'users', name: 'ada' },
      { kind: 'create', of: 'groups', name: 'g' },
      { kind: 'grant', role: 'mine', of: 'users', name: 'ada', isManaged: false },
      { kind: 'grant', role: 'mine', of: 'groups', name: 'g', isManaged: false },
      { kind: 'grant', role: 'user', of: 'users', name: 'ada', isManaged: false },
    ])
  })

  test('list only services that exist', () => {
    expect(() => plan({ loadRoles: [{ name: 'mine', services: ['none'] }] })).toThrow(RoleError)
  })
})

describe('roles of the authenticator', () => {
  test('keep users they do not mention', () => {
    const world: World = {
      users: ['a'],
      members: { mine: { users: ['a*'] } },
      managedRoles: [{ name: 'mine' }],
      resetManagedRoles: true,
    }
    expect(after(world, 'mine')).toEqual(['a'])
  })

  test('that a reset does not find again leave their members without', () => {
    const world: World = { users: ['a'], members: { old: { users: ['a*'] }, user: { users: [] } }, managedRoles: [] }
    expect(after(world, 'old')).toEqual(['a'])
    expect(after({ ...world, resetManagedRoles: true }, 'old')).toEqual([])
    expect(after({ ...world, resetManagedRoles: true }, 'user')).toEqual([])
  })

  test('mark whom they list', () => {
    expect(plan({ users: ['a'], managedRoles: [{ name: 'mine', users: ['a'] }] })).toEqual([
      { kind: 'grant', role: 'mine', of: 'users', name: 'a', isManaged: true },
    ])
  })
})

test('an upgrade gives users without a role the default one', () => {
  const world: World = { users: ['a', 'b'], services: ['s'], members: { mine: { users: ['b'] } }, isUpgrade: true }
  expect(plan(world)).toEqual([{ kind: 'grant', role: 'user', of: 'users', name: 'a', isManaged: false }])
})

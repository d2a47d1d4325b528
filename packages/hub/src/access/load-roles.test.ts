import { defaultScopes } from '@hub/api'
import { describe, expect, test } from 'vitest'
import { defaultRoles } from './default-roles.js'
import { LoadGroupsError, readLoadGroups } from './load-groups.js'
import { planRoles, type RoleFacts, type StoredRole } from './load-roles.js'
import { isRoleName } from './role-name.js'
import { assertRoleMayBeDeleted, readRoleSpecs, RoleError } from './role-spec.js'

const table = defaultScopes
const defaults: StoredRole[] = Object.values(defaultRoles()).map((role) => ({ ...role, managedByAuth: false }))
const mine: StoredRole = { name: 'mine', description: 'd', scopes: ['read:users'], managedByAuth: false }

const read = (loadRoles: unknown[], managedRoles?: unknown[]) => readRoleSpecs({ loadRoles, managedRoles, table })

function plan(loadRoles: unknown[], change: Partial<RoleFacts> = {}, managed?: unknown[]) {
  const facts = { stored: defaults, hasUsers: true, extraUserScopes: [], resetManagedRoles: false, ...change }
  return planRoles({ ...facts, specs: read(loadRoles, managed) })
}
const logOf = (...args: Parameters<typeof plan>) => plan(...args).log.map(({ event }) => event)

describe('the name of a role', () => {
  test.each(['abc', 'a-b', 'a.b_c~d9', 'x'.repeat(255)])('can be %j', (name) => expect(isRoleName(name)).toBe(true))
  test.each(['ab', 'Abc', '1bc', 'ab-', 'a b', 'a:b', '-ab', 'äbc', 'x'.repeat(256), 'abc\n'])('cannot be %j', (name) =>
    expect(isRoleName(name)).toBe(false),
  )
})

describe('a description of a role', () => {
  test.each([
    [{}],
    ['text'],
    [{ name: 'x' }],
    [{ name: 'mine', scopes: ['nope'] }],
    [{ name: 'mine', scopes: 'users' }],
    [{ name: 'mine', users: 3 }],
    [{ name: 'admin', scopes: ['self'] }],
    [{ name: 'admin', description: 'other' }],
  ])('as %j is refused', (spec) => expect(() => read([spec])).toThrow(RoleError))

  test('given twice is refused', () => {
    expect(() => read([{ name: 'mine' }, { name: 'mine' }])).toThrow(/twice/)
    expect(() => read([{ name: 'mine' }], [{ name: 'mine' }])).toThrow(/twice/)
  })

  test('of the admin role may name members, or repeat the default', () => {
    const { description, scopes } = defaultRoles().admin
    expect(read([{ name: 'admin', users: ['ada'], description, scopes: [...scopes].reverse() }])).toHaveLength(1)
  })

  test('has no users or groups when the authenticator manages roles', () => {
    const text = '`load_roles` can not be used for assigning roles to users nor groups'
    expect(() => read([{ name: 'mine', users: [] }], [])).toThrow(text)
    expect(() => read([{ name: 'mine', groups: ['g'] }], [])).toThrow(text)
    expect(read([{ name: 'mine', services: ['s'] }], [])).toHaveLength(1)
  })
})

describe('loading roles', () => {
  test('an unchanged start changes and logs nothing', () => {
    const loaded = [{ name: 'mine', description: 'd', scopes: ['read:users'] }]
    expect(plan(loaded, { stored: [...defaults, mine] })).toEqual({ changes: [], log: [], isUpgrade: false })
  })

  test('an empty database gets the default roles', () => {
    const { changes, isUpgrade } = plan([], { stored: [], hasUsers: false })
    expect(changes.map((change) => change.kind === 'create' && change.role.name)).toEqual([
      'user',
      'admin',
      'server',
      'token',
    ])
    expect(isUpgrade).toBe(false)
  })

  test('users without any role row show a database from before there were roles', () => {
    expect(plan([], { stored: [] }).isUpgrade).toBe(true)
  })

  test('says what it did', () => {
    expect(logOf([{ name: 'mine', scopes: ['users'] }])).toEqual(['Role mine added to database'])
    expect(logOf([], { stored: [...defaults, mine] })).toEqual(['Role mine has been deleted'])
    expect(logOf([{ name: 'mine' }])).toEqual(['Role mine added to database', 'Role mine will have no scopes'])
    expect(logOf([{ name: 'mine', description: 'd', scopes: ['users'] }], { stored: [...defaults, mine] })).toEqual([
      'Role mine has obtained extra permissions',
      'Role attribute mine.scopes has been changed',
    ])
  })

  test('what a description leaves out becomes empty', () => {
    expect(plan([{ name: 'mine' }], { stored: [...defaults, mine] }).changes).toMatchObject([
      { kind: 'update', role: { description: '', scopes: [] }, changed: ['description', 'scopes'] },
    ])
  })

  test('a default role keeps what its description leaves out, and is restored without one', () => {
    const changed = plan([{ name: 'server', scopes: ['inherit'] }]).changes
    expect(changed).toMatchObject([{ kind: 'update', role: { name: 'server', description: 'Post activity only' } }])
    const stored = defaults.map((role) => (role.name === 'server' ? { ...role, scopes: ['inherit'] } : role))
    expect(plan([], { stored }).changes).toMatchObject([
      { kind: 'update', role: { scopes: defaultRoles().server.scopes }, changed: ['scopes'] },
    ])
  })

  test('extra scopes go to the role user, unless it is described', () => {
    expect(plan([], { extraUserScopes: ['shares!user'] }).changes).toMatchObject([
      { role: { name: 'user', scopes: ['self', 'shares!user'] } },
    ])
    expect(logOf([{ name: 'user', scopes: ['self'] }], { extraUserScopes: ['shares!user'] })).toEqual([
      expect.stringContaining('extra_user_scopes is ignored'),
    ])
    expect(logOf([{ name: 'user', scopes: ['tokens!user'] }])).toContainEqual(expect.stringContaining('no scope self'))
  })

  test('managed roles stay until a reset does not find them', () => {
    const managed = { ...mine, managedByAuth: true }
    const stored = [...defaults, managed]
    const loaded = [{ name: 'mine', description: 'd', scopes: ['read:users'] }]
    expect(plan([], { stored }, []).changes).toEqual([])
    expect(plan([], { stored, resetManagedRoles: true }, []).changes).toEqual([{ kind: 'delete', name: 'mine' }])
    expect(plan([], { stored, resetManagedRoles: true }, loaded).changes).toEqual([])
  })

  test('default roles cannot be deleted', () => {
    expect(() => assertRoleMayBeDeleted('user')).toThrow(RoleError)
    expect(() => assertRoleMayBeDeleted('mine')).not.toThrow()
  })
})

describe('loading groups', () => {
  test('takes objects, and lists with a warning', () => {
    const { groups, warnings } = readLoadGroups(
      { a: { users: ['x'], properties: { p: 1 } }, b: ['y'], c: {} },
      { manageGroups: false },
    )
    expect(groups).toEqual([
      { name: 'a', users: ['x'], properties: { p: 1 } },
      { name: 'b', users: ['y'] },
      { name: 'c', users: [] },
    ])
    expect(warnings).toHaveLength(1)
  })

  test('is refused where the authenticator manages groups', () => {
    expect(() => readLoadGroups({ a: [] }, { manageGroups: true })).toThrow(LoadGroupsError)
    expect(readLoadGroups({}, { manageGroups: true }).groups).toEqual([])
  })

  test.each([[null], ['text'], [{ users: 'x' }], [{ properties: [] }]])('refuses %j', (given) => {
    expect(() => readLoadGroups({ a: given }, { manageGroups: false })).toThrow(LoadGroupsError)
  })
})

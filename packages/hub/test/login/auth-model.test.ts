import { expect, test } from 'vitest'
import type { JsonObject } from '@hub/api'
import type { AuthModel, ManagedRole } from '@hub/authenticator'
import * as roleStore from '../../src/access/role-store.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as userStore from '../../src/users/user-store.js'
import { FakeAuthenticator } from './fake-authenticator.js'
import { type IdentityApp, startIdentityApp } from './identity-app.js'

/** Logs `ada` in with what the authenticator says of her. */
async function logInWith(app: IdentityApp, model: Omit<AuthModel, 'name'>): Promise<number> {
  app.authenticator.answer = () => ({ name: 'ada', ...model })
  return (await app.browser().login('ada', 'any', { follow: false })).status
}

const ada = async (app: IdentityApp) => {
  const user = await userStore.findByName(app.database.read, 'ada')
  if (user === undefined) throw new Error('ada does not exist')
  const roles = (await roleStore.rolesOf(app.database.read, 'users', [user.id])).get(user.id) ?? []
  const groups = (await groupStore.groupsOf(app.database.read, [user.id])).get(user.id) ?? []
  return { ...user, roles: roles.map((role) => role.name).sort(), groups: [...groups].sort() }
}

test('the admin flag is set and taken as the authenticator says, the role follows; left out it stays', async () => {
  await using app = await startIdentityApp()
  await logInWith(app, { admin: true })
  expect(await ada(app)).toMatchObject({ admin: true, roles: ['admin', 'user'] })
  await logInWith(app, {})
  expect(await ada(app)).toMatchObject({ admin: true, roles: ['admin', 'user'] })
  await logInWith(app, { admin: null })
  expect(await ada(app)).toMatchObject({ admin: true, roles: ['admin', 'user'] })
  await logInWith(app, { admin: false })
  expect(await ada(app)).toMatchObject({ admin: false, roles: ['user'] })
})

test('the role user comes back with each login', async () => {
  await using app = await startIdentityApp()
  await app.user('ada', { roles: [] })
  await logInWith(app, {})
  expect((await ada(app)).roles).toEqual(['user'])
})

test('user_info is stored, and stays when it is left out', async () => {
  await using app = await startIdentityApp()
  await logInWith(app, { userInfo: { display_name: 'Ada' } })
  await logInWith(app, {})
  expect((await ada(app)).userInfo).toEqual({ display_name: 'Ada' })
  await logInWith(app, { userInfo: null })
  expect((await ada(app)).userInfo).toBeNull()
})

test('with manage_groups the groups become exactly those named; null leaves them, forgetting them is an error', async () => {
  await using app = await startIdentityApp({ authenticator: new FakeAuthenticator({ manage_groups: true }) })
  await logInWith(app, { groups: ['a', 'b', 'a'] })
  expect((await ada(app)).groups).toEqual(['a', 'b'])
  await logInWith(app, { groups: ['b', 'c'] })
  expect((await ada(app)).groups).toEqual(['b', 'c'])
  await logInWith(app, { groups: null })
  expect((await ada(app)).groups).toEqual(['b', 'c'])
  expect(await logInWith(app, {})).toBe(500)
  await logInWith(app, { groups: [] })
  expect((await ada(app)).groups).toEqual([])
  expect(await groupStore.findByName(app.database.read, 'a')).toBeDefined()
})

test('without manage_groups, groups in the answer mean nothing', async () => {
  await using app = await startIdentityApp()
  await logInWith(app, { groups: ['a'] })
  expect((await ada(app)).groups).toEqual([])
})

test('with manage_roles the roles become exactly those given, the default one included; unused managed ones go', async () => {
  await using app = await startIdentityApp({
    authenticator: new FakeAuthenticator({ manage_roles: true }),
    settings: { configuredRoles: new Set(['kept']) },
  })
  await app.role('own', ['read:users'])
  await logInWith(app, {
    roles: [{ name: 'user' }, { name: 'lab', scopes: ['list:users'] }, { name: 'kept' }, { name: 'own' }],
  })
  expect((await ada(app)).roles).toEqual(['kept', 'lab', 'own', 'user'])
  await logInWith(app, { roles: null })
  expect((await ada(app)).roles).toEqual(['kept', 'lab', 'own', 'user'])
  await logInWith(app, { roles: [] })
  expect((await ada(app)).roles).toEqual([])
  const left = (await roleStore.list(app.database.read)).map((role) => role.name)
  expect(left.filter((name) => ['lab', 'kept', 'own'].includes(name)).sort()).toEqual(['kept', 'own'])
})

test('a managed role is updated with what is given and not empty; its member lists take the place of the stored', async () => {
  await using app = await startIdentityApp({ authenticator: new FakeAuthenticator({ manage_roles: true }) })
  await app.user('bob')
  const role = async () => roleStore.findByName(app.database.read, 'lab')
  await logInWith(app, { roles: [{ name: 'lab', description: 'Lab', scopes: ['list:users'] }] })
  await logInWith(app, { roles: [{ name: 'lab', description: '', scopes: [] }] })
  expect(await role()).toMatchObject({ description: 'Lab', scopes: ['list:users'], managedByAuth: true })
  await logInWith(app, { roles: [{ name: 'lab', scopes: ['read:hub'], users: ['bob', 'nobody'] }] })
  expect(await role()).toMatchObject({ description: 'Lab', scopes: ['read:hub'] })
  const holders = await roleStore.holdersOf(app.database.read, 'users', (await role())?.id ?? 0)
  expect(holders.map(({ managedByAuth }) => managedByAuth)).toEqual([true, true])
  expect(app.log).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: { role: 'lab', holder: 'users', unknown: ['nobody'] } }),
  )
})

const impossible: [string, ManagedRole][] = [
  ['a bad name', { name: 'X' }],
  ['an unknown scope', { name: 'lab', scopes: ['no:such'] }],
  ['a changed admin role', { name: 'admin', scopes: ['self'] }],
]
test.each(impossible)('%s makes the login fail with 409 and changes nothing', async (_, role) => {
  await using app = await startIdentityApp({ authenticator: new FakeAuthenticator({ manage_roles: true }) })
  expect(await logInWith(app, { roles: [{ name: 'good' }, role] })).toBe(409)
  expect(await userStore.countAll(app.database.read)).toBe(0)
  expect(await roleStore.findByName(app.database.read, 'good')).toBeUndefined()
})

test('auth state is stored encrypted, cleared by a login without, and unreadable with another key', async () => {
  const authenticator = new FakeAuthenticator({ enable_auth_state: true })
  const key = Buffer.alloc(32, 1)
  await using app = await startIdentityApp({ authenticator, cryptKeys: [key] })
  const state: JsonObject = { refresh_token: 'pssst', nested: [1, null] }
  await logInWith(app, { authState: state })
  const { id } = await ada(app)
  const stored = await userStore.findEncryptedAuthState(app.database.read, id)
  expect(stored?.toString('latin1')).toMatch(/^gAAAA/)
  expect(await app.identity.authStates.read(id)).toEqual(state)
  await app.database.write((tx) => userStore.setEncryptedAuthState(tx, id, Buffer.from('gAAAAnonsense')))
  expect(await app.identity.authStates.read(id)).toBeNull()
  await logInWith(app, {})
  expect(await userStore.findEncryptedAuthState(app.database.read, id)).toBeNull()
})

test('without enable_auth_state none is stored', async () => {
  await using app = await startIdentityApp({ cryptKeys: [Buffer.alloc(32, 1)] })
  await logInWith(app, { authState: { a: 1 } })
  expect(await userStore.findEncryptedAuthState(app.database.read, (await ada(app)).id)).toBeNull()
})

test('with several keys a state read is encrypted anew with the first', async () => {
  const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const authenticator = new FakeAuthenticator({ enable_auth_state: true })
  await using app = await startIdentityApp({ authenticator, cryptKeys: [fresh, old] })
  await using before = await startIdentityApp({
    authenticator: new FakeAuthenticator({ enable_auth_state: true }),
    cryptKeys: [old],
  })
  await logInWith(app, {})
  const { id } = await ada(app)
  const sealed = before.identity.authStates.seal({ a: 1 })
  await app.database.write((tx) => userStore.setEncryptedAuthState(tx, id, sealed))
  expect(await app.identity.authStates.read(id)).toEqual({ a: 1 })
  expect(await userStore.findEncryptedAuthState(app.database.read, id)).not.toEqual(sealed)
})

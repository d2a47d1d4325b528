import { expect, test } from 'vitest'
import { defaultScopes, silentLog } from '@hub/api'
import { AccessVersion } from '../../src/access/access-version.js'
import * as roleStore from '../../src/access/role-store.js'
import { AuthStateCipher } from '../../src/crypto/auth-state.js'
import { HubEvents } from '../../src/events.js'
import { AuthModelApplier } from '../../src/login/apply-auth-model.js'
import { AuthStates } from '../../src/login/auth-states.js'
import * as userStore from '../../src/users/user-store.js'
import { onEveryDatabase } from '../database/both-databases.js'
import { noon } from '../database/make.js'
import { FakeAuthenticator } from './fake-authenticator.js'

onEveryDatabase('a first login', (current) => {
  test('makes one user with groups, roles and auth state, however many log in at the same time', async () => {
    const { database } = current()
    const authenticator = new FakeAuthenticator({ manage_groups: true, manage_roles: true, enable_auth_state: true })
    const cipher = new AuthStateCipher([Buffer.alloc(32, 1)])
    const authStates = new AuthStates({ database, cipher, isEnabled: true, log: silentLog })
    const access = new AccessVersion()
    const applier = new AuthModelApplier({
      database,
      authenticator,
      authStates,
      access,
      events: new HubEvents(),
      scopes: defaultScopes,
      configuredRoles: new Set(),
      now: () => noon,
      log: silentLog,
    })
    const model = {
      name: 'ada',
      admin: true,
      groups: ['lab', 'staff'],
      roles: [{ name: 'reader', scopes: ['list:users'], groups: ['lab', 'nowhere'] }],
      authState: { token: 'pssst' },
      userInfo: { display_name: 'Ada' },
    }
    const users = await Promise.all(Array.from({ length: 5 }, () => applier.atLogin(model)))
    expect(new Set(users.map((user) => user.id)).size).toBe(1)
    const [{ id } = { id: 0 }] = users
    expect(await userStore.findById(database.read, id)).toMatchObject({
      admin: true,
      userInfo: { display_name: 'Ada' },
    })
    const roles = (await roleStore.rolesOf(database.read, 'users', [id])).get(id)
    expect(roles?.map((role) => role.name)).toEqual(['reader'])
    expect(await authStates.read(id)).toEqual({ token: 'pssst' })

    const before = access.current
    await applier.atRefresh(id, { admin: true, groups: ['lab', 'staff'] })
    expect(access.current).toBe(before)
    await applier.atRefresh(id, { roles: [], groups: [] })
    expect(access.current).toBeGreaterThan(before)
    expect(await authStates.read(id)).toEqual({ token: 'pssst' })
  })
})

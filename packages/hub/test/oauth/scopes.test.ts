import { describe, expect, test } from 'vitest'
import { defaultScopes, withCustomScopes } from '@hub/api'
import { defaultRoles } from '../../src/access/default-roles.js'
import { startIdentityApp } from '../login/identity-app.js'
import { answerOf, authorize, serviceClient, tokenScopes } from './oauth-app.js'

const { table } = withCustomScopes(defaultScopes, { 'custom:lab': { description: 'Do x' } })

/** A user with the roles `user` and `read-only`, who may enter the service, whose client may hand on some roles' scopes. */
async function startScopesApp(clientRoles: readonly string[]) {
  const app = await startIdentityApp({ scopes: table })
  const rolesByName: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries(Object.values(defaultRoles()).map((role) => [role.name, role.scopes])),
    'read-only': ['access:servers', 'custom:lab'],
    other: ['admin-ui'],
  }
  for (const name of ['read-only', 'other']) await app.role(name, rolesByName[name] ?? [])
  await app.role('visitor', ['access:services'])
  await app.user('ada', { roles: ['user', 'read-only', 'visitor'] })
  const browser = await app.loggedIn('ada')
  const allowedScopes = [...new Set(clientRoles.flatMap((name) => rolesByName[name] ?? []))]
  const client = await serviceClient(app, 'lab', { allowedScopes, noConfirm: true })
  return { app, browser, client, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
}

const always = ['access:services!service=lab', 'read:users:groups!user=ada', 'read:users:name!user=ada']

/** What `self` stands for, but for what every token has anyway. */
const self = [
  'access:servers!user=ada',
  'delete:servers!user=ada',
  'read:servers!user=ada',
  'read:shares!user=ada',
  'read:tokens!user=ada',
  'read:users!user=ada',
  'read:users:activity!user=ada',
  'read:users:shares!user=ada',
  'servers!user=ada',
  'start:servers!user=ada',
  'tokens!user=ada',
  'users:activity!user=ada',
  'users:shares!user=ada',
]

describe('the token beyond identification and access', () => {
  test.each([
    { roles: [], scope: '', granted: [] },
    { roles: [], scope: 'identify', granted: [] },
    { roles: ['user'], scope: 'user', granted: self },
    { roles: ['token', 'user'], scope: 'identify', granted: [] },
    { roles: ['read-only'], scope: 'access:servers', granted: ['access:servers'] },
    { roles: ['admin', 'user'], scope: 'user', granted: self },
    { roles: ['other'], scope: 'other', granted: [] },
    { roles: ['read-only'], scope: 'custom:lab', granted: ['custom:lab'] },
    { roles: ['read-only'], scope: 'custom:lab!user=ada', granted: ['custom:lab!user=ada'] },
  ])('client of $roles asked for "$scope" has $granted', async ({ roles, scope, granted }) => {
    await using at = await startScopesApp(roles)
    const scopes = await tokenScopes(at.app, at.browser, at.client, scope === '' ? {} : { scope })
    expect([...scopes].sort()).toEqual([...always, ...granted].sort())
  })

  test('a client that may hand on inherit, asked for nothing, has all that the user has', async () => {
    await using at = await startScopesApp(['token', 'user'])
    const scopes = await tokenScopes(at.app, at.browser, at.client)
    expect(scopes).toEqual(
      expect.arrayContaining(['access:servers', 'access:services', 'custom:lab', 'tokens!user=ada']),
    )
    expect(scopes).not.toContain('admin-ui')
  })

  test('of several scopes, those the user does not have are left out', async () => {
    await using at = await startScopesApp(['admin', 'user'])
    const scopes = await tokenScopes(at.app, at.browser, at.client, { scope: 'admin:users access:servers self' })
    expect(scopes).toEqual(expect.arrayContaining(['access:servers', 'tokens!user=ada']))
    // Of admin:users the user has what concerns the user alone, by way of self.
    expect(scopes.filter((each) => each.startsWith('admin'))).toEqual([])
    expect(at.app.log).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ notGranted: ['admin:users'] }) }),
    )
  })
})

describe('invalid_scope', () => {
  test.each([
    { roles: [], scope: 'admin' },
    { roles: [], scope: 'read:users' },
    { roles: [], scope: 'nosuchscope' },
    { roles: [], scope: 'admin:invalid!no=bo!' },
    { roles: ['token', 'server'], scope: 'token user' },
    { roles: ['read-only'], scope: 'access:services' },
    { roles: ['user'], scope: 'custom:lab' },
    { roles: ['user'], scope: 'user read:users!user' },
  ])('client of $roles asking for "$scope"', async ({ roles, scope }) => {
    await using at = await startScopesApp(roles)
    const answer = answerOf(await authorize(at.browser, at.client, { scope, state: 's' }))
    expect(answer).toMatchObject({ error: 'invalid_scope', state: 's' })
    expect(answer['code']).toBeUndefined()
  })
})

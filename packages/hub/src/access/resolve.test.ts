import { defaultScopes, withCustomScopes } from '@hub/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyRawScopes } from '../../test/arbitrary-scopes.js'
import { defaultRoles } from './default-roles.js'
import { tokenPermissions, ownerPermissions } from './effective-permissions.js'
import { ScopeExpander } from './expand.js'
import {
  alwaysGranted,
  authorizeOAuthScopes,
  oauthTokenRequest,
  readOAuthScopes,
  storedOAuthScopes,
} from './oauth-scopes.js'
import { intersect } from './intersect.js'
import { excessOf } from './permissions.js'
import { resolveScopes } from './resolve.js'
import { serverTokenScopes } from './server-token-scopes.js'

const { table } = withCustomScopes(defaultScopes, { 'custom:xyz': { description: 'x' } })
const expander = new ScopeExpander(table)
const owner = { kind: 'user', name: 'U' } as const
const roles = defaultRoles()

describe('a request', () => {
  const issuer = { kind: 'server', user: 'U', server: 'S' } as const
  const resolve = (requested: string[], held: string[]) => resolveScopes(expander, { requested, held, owner, issuer })

  test('is granted as written where all of it is held', () => {
    expect(resolve(['read:servers!server'], ['read:servers!user'])).toEqual({
      granted: ['read:servers!server'],
      notGranted: [],
    })
  })

  test('is granted in parts where parts of it are held', () => {
    expect(resolve(['admin:servers!server'], ['read:servers'])).toEqual({
      granted: ['read:servers!server=U/S'],
      notGranted: ['admin:servers!server'],
    })
  })

  test('for what does not exist is not granted', () => {
    expect(resolve(['nope'], ['proxy'])).toEqual({ granted: [], notGranted: ['nope'] })
  })

  test('never yields more than is held', () => {
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, (requested, held) => {
        const expand = (scopes: readonly string[]) => expander.expand(scopes, { owner, issuer }).permissions
        const granted = expand(resolve(requested, held).granted)
        expect(excessOf(granted, intersect(granted, expand(held)))).toEqual([])
      }),
    )
  })
})

describe('the token of a server', () => {
  test.each([
    [['self'], ['inherit'], ['inherit']],
    [['self'], undefined, ['access:servers!server=U/', 'users:activity!user']],
    [['self'], [], ['access:servers!server=U/', 'users:activity!user']],
    [['self'], ['admin:groups', 'read:servers!server'], ['read:servers!server=U/', 'users:activity!user']],
    [
      ['self', 'read:groups!group=x', 'users:activity'],
      ['admin:groups', 'users:activity'],
      ['read:groups!group=x', 'read:groups:name!group=x', 'users:activity'],
    ],
  ])('of a user with %j that asks for %j gets %j', (userRoleScopes, configured, expected) => {
    const { server: serverRole } = roles
    const facts = { user: 'U', server: '', configured, serverRoleScopes: serverRole.scopes, userRoleScopes }
    expect(serverTokenScopes(expander, facts).granted).toEqual(expected)
  })
})

test('names with the signs of replacement patterns stay as they are', () => {
  const facts = {
    user: 'a$&b',
    server: '',
    configured: ['access:servers!server'],
    serverRoleScopes: [],
    userRoleScopes: ['self'],
  }
  expect(serverTokenScopes(expander, facts).granted).toContain('access:servers!server=a$&b/')
})

describe('an OAuth client', () => {
  const issuer = { kind: 'service', name: 'svc' } as const
  const userRoleScopes = ['self', 'access:servers', 'custom:xyz', 'access:services']
  const clientRoles: Record<string, readonly string[]> = {
    user: roles.user.scopes,
    token: roles.token.scopes,
    server: roles.server.scopes,
    admin: roles.admin.scopes,
    'read-only': ['access:servers', 'custom:xyz'],
    other: ['admin-ui'],
  }

  /** Effective scopes beyond those every token has, or `invalid_scope`. */
  function run(allowedRoles: string[], words: string[] | undefined): readonly string[] | 'invalid_scope' {
    const client = {
      issuer,
      allowedScopes: [...allowedRoles.flatMap((role) => clientRoles[role] ?? []), 'access:services!service=svc'],
    }
    const read = readOAuthScopes(expander, words, client, (role) => clientRoles[role])
    if (!read.ok) return 'invalid_scope'
    const authorized = authorizeOAuthScopes(expander, read.scopes, { client, user: 'U' })
    if (!authorized.ok) return 'invalid_scope'
    const stored = storedOAuthScopes(
      expander,
      oauthTokenRequest(authorized.scopes, { issuer, user: 'U', userRoleScopes }),
    )
    const held = ownerPermissions(expander, { owner, roleScopes: userRoleScopes }).permissions
    const { permissions } = tokenPermissions(expander, { owner, issuer, scopes: stored.granted }, held)
    return excessOf(permissions, expander.expand(alwaysGranted(issuer), { owner, issuer }).permissions)
  }

  const always = expander.expand(alwaysGranted(issuer), { owner, issuer }).permissions
  const beyond = (scopes: string[]) => excessOf(expander.expand(scopes, { owner, issuer }).permissions, always)

  test.each<[string[], string[] | undefined, readonly string[] | 'invalid_scope']>([
    [[], undefined, []],
    [[], ['identify'], []],
    [[], ['admin'], 'invalid_scope'],
    [[], ['read:users'], 'invalid_scope'],
    [[], ['nosuchscope'], 'invalid_scope'],
    [[], ['admin:invalid!no=bo!'], 'invalid_scope'],
    [['user'], ['user'], beyond(['self'])],
    [['token', 'user'], undefined, beyond(userRoleScopes)],
    [['token', 'user'], ['identify'], []],
    [['token', 'server'], ['token', 'user'], 'invalid_scope'],
    [['read-only'], ['access:services'], 'invalid_scope'],
    [['admin', 'user'], ['user'], beyond(['self'])],
    [['read-only'], ['access:servers'], beyond(['access:servers'])],
    [['admin', 'user'], ['admin:users', 'access:servers', 'self'], beyond(['self', 'access:servers'])],
    [['other'], ['other'], []],
    [['user'], ['custom:xyz'], 'invalid_scope'],
    [['read-only'], ['custom:xyz'], ['custom:xyz']],
    [['read-only'], ['custom:xyz!user=U'], ['custom:xyz!user=U']],
    [['read-only'], ['custom:xyz', 'user'], 'invalid_scope'],
  ])('with roles %j asked for %j gives %j', (allowed, words, expected) => {
    expect(run(allowed, words)).toEqual(expected)
  })
})

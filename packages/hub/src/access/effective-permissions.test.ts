import { defaultScopes } from '@hub/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allQuestions, anyMembership, anyRawScopes } from '../../test/arbitrary-scopes.js'
import { ownerPermissions, tokenGroupsInQuestion, tokenPermissions, withIdentity } from './effective-permissions.js'
import { ScopeExpander } from './expand.js'
import { hasScope } from './has-scope.js'
import { membersOf } from './membership.js'
import { excessOf, Permissions } from './permissions.js'

const expander = new ScopeExpander(defaultScopes)
const owner = { kind: 'user', name: 'owner' } as const
const hub = { kind: 'hub' } as const

function effective(ownerScopes: string[], tokenScopes: string[], change: object = {}) {
  const held = ownerPermissions(expander, { owner, roleScopes: ownerScopes }).permissions
  const groups = membersOf(new Map([['y', new Set(['nobody'])]]))
  const token = { owner, issuer: hub, scopes: tokenScopes, ...change }
  return tokenPermissions(expander, token, held, groups).permissions.toStrings()
}

describe('a token allows what its owner may, as far as it asks for', () => {
  const subScopes = ['read:users:activity!user=y', 'read:users:groups!user=y', 'read:users:name!user=y']
  test.each([
    [['read:users:activity'], ['read:users:activity!user=otheruser'], ['read:users:activity!user=otheruser']],
    [['read:users:activity!user'], ['read:users:activity'], ['read:users:activity!user=owner']],
    [['read:users:activity!user'], ['read:users:activity!user=otheruser'], []],
    [['users!user=x'], ['read:users:name'], ['read:users:name!user=x']],
    [['users!user=x', 'users!user=y'], ['read:users:name!user=x'], ['read:users:name!user=x']],
    [['users!group=y'], ['users!user=x'], []],
    [['servers!user=y'], ['servers!server=x/'], []],
    [
      ['users!group=x', 'users!user=y'],
      ['read:users:name!group=x', 'read:users!user=y'],
      ['read:users!user=y', ...subScopes, 'read:users:name!group=x'].sort(),
    ],
    [
      ['users!group=x', 'users!user=y'],
      ['read:users:name!group=z', 'read:users!user=y'],
      ['read:users!user=y', ...subScopes],
    ],
  ])('owner %j, token %j: %j', (ownerScopes, tokenScopes, expected) => {
    expect(effective(ownerScopes, tokenScopes)).toEqual(expected)
  })

  test('and who its owner is, if the owner may know', () => {
    expect(effective(['self'], [])).toEqual(['read:users:groups!user=owner', 'read:users:name!user=owner'])
    expect(effective([], [])).toEqual([])
  })

  test('and to use what issued it', () => {
    const server = { kind: 'server', user: 'owner', server: 'lab' } as const
    expect(effective(['self'], [], { issuer: server })).toContain('access:servers!server=owner/lab')
    expect(effective(['access:services'], [], { issuer: { kind: 'service', name: 's' } })).toEqual([
      'access:services!service=s',
    ])
    expect(effective(['access:services'], [], { issuer: { kind: 'nothing' } })).toEqual([])
    expect(effective([], [], { issuer: server })).toEqual([])
  })

  test('and everything if it inherits', () => {
    expect(effective(['self', 'shutdown'], ['inherit', 'proxy'])).toEqual(
      ownerPermissions(expander, { owner, roleScopes: ['self', 'shutdown'] }).permissions.toStrings(),
    )
  })

  test('shares included', () => {
    const facts = { owner, roleScopes: ['self'], shareScopes: ['access:servers!server=bob/'] }
    const held = ownerPermissions(expander, facts).permissions
    const issuer = { kind: 'server', user: 'bob', server: '' } as const
    const { permissions } = tokenPermissions(expander, { owner, issuer, scopes: [] }, held)
    expect(permissions.toStrings()).toContain('access:servers!server=bob/')
  })

  test('what the owner lost can be told', () => {
    const held = ownerPermissions(expander, { owner, roleScopes: ['self'] }).permissions
    const { asked, permissions, dropped } = tokenPermissions(
      expander,
      { owner, issuer: hub, scopes: ['shutdown', 'gone'] },
      held,
    )
    expect(excessOf(asked, permissions)).toEqual(['shutdown'])
    expect(dropped).toEqual(['gone'])
  })

  test('never more than the owner', () => {
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyMembership, (ownerScopes, scopes, membership) => {
        const ada = { kind: 'user', name: 'ada' } as const
        const held = ownerPermissions(expander, { owner: ada, roleScopes: ownerScopes }).permissions
        const { permissions } = tokenPermissions(expander, { owner: ada, issuer: hub, scopes }, held, membership)
        for (const { scope, filter } of allQuestions) {
          if (hasScope(permissions, scope, filter, membership))
            expect(hasScope(held, scope, filter, membership)).toBe(true)
        }
      }),
    )
  })
})

test('a user and a service of the same name share nothing', () => {
  const service = { kind: 'service', name: 'owner' } as const
  const held = ownerPermissions(expander, { owner: service, roleScopes: ['self', 'servers!user'] })
  expect(held).toEqual({ permissions: Permissions.none, dropped: ['self', 'servers!user'] })
})

test('everybody may be told who they are', () => {
  expect(withIdentity(Permissions.none, expander, { kind: 'service', name: 's' }).toStrings()).toEqual([
    'read:services:name!service=s',
  ])
})

test('members are asked for only where a group of one side faces a user of the other', () => {
  const held = ownerPermissions(expander, { owner, roleScopes: ['users!group=g'] }).permissions
  const ask = (scopes: string[]) => [...tokenGroupsInQuestion(expander, { owner, issuer: hub, scopes }, held)]
  expect(ask(['inherit'])).toEqual([])
  expect(ask(['users!user=bob'])).toEqual(['g'])
  expect(ask(['shutdown'])).toEqual(['g']) // for the identify scopes: may the owner know its own name?
})

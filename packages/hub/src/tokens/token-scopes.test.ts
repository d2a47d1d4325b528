import { defaultScopes, UnknownScopeError } from '@hub/api'
import { describe, expect, test } from 'vitest'
import { ownerPermissions } from '../access/effective-permissions.js'
import { ScopeExpander } from '../access/expand.js'
import { assertWithinOwner, type RequestedScopes, requestedTokenScopes, TokenScopesError } from './token-scopes.js'

const expander = new ScopeExpander(defaultScopes)
const owner = { kind: 'user', name: 'u' } as const
const roles: Record<string, readonly string[]> = {
  token: ['inherit'],
  own: ['read:users!user'],
  other: ['read:users!user=other'],
  all: ['read:users'],
  group: ['read:groups!group=g'],
  admin: ['admin:users'],
}

/** Asks as a user who holds `self`, and `read:groups` of one group through the group's role. */
function create(request: RequestedScopes): readonly string[] {
  const scopes = requestedTokenScopes(expander, request, (role) => roles[role])
  const held = ownerPermissions(expander, { owner, roleScopes: ['self', 'read:groups!group=g'] }).permissions
  assertWithinOwner(expander, scopes, { owner, issuer: { kind: 'hub' }, held })
  return scopes
}

describe('a new token', () => {
  test('without scopes or roles gets those of the role token', () => {
    expect(create({})).toEqual(['inherit'])
    expect(create({ scopes: null, roles: null })).toEqual(['inherit'])
  })

  test('may have none', () => {
    expect(create({ scopes: [] })).toEqual([])
    expect(create({ roles: [] })).toEqual([])
  })

  test.each([
    [{ roles: ['own'] }],
    [{ roles: ['group'] }],
    [{ roles: ['own', 'token'] }],
    [{ scopes: ['self', 'inherit'] }],
  ])('with %j is made', (request) => expect(() => create(request)).not.toThrow())

  test.each([
    [{ roles: ['other'] }],
    [{ roles: ['all'] }],
    [{ roles: ['admin'] }],
    [{ scopes: ['inherit', 'shutdown'] }],
  ])('with %j is more than the owner has', (request) =>
    expect(() => create(request)).toThrow(/Not assigning requested scopes/),
  )

  test('names scopes or roles, and only such as exist', () => {
    expect(() => create({ roles: ['unknown'] })).toThrow(TokenScopesError)
    expect(() => create({ scopes: ['unknown'] })).toThrow(UnknownScopeError)
    expect(() => create({ scopes: [], roles: [] })).toThrow(TokenScopesError)
  })
})

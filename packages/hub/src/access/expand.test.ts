import { defaultScopes, SCOPE_DEFINITIONS } from '@hub/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyContext, anyRawScopes } from '../../test/arbitrary-scopes.js'
import { defaultRoles } from './default-roles.js'
import { type ExpansionContext, expandScopes, ScopeExpander } from './expand.js'

const user = { kind: 'user', name: 'u' } as const
const expand = (scopes: string[], context: ExpansionContext = {}) => expandScopes(defaultScopes, scopes, context)
const strings = (scopes: string[], context: ExpansionContext = {}) => expand(scopes, context).permissions.toStrings()

describe('expansion', () => {
  test('a filter goes with the implied scopes', () => {
    expect(strings(['servers!server=a/b'])).toEqual([
      'delete:servers!server=a/b',
      'read:servers!server=a/b',
      'servers!server=a/b',
      'start:servers!server=a/b',
    ])
    expect(strings(['users:activity!user'], { owner: user })).toEqual([
      'read:users:activity!user=u',
      'users:activity!user=u',
    ])
  })

  test('a server filter carries no scopes on reading users', () => {
    expect(strings(['shares!server=a/b']).map((scope) => scope.split('!')[0])).toEqual([
      'access:servers',
      'groups:shares',
      'read:groups:shares',
      'read:shares',
      'shares',
      'users:shares',
    ])
  })

  test('an unfiltered scope absorbs its filtered variants', () => {
    expect(strings(['access:services!service=x', 'access:services'])).toEqual(['access:services'])
    expect(strings(['access:services', 'access:services!service=x'])).toEqual(['access:services'])
  })

  test('self is 15 scopes of its user, and nothing for a service', () => {
    expect(strings(['self'], { owner: user })).toHaveLength(15)
    expect(strings(['self'], { owner: user }).every((scope) => scope.endsWith('!user=u'))).toBe(true)
    expect(expand(['self'], { owner: { kind: 'service', name: 'u' } })).toEqual({
      permissions: expand([]).permissions,
      dropped: ['self'],
    })
  })

  test('a filtered self is no self', () => {
    expect(strings(['self!server=bob/'], { owner: user })).toEqual(['self!server=bob/'])
  })

  test('inherit and (no_scope) pass through', () => {
    expect(strings(['inherit', '(no_scope)'], { owner: user })).toEqual(['(no_scope)', 'inherit'])
  })

  test('the admin role holds every real scope', () => {
    const real = Object.keys(SCOPE_DEFINITIONS).filter((name) => !['(no_scope)', 'self', 'inherit'].includes(name))
    expect(strings([...defaultRoles().admin.scopes])).toEqual(real.sort())
    expect(real).toHaveLength(45)
  })

  test('self-filters stand for owner and issuer, or are dropped', () => {
    const server = { kind: 'server', user: 'u', server: 's' } as const
    const service = { kind: 'service', name: 'n' } as const
    expect(strings(['tokens!server'], { owner: user, issuer: server })).toEqual([
      'read:tokens!server=u/s',
      'tokens!server=u/s',
    ])
    expect(strings(['access:services!service'], { owner: user, issuer: service })).toEqual([
      'access:services!service=n',
    ])
    expect(strings(['access:services!service'], { owner: { ...service, name: 'own' } })).toEqual([
      'access:services!service=own',
    ])
    expect(strings(['access:services!service'], { owner: { ...service, name: 'own' }, issuer: service })).toEqual([
      'access:services!service=n',
    ])
    expect(expand(['shutdown!server', 'shutdown!service', 'proxy!user'], {}).dropped).toHaveLength(3)
  })

  test('unknown scopes are dropped, not fatal', () => {
    expect(expand(['gone:scope', 'users!goup=x', 'proxy'])).toMatchObject({ dropped: ['gone:scope', 'users!goup=x'] })
  })

  test('is idempotent', () => {
    fc.assert(
      fc.property(anyRawScopes, anyContext, (scopes, context) => {
        const once = strings(scopes, context)
        expect(strings([...once], context)).toEqual(once)
        expect(strings([...once])).toEqual(once)
      }),
    )
  })

  test('is that of each scope, united', () => {
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyContext, (a, b, context) => {
        const apart = [...strings(a, context), ...strings(b, context)]
        expect(strings([...a, ...b], context)).toEqual(strings(apart))
      }),
    )
  })
})

describe('the expander', () => {
  test('remembers by content, whatever the order', () => {
    const expander = new ScopeExpander(defaultScopes)
    const first = expander.expand(['self', 'proxy'], { owner: user })
    expect(expander.expand(['proxy', 'self', 'proxy'], { owner: { ...user } })).toBe(first)
    expect(expander.expand(['proxy', 'self'], { owner: { kind: 'service', name: 'u' } })).not.toBe(first)
  })

  test('keeps the last used results only', () => {
    const expander = new ScopeExpander(defaultScopes, 2)
    const first = expander.expand(['proxy'])
    expander.expand(['users'])
    expander.expand(['proxy'])
    expander.expand(['groups'])
    expect(expander.expand(['proxy'])).toBe(first)
    const groups = expander.expand(['groups'])
    expander.expand(['tokens'])
    expander.expand(['users'])
    expect(expander.expand(['groups'])).not.toBe(groups)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CustomScopeError, withCustomScopes } from './custom-scopes.js'
import { describeRequest, describeScope } from './describe-scopes.js'
import { SCOPE_DEFINITIONS, SELF_SCOPES } from './scope-definitions.js'
import { scopeReference } from './scope-reference.js'
import {
  assertScopesExist,
  FILTER_KINDS,
  formatScope,
  parseScope,
  scopeProblem,
  UnknownScopeError,
} from './scope-string.js'
import { defaultScopes } from './scope-table.js'

describe('table', () => {
  test('has 48 definitions, and every implied scope is defined', () => {
    expect(defaultScopes.definitions.size).toBe(48)
    for (const { implies } of Object.values(SCOPE_DEFINITIONS)) {
      for (const name of implies) expect(defaultScopes.definitions.has(name)).toBe(true)
    }
    expect(SELF_SCOPES).toHaveLength(15)
  })

  test('implication is transitive', () => {
    expect(defaultScopes.closures.get('admin:servers')).toEqual([
      'admin:servers',
      'admin:server_state',
      'servers',
      'read:servers',
      'start:servers',
      'delete:servers',
      'read:users:name',
    ])
    expect(defaultScopes.closures.get('admin:users')).not.toContain('tokens')
  })

  test('the reference page names every scope', () => {
    const page = scopeReference()
    for (const name of defaultScopes.definitions.keys()) expect(page).toContain(`| \`${name}\` |`)
  })
})

describe('scope strings', () => {
  test('are split at the first ! and the first =', () => {
    expect(parseScope('servers!server=a/b=c!d')).toMatchObject({
      base: 'servers',
      filter: { kind: 'server', value: 'a/b=c!d' },
    })
    expect(parseScope('read:users!user')).toMatchObject({ base: 'read:users', selfFilter: 'user' })
    expect(parseScope('users')).toEqual({ base: 'users' })
  })

  test.each([
    'groups!goup=x',
    'uses',
    'users:activities',
    'users!group',
    'users!user=',
    'users!',
    'users!users=a',
    '',
    'all',
  ])('%j is refused', (text) => expect(scopeProblem(defaultScopes, text)).toBeDefined())

  test.each([
    'users',
    '(no_scope)',
    'self',
    'servers!server',
    'servers!server=a/',
    'groups!group=g',
    'list:users!server=x',
  ])('%j is accepted', (text) => expect(scopeProblem(defaultScopes, text)).toBeUndefined())

  test('the old name "all" is refused with its new name', () => {
    expect(scopeProblem(defaultScopes, 'all')).toContain('inherit')
  })

  test('every unknown scope is reported at once', () => {
    expect(() => assertScopesExist(defaultScopes, ['users', 'nope', 'nada'])).toThrow(UnknownScopeError)
    expect(() => assertScopesExist(defaultScopes, ['users', 'nope', 'nada'])).toThrow(/nope.*nada/)
  })

  test('what is put together is taken apart the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILTER_KINDS), fc.string({ minLength: 1 }), (kind, value) => {
        expect(parseScope(formatScope('users', { kind, value }))?.filter).toEqual({ kind, value })
      }),
    )
  })
})

describe('custom scopes', () => {
  const define = (definitions: Record<string, unknown>) => withCustomScopes(defaultScopes, definitions)
  const refuses = (definitions: Record<string, unknown>) => expect(() => define(definitions)).toThrow(CustomScopeError)

  test('bring along their subscopes', () => {
    const { table, warnings } = define({
      'custom:jupyter_server:*': { description: 'all', subscopes: ['custom:jupyter_server:read:*'] },
      'custom:jupyter_server:read:*': { description: 'read' },
    })
    expect(table.closures.get('custom:jupyter_server:*')).toHaveLength(2)
    expect(warnings).toEqual([])
    expect(scopeProblem(table, 'custom:jupyter_server:*!user=x')).toBeUndefined()
    expect(defaultScopes.definitions.size).toBe(48)
  })

  test.each([
    'read:custom',
    'custom:',
    'custom:ab',
    'custom:-abc',
    'custom:abc-',
    'custom:aBc',
    'custom:a:b:',
    'custom:é12',
  ])('cannot be called %j', (name) => refuses({ [name]: { description: 'x' } }))

  test.each(['custom:abc', 'custom:0_*', 'custom:a:b'])('can be called %j', (name) => {
    expect(define({ [name]: { description: 'x' } }).table.definitions.has(name)).toBe(true)
  })

  test('need a description and defined subscopes', () => {
    refuses({ 'custom:abc': {} })
    refuses({ 'custom:abc': null })
    refuses({ 'custom:abc': { description: 'x', subscopes: 'custom:def' } })
    refuses({ 'custom:abc': { description: 'x', subscopes: ['custom:def'] } })
    refuses({ 'custom:abc': { description: 'x', subscopes: ['read:users'] } })
  })

  test('may be defined again the same way, not another', () => {
    const { table } = define({ 'custom:abc': { description: 'x' } })
    expect(withCustomScopes(table, { 'custom:abc': { description: 'x' } }).table.definitions.size).toBe(49)
    expect(() => withCustomScopes(table, { 'custom:abc': { description: 'y' } })).toThrow(CustomScopeError)
  })

  test('with further keys only earn a warning', () => {
    expect(define({ 'custom:abc': { description: 'x', scopes: [] } }).warnings).toEqual([
      expect.stringContaining('scopes'),
    ])
  })

  test('that imply each other in a circle still have an end', () => {
    const { table } = define({
      'custom:abc': { description: 'x', subscopes: ['custom:def'] },
      'custom:def': { description: 'y', subscopes: ['custom:abc'] },
    })
    expect(table.closures.get('custom:def')).toEqual(['custom:def', 'custom:abc'])
  })
})

describe('descriptions', () => {
  const filter = (scope: string) => describeScope(defaultScopes, scope, 'ada').filter

  test('name what the scope is restricted to', () => {
    expect(filter('servers')).toBe('')
    expect(filter('servers!user')).toBe('only you')
    expect(filter('servers!user=ada')).toBe('only you')
    expect(filter('servers!user=bob')).toBe('user bob')
    expect(filter('read:users!group=lab')).toBe('users in group lab')
    expect(filter('servers!server=bob/x')).toBe('server bob/x')
  })

  test('of a request leave out what every sign-in needs', () => {
    const neededAnyway = ['read:users:name!user', 'access:servers!server=ada/']
    const describe = (...scopes: string[]) =>
      describeRequest(defaultScopes, scopes, { self: 'ada', neededAnyway }).map(({ scope }) => scope)
    expect(describe('read:users:name!user=ada', 'access:servers!server=ada/', 'servers!user')).toEqual(['servers!user'])
    expect(describe('read:users:name!user')).toEqual(['(no_scope)'])
    expect(describe('servers!user', 'inherit')).toEqual(['inherit'])
  })
})

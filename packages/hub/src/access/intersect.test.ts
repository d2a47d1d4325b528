import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allQuestions, anyMembership, anyPermissions } from '../../test/arbitrary-scopes.js'
import { hasScope } from './has-scope.js'
import { groupsInQuestion, intersect } from './intersect.js'
import { membersOf, noMembership } from './membership.js'
import { Permissions } from './permissions.js'

const membership = membersOf(new Map([['gx', new Set(['ux'])], ['gy', new Set(['uy'])]])) // prettier-ignore
const both = (left: string[], right: string[]) =>
  intersect(Permissions.parse(left), Permissions.parse(right), membership).toStrings()

describe('intersection with gx={ux}, gy={uy}', () => {
  test.each([
    [['users!group=gx'], ['users!user=ux'], ['users!user=ux']],
    [['read:users!group=gx'], ['read:users!server=ux/server'], ['read:users!server=ux/server']],
    [['read:users!group=gx'], ['read:users!server=ux/server', 'read:users!user=uy'], ['read:users!server=ux/server']],
    [['read:users!group=gy'], ['read:users!server=ux/server', 'read:users!user=uy'], ['read:users!user=uy']],
    [
      ['read:servers!server=ux/server', 'read:servers!group=gy'],
      ['read:servers!server=uy/server', 'read:servers!user=ux'],
      ['read:servers!server=ux/server', 'read:servers!server=uy/server'],
    ],
    [
      ['read:servers!user=ux', 'read:servers!group=gy'],
      ['read:servers!user=uy', 'read:servers!group=gx'],
      ['read:servers!user=ux', 'read:servers!user=uy'],
    ],
    [['users!group=y', 'users!user=x'], ['users!server=x/y'], ['users!server=x/y']],
    [['users!group=gx'], ['users!user=unknown', 'users!server=unknown/server'], []],
    [['users!group=gx'], ['users!group=gy'], []],
    [['users'], ['users!group=gx', 'users!service=s'], ['users!group=gx', 'users!service=s']],
    [['users', 'groups'], ['users', 'tokens'], ['users']],
  ])('%j with %j is %j', (left, right, expected) => {
    expect(both(left, right)).toEqual(expected)
    expect(both(right, left)).toEqual(expected)
  })
})

describe('intersection', () => {
  const questionsOf = (set: Permissions, m = noMembership) =>
    allQuestions.filter((q) => hasScope(set, q.scope, q.filter, m))

  test('is symmetric', () => {
    fc.assert(
      fc.property(anyPermissions, anyPermissions, anyMembership, (a, b, m) => {
        expect(intersect(a, b, m).toStrings()).toEqual(intersect(b, a, m).toStrings())
      }),
    )
  })

  test('with itself changes nothing', () => {
    fc.assert(
      fc.property(anyPermissions, anyMembership, (a, m) => {
        expect(intersect(a, Permissions.parse(a.toStrings()), m).toStrings()).toEqual(
          expect.arrayContaining([...a.toStrings()]),
        )
      }),
    )
  })

  test('never grants what either side does not', () => {
    fc.assert(
      fc.property(anyPermissions, anyPermissions, anyMembership, (a, b, m) => {
        const result = intersect(a, b, m)
        for (const { scope, filter } of questionsOf(result, m)) {
          expect(hasScope(a, scope, filter, m)).toBe(true)
          expect(hasScope(b, scope, filter, m)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('grants what both sides do, unless through two groups', () => {
    fc.assert(
      fc.property(anyPermissions, anyPermissions, (a, b) => {
        // Without members there is no group that two filters could share.
        const result = intersect(a, b)
        for (const { scope, filter } of questionsOf(a)) {
          expect(hasScope(result, scope, filter)).toBe(hasScope(b, scope, filter))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('asks for members only where a group faces users or servers', () => {
    const asked = (left: string[], right: string[]) => [
      ...groupsInQuestion(Permissions.parse(left), Permissions.parse(right)),
    ]
    expect(asked(['users!group=g'], ['users'])).toEqual([])
    expect(asked(['users!group=g'], ['users!group=h'])).toEqual([])
    expect(asked(['users!group=g'], ['groups!user=a'])).toEqual([])
    expect(asked(['users!group=g', 'users!user=a'], ['users!user=a', 'users!server=a/'])).toEqual([])
    expect(asked(['users!group=g', 'users!user=a'], ['users!user=b', 'users!group=h'])).toEqual(['g', 'h'])
  })

  test('is remembered only where no membership went in', () => {
    const [all, filtered, group] = [['users'], ['users!user=ux'], ['users!group=gx']].map((s) => Permissions.parse(s))
    if (!all || !filtered || !group) throw new Error('unreachable')
    expect(intersect(all, filtered)).toBe(intersect(all, filtered))
    expect(intersect(group, filtered, membership).toStrings()).toEqual(['users!user=ux'])
    expect(intersect(group, filtered).isEmpty).toBe(true)
  })
})

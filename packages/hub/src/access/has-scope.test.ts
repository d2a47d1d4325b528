import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allQuestions, anyMembership, anyPermissions } from '../../test/arbitrary-scopes.js'
import { coversObject, decide, hasScope, listFilter, userInQuestion } from './has-scope.js'
import { groupsOf, membersOf } from './membership.js'
import { Permissions } from './permissions.js'

const members = membersOf(new Map([['GROUP', new Set(['USER'])]]))
const held = (...scopes: string[]) => Permissions.parse(scopes)

/** Asks in the form of a scope string. */
function has(permissions: Permissions, question: string): boolean {
  const [filter] = [...Permissions.parse([question]).byScope.values()]
  const [scope = '', text] = question.split('!')
  if (!text || filter === 'all') return hasScope(permissions, scope, undefined, members)
  const [kind, value = ''] = text.split('=')
  // The questions below use these four kinds only.
  return hasScope(permissions, scope, { kind: kind as 'user' | 'group' | 'server' | 'service', value }, members)
}

describe('a scope is held', () => {
  test.each([
    ['read:users!user=USER', 'read:users!group=GROUP'],
    ['read:users!user=USER', 'read:users'],
    ['read:users', 'read:users'],
    ['read:servers!server=USER/x', 'read:servers'],
    ['servers!server=USER/x', 'servers!server=USER/x'],
    ['servers!server=USER/x', 'servers!user=USER'],
    ['servers!server=USER/x', 'servers!group=GROUP'],
    ['servers!server=USER/', 'servers!user=USER'],
  ])('%s by %s', (question, scope) => expect(has(held(scope), question)).toBe(true))

  test.each([
    ['read:users', 'read:users!user=USER'],
    ['read:users!user=USER', 'read:users!user=other'],
    ['read:users!user=USER', 'read:users!group=other'],
    ['read:users!user=nobody', 'read:users!group=GROUP'],
    ['servers!server=USER/x', 'read:servers!server=USER/x'],
    ['servers!server=USER/x', 'servers!server=USER/y'],
    ['servers!user=USER', 'servers!server=USER/x'],
    ['groups!group=GROUP', 'groups!user=USER'],
    ['read:services!service=USER', 'read:services!user=USER'],
    ['read:users', 'users'],
  ])('%s not by %s', (question, scope) => expect(has(held(scope), question)).toBe(false))
})

describe('a request', () => {
  const martha = { kind: 'user', value: 'martha' } as const

  test('is granted by any one of the alternatives', () => {
    expect(decide(held('read:users:name!user=martha'), ['read:users', 'read:users:name'], martha)).toBe('granted')
  })

  test('for what others own is hidden from those who hold the scope for something', () => {
    expect(decide(held('read:users!user=ada'), ['read:users'], martha)).toBe('hidden')
    expect(decide(held('read:users!service=ada'), ['read:users'], martha)).toBe('hidden')
    expect(decide(held('servers!user=ada'), ['read:users'], martha)).toBe('forbidden')
  })

  test('that names nothing needs the unfiltered scope', () => {
    expect(decide(held('admin:users!user=ada'), ['admin:users'], undefined)).toBe('forbidden')
    expect(decide(held('admin:users'), ['admin:users'], undefined)).toBe('granted')
  })

  test('for a list that is narrowed down afterwards needs any form of the scope', () => {
    expect(decide(held('list:users!user=ada'), ['list:users'], undefined, { postFilter: true })).toBe('granted')
    expect(decide(held('read:users'), ['list:users'], undefined, { postFilter: true })).toBe('forbidden')
    expect(() => decide(held(), ['list:users'], martha, { postFilter: true })).toThrow(TypeError)
  })

  test('by a user with read:users!user=martha and read:users!group=bluth reaches both, and no others', () => {
    const permissions = held('read:users!user=martha', 'read:users!group=bluth')
    const ask = (value: string, groups: string[]) =>
      decide(permissions, ['read:users'], { kind: 'user', value }, {}, groupsOf(value, groups))
    expect(ask('martha', [])).toBe('granted')
    expect(ask('lindsay', ['bluth'])).toBe('granted')
    expect(ask('ada', ['other'])).toBe('hidden')
  })

  test('asks for groups only when they decide', () => {
    const byGroup = held('read:users!group=g', 'read:users!user=ada')
    expect(userInQuestion(byGroup, ['read:users'], { kind: 'user', value: 'bob' })).toBe('bob')
    expect(userInQuestion(byGroup, ['read:users'], { kind: 'server', value: 'bob/x' })).toBe('bob')
    expect(userInQuestion(byGroup, ['read:users'], { kind: 'user', value: 'ada' })).toBeUndefined()
    expect(userInQuestion(held('read:users!user=ada'), ['read:users'], { kind: 'user', value: 'bob' })).toBeUndefined()
    expect(userInQuestion(byGroup, ['groups'], { kind: 'group', value: 'g' })).toBeUndefined()
    expect(userInQuestion(byGroup, ['read:users'], undefined)).toBeUndefined()
  })

  test('is decided the same with all members known, and with the groups of the user in question', () => {
    fc.assert(
      fc.property(anyPermissions, anyMembership, (permissions, all) => {
        for (const { scope, filter } of allQuestions) {
          const user = userInQuestion(permissions, [scope], filter)
          const some = groupsOf(user ?? '', user ? ['g', 'h'].filter((group) => all.isMember(user, group)) : [])
          expect(decide(permissions, [scope], filter, {}, some)).toBe(decide(permissions, [scope], filter, {}, all))
        }
      }),
    )
  })
})

test('loaded objects are covered as the check of their name says', () => {
  fc.assert(
    fc.property(anyPermissions, anyMembership, (permissions, m) => {
      for (const { scope, filter } of allQuestions) {
        if (!filter) continue
        const [user = '', server = ''] = filter.value.split('/')
        const groups = new Set(['g', 'h'].filter((group) => m.isMember(user, group)))
        const object =
          filter.kind === 'user'
            ? { kind: filter.kind, name: user, groups }
            : filter.kind === 'server'
              ? { kind: filter.kind, user, name: server, groups }
              : { kind: filter.kind, name: filter.value }
        expect(coversObject(permissions, scope, object)).toBe(hasScope(permissions, scope, filter, m))
      }
    }),
  )
})

describe('a list', () => {
  test('shows what the filters name', () => {
    expect(listFilter(held('list:users'), 'list:users', ['user', 'group'])).toEqual({ show: 'all' })
    expect(listFilter(held('list:users!user=a', 'list:users!group=g'), 'list:users', ['user', 'group'])).toMatchObject({
      show: 'named',
      names: { user: new Set(['a']), group: new Set(['g']) },
    })
  })

  test('is refused to filters of a kind it does not know', () => {
    expect(listFilter(held('list:users!user=a', 'list:users!server=a/'), 'list:users', ['user', 'group'])).toEqual({
      show: 'nothing',
      illegalKinds: ['server'],
    })
    expect(listFilter(held('list:groups!user=a'), 'list:groups', ['group'])).toMatchObject({ show: 'nothing' })
  })
})

import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { buildPath, endpointFilter, pathMatcher } from './endpoint-path.js'
import {
  createGroups,
  listUsers,
  getServerProgress,
  getUser,
  getVersion,
  startServer,
  stopServer,
  updateServer,
  createToken,
  createUsers,
  reportActivity,
  shutdownHub,
  updateUser,
} from './index.js'

const parse = (schema: z.ZodType, value: unknown) => schema.safeParse(value)
const accepts = (schema: z.ZodType, value: unknown) => parse(schema, value).success

describe('paths', () => {
  test('the default server has an empty name, at either path', () => {
    const match = pathMatcher(startServer)
    expect(match('/users/ada/server')).toEqual({ user: 'ada', server: '' })
    expect(match('/users/ada/servers/')).toEqual({ user: 'ada', server: '' })
    expect(match('/users/ada/servers/lab')).toEqual({ user: 'ada', server: 'lab' })
    expect(match('/users/ada/servers')).toBeUndefined()
    expect(match('/users//servers/lab')).toBeUndefined()
    expect(pathMatcher(getServerProgress)('/users/ada/servers//progress')).toEqual({ user: 'ada', server: '' })
  })

  test('segments are matched before they are decoded', () => {
    expect(pathMatcher(getUser)('/users/a%2Fb')).toEqual({ user: 'a/b' })
    expect(pathMatcher(getUser)('/users/a%')).toBeUndefined()
    expect(pathMatcher(getUser)('/users/ada/')).toBeUndefined()
  })

  test('only the root answers with and without its slash', () => {
    expect(pathMatcher(getVersion)('')).toEqual({})
    expect(pathMatcher(getVersion)('/')).toEqual({})
    expect(pathMatcher(listUsers)('/users/')).toBeUndefined()
  })

  test('what the path names is what scopes are checked against', () => {
    expect(endpointFilter(startServer, { user: 'ada', server: '' })).toEqual({ kind: 'server', value: 'ada/' })
    expect(endpointFilter(getUser, { user: 'ada' })).toEqual({ kind: 'user', value: 'ada' })
    expect(endpointFilter(listUsers, {})).toBeUndefined()
  })

  test('a built path escapes its names and leads back to them', () => {
    const path = buildPath(startServer, { user: "o'hara/ü@x", server: '' })
    expect(path).toBe('/users/o%27hara%2F%C3%BC@x/servers/')
    expect(pathMatcher(startServer)(path)).toEqual({ user: "o'hara/ü@x", server: '' })
    expect(() => buildPath(getUser, { user: '' })).toThrow(/needs a value/)
  })
})

describe('bodies', () => {
  test.each([null, {}, [], 0, '', false, undefined])('a start with %j specifies nothing', (body) => {
    expect(startServer.body.parse(body)).toEqual({ user_options: null })
  })

  test('a start body with neither known key is the user options', () => {
    expect(startServer.body.parse({ profile: 'big' })).toEqual({ user_options: { profile: 'big' } })
  })

  test('a start body with a known key is the newer form, other keys are ignored', () => {
    expect(startServer.body.parse({ display_name: 'Lab', x: 1 })).toEqual({ display_name: 'Lab', user_options: null })
    expect(startServer.body.parse({ user_options: { a: 1 } })).toEqual({ user_options: { a: 1 } })
  })

  test.each(['text', 3, [1], { display_name: null }, { user_options: 'x' }, { user_options: [] }])(
    'a start with %j is refused',
    (body) => expect(accepts(startServer.body, body)).toBe(false),
  )

  test('a server change needs one of its three keys and no other', () => {
    expect(accepts(updateServer.body, { name: 'x' })).toBe(true)
    for (const body of [null, {}, { other: 1 }, { name: 'x', other: 1 }, { user_options: null }, { display_name: 3 }]) {
      expect(accepts(updateServer.body, body)).toBe(false)
    }
  })

  test('a stop may come without a body', () => {
    expect(stopServer.body.parse(null)).toEqual({ remove: false })
    expect(stopServer.body.parse({ remove: true })).toEqual({ remove: true })
  })

  test('a shutdown takes booleans, also as 0 and 1', () => {
    expect(shutdownHub.body.parse(null)).toBeNull()
    expect(shutdownHub.body.parse({ proxy: 0, servers: true })).toEqual({ proxy: false, servers: true })
    expect(accepts(shutdownHub.body, { proxy: 'yes' })).toBe(false)
  })

  test('user models take known keys of the right type only', () => {
    expect(accepts(createUsers.body, { usernames: ['a'], admin: true })).toBe(true)
    for (const body of [null, {}, { usernames: [] }, { usernames: 'abc' }, { usernames: ['a'], admin: 'yes' }]) {
      expect(accepts(createUsers.body, body)).toBe(false)
    }
    expect(accepts(updateUser.body, null)).toBe(false)
    expect(accepts(updateUser.body, { groups: [] })).toBe(false)
    expect(accepts(updateUser.body, { auth_state: {} })).toBe(true)
  })

  test('a token request gives scopes or roles, and whole seconds', () => {
    expect(createToken.body.parse(null)).toEqual({})
    expect(accepts(createToken.body, { note: 'n', scopes: [], username: 'x' })).toBe(true)
    for (const body of [
      [1],
      'x',
      { scopes: [], roles: [] },
      { scopes: 'self' },
      { expires_in: 1.5 },
      { expires_in: '1' },
    ]) {
      expect(accepts(createToken.body, body)).toBe(false)
    }
  })

  test('an activity report says something, with times that parse', () => {
    const report = reportActivity.body.parse({ servers: { '': { last_activity: '2026-01-31T12:00:00+01:00' } } })
    expect(report.servers?.['']?.last_activity).toEqual(new Date('2026-01-31T11:00:00Z'))
    for (const body of [
      null,
      {},
      { servers: {} },
      { last_activity: 'soon' },
      { servers: { x: {} } },
      { servers: [1] },
    ]) {
      expect(accepts(reportActivity.body, body)).toBe(false)
    }
  })

  test('group names may be the keys of an object', () => {
    expect(createGroups.body.parse({ groups: { a: {}, b: {} } })).toEqual({ groups: ['a', 'b'] })
    expect(accepts(createGroups.body, { groups: [] })).toBe(false)
    expect(accepts(createGroups.body, {})).toBe(false)
  })
})

describe('queries', () => {
  test('paging drops signs and refuses what is not an integer', () => {
    expect(listUsers.query.parse({ offset: '-3', limit: '0' })).toEqual({ offset: 3, limit: 0 })
    expect(accepts(listUsers.query, { limit: '1.5' })).toBe(false)
  })

  test('a bare include_stopped_servers is true', () => {
    const flag = (value: string) => getUser.query.parse({ include_stopped_servers: value }).include_stopped_servers
    expect([flag(''), flag('1'), flag('0'), flag('False')]).toEqual([true, true, false, false])
  })

  test('users are sorted by known keys, with at most one minus', () => {
    expect(accepts(listUsers.query, { sort: '-id' })).toBe(true)
    expect(accepts(listUsers.query, { sort: '--id' })).toBe(false)
    expect(accepts(listUsers.query, { state: 'gone' })).toBe(false)
  })
})

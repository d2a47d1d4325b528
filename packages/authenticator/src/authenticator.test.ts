import { silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import { describe, expect, test } from 'vitest'
import { authenticatorConfigurable } from './authenticator-config.js'
import { DummyAuthenticator, dummyConfigurable } from './built-in/dummy-authenticator.js'
import { NullAuthenticator, nullConfigurable } from './built-in/null-authenticator.js'
import { FakeAuthenticator, FakePeople } from './fake-authenticator.js'
import type { AuthenticatorOptions } from './suite.js'
import { isValidUsername, normalizeUsername } from './username.js'

const never = new AbortController().signal
const context = { log: silentLog, isExistingUser: async () => false }

function authenticatorWith(options: AuthenticatorOptions): FakeAuthenticator {
  return new FakeAuthenticator({ ...context, config: valuesWith(authenticatorConfigurable, options) }, new FakePeople())
}

test('every option of JupyterHub is declared, and the old name of blocked_users', () => {
  expect(Object.keys(authenticatorConfigurable.traits)).toHaveLength(22 + 1)
})

describe('names', () => {
  test('are lower case, then what username_map says', () => {
    const map = { ada: 'al', constructor: 'c' }
    expect(['Ada', 'BOB', 'toString'].map((name) => normalizeUsername(name, map))).toEqual(['al', 'bob', 'tostring'])
  })

  test.each([
    ['ada', '', true],
    ['ada lovelace', '', true],
    ['', '', false],
    [' ada', '', false],
    ['ada ', '', false],
    ['a/b', '', false],
    ['ada1', '[a-z]+', true],
    ['a\0b', '', false],
    ['\ud800', '', false],
    ['1ada', '[a-z]+', false],
    ['ada1', '[a-z]+$', false],
    ['b', 'a|b', true],
    ['cb', 'a|b', false],
    ['ada1', '[a-z]+\\Z', false],
    ['ada', '\\A[a-z]+\\Z', true],
    ['ADA', '(?i)[a-z]+$', true],
    ['a-d_a', '^[a-z\\-\\_]+$', true],
    ['ada', '(?P<first>a)da', true],
  ])('"%s" under the pattern "%s": %s', (name, pattern, valid) => {
    expect(isValidUsername(name, pattern)).toBe(valid)
  })

  test('in allowed_users or admin_users that nobody can have stop the start; in blocked_users they harm nobody', async () => {
    await expect(authenticatorWith({ allowed_users: ['a/b'] }).init(never)).rejects.toThrow('allowed_users has "a/b"')
    await expect(authenticatorWith({ admin_users: [' x'] }).init(never)).rejects.toThrow('admin_users has " x"')
    await authenticatorWith({ blocked_users: ['a/b'] }).init(never)
  })

  test('of all lists are normalised at the start', async () => {
    const authenticator = authenticatorWith({ allowed_users: ['Ada'], admin_users: ['ROOT'], blocked_users: ['Bad'] })
    await authenticator.init(never)
    expect(authenticator.allowedUsers).toEqual(new Set(['ada', 'root']))
    expect(authenticator.adminUsers).toEqual(new Set(['root']))
    expect(authenticator.blockedUsers).toEqual(new Set(['bad']))
  })
})

describe('at the start an administrator is told', () => {
  test('that nobody may log in, with what to set', () => {
    const [warning, ...others] = authenticatorWith({}).checkAllowConfig()
    expect(warning).toMatch(/allow_all.*any_allow_config/)
    expect(others).toEqual([])
    expect(authenticatorWith({ admin_users: ['root'] }).checkAllowConfig()).toHaveLength(1)
  })

  test.each<AuthenticatorOptions>([
    { allow_all: true },
    { allowed_users: ['ada'] },
    { allow_existing_users: true },
    { any_allow_config: true },
  ])('nothing with %j', (options) => {
    expect(authenticatorWith(options).checkAllowConfig()).toEqual([])
  })

  test('that a string was given for a set of names', () => {
    expect(authenticatorWith({ allowed_users: ['a', 'd', 'a'] }).checkAllowConfig()).toEqual([
      expect.stringContaining('a d'),
    ])
  })

  test('that the dummy lets everyone in', () => {
    const dummy = new DummyAuthenticator({ ...context, config: valuesWith(dummyConfigurable) })
    expect(dummy.checkAllowConfig()).toEqual([expect.stringContaining('lets everyone in')])
  })
})

describe('managed roles', () => {
  test('are none by default', async () => {
    expect(await authenticatorWith({ manage_roles: true }).loadManagedRoles()).toEqual([])
  })

  test('are not removed at the start by an authenticator that gives none', async () => {
    await expect(authenticatorWith({ reset_managed_roles_on_startup: true }).loadManagedRoles()).rejects.toThrow(
      'FakeAuthenticator',
    )
  })
})

test('the dummy lets all in by default, and only the allowed when there are any', () => {
  expect(valuesWith(dummyConfigurable).allow_all).toBe(true)
  expect(valuesWith(dummyConfigurable, { allowed_users: ['ada'] }).allow_all).toBe(false)
})

test('the null authenticator has no login page, logs in by itself, and needs no allow option', () => {
  const authenticator = new NullAuthenticator({ ...context, config: valuesWith(nullConfigurable) })
  expect(authenticator.hasLoginPage).toBe(false)
  expect(authenticator.config.auto_login).toBe(true)
  expect(authenticator.checkAllowConfig()).toEqual([])
})

test('login and logout are pages of the hub', () => {
  const authenticator = authenticatorWith({})
  expect([authenticator.loginUrl('/hub/'), authenticator.logoutUrl('/hub/')]).toEqual(['/hub/login', '/hub/logout'])
})

import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { describe, expect, test } from 'vitest'
import { fakeLoginRequest } from '../fake-request.js'
import { getAuthenticatedUser, type LoginOutcome } from '../get-authenticated-user.js'
import { SharedPasswordAuthenticator, sharedPasswordConfigurable } from './shared-password-authenticator.js'

type Options = InputsOf<typeof sharedPasswordConfigurable>

const user_password = 'for-all-of-us'
const admin_password = 'for-the-few-who-keep-this-running'
const password_groups = { 'for-the-morning': ['morning'], 'for-the-evening': ['evening', 'late'] }

function sharedPassword(options: Options): SharedPasswordAuthenticator {
  const config = valuesWith(sharedPasswordConfigurable, { allow_all: true, ...options })
  return new SharedPasswordAuthenticator({ config, log: silentLog, isExistingUser: async () => false })
}

function logIn(options: Options, username: string, password: string): Promise<LoginOutcome> {
  const signal = new AbortController().signal
  return getAuthenticatedUser(sharedPassword(options), fakeLoginRequest({ username, password }), signal)
}

const all: Options = { user_password, admin_password, admin_users: ['root'] }

describe('who gets in', () => {
  test('everyone with the password of all, and never as administrator', async () => {
    expect(await logIn(all, 'ada', user_password)).toEqual({
      kind: 'authenticated',
      model: { name: 'ada', admin: false },
    })
  })

  test('administrators with theirs only', async () => {
    expect(await logIn(all, 'Root', admin_password)).toEqual({
      kind: 'authenticated',
      model: { name: 'root', admin: true },
    })
    expect(await logIn(all, 'root', user_password)).toMatchObject({ kind: 'refused', reason: 'credentials' })
    expect(await logIn(all, 'ada', admin_password)).toMatchObject({ kind: 'refused', reason: 'credentials' })
  })

  test('no administrator while there is no password for them', async () => {
    const options = { user_password, admin_users: ['root'] }
    expect(await logIn(options, 'root', '')).toMatchObject({ kind: 'refused' })
    expect(await logIn(options, 'root', user_password)).toMatchObject({ kind: 'refused' })
  })

  test('members of groups with the password of theirs; the others leave groups as they are', async () => {
    const options = { ...all, password_groups, manage_groups: true }
    const model = { name: 'ada', groups: ['evening', 'late'] }
    expect(await logIn(options, 'ada', 'for-the-evening')).toEqual({ kind: 'authenticated', model })
    expect(await logIn(options, 'ada', user_password)).toMatchObject({ model: { groups: null, admin: false } })
    expect(await logIn(options, 'root', admin_password)).toMatchObject({ model: { groups: null, admin: true } })
    expect(await logIn(options, 'root', 'for-the-evening')).toMatchObject({ kind: 'refused' })
  })
})

describe('the start is refused', () => {
  test.each<[string, Options]>([
    ['nobody can log in', {}],
    ['nobody can log in', { admin_password }],
    ["user_password = '***': A password of at least 8", { user_password: 'short' }],
    [
      "admin_password = '***': A password of at least 32",
      { user_password, admin_password: 'not-so-very-long', admin_users: ['root'] },
    ],
    ['must not be the same', { user_password: admin_password, admin_password, admin_users: ['root'] }],
    ['needs Authenticator.manage_groups', { user_password, password_groups }],
    ['fewer than 8', { user_password, password_groups: { x: ['g'] }, manage_groups: true }],
    [
      'must not have user_password',
      { user_password, password_groups: { [user_password]: ['g'] }, manage_groups: true },
    ],
  ])('because %s', (reason, options) => {
    expect(() => sharedPassword(options).checkAllowConfig()).toThrow(reason)
  })

  test('without telling a password', () => {
    const options = { user_password, password_groups: { tiny: ['g'] }, manage_groups: true }
    expect(() => sharedPassword(options).checkAllowConfig()).not.toThrow('tiny')
  })
})

describe('the administrator is told', () => {
  test.each<[string, Options]>([
    ['admin_password has no use', { user_password, admin_password }],
    ['set SharedPasswordAuthenticator.admin_password', { user_password, admin_users: ['root'] }],
    ['Only administrators can log in', { admin_password, admin_users: ['root'] }],
    ['Nobody may log in', { user_password, allow_all: false }],
  ])('"%s"', (part, options) => {
    expect(sharedPassword(options).checkAllowConfig()).toEqual([expect.stringContaining(part)])
  })

  test('nothing when all is there', () => {
    expect(sharedPassword(all).checkAllowConfig()).toEqual([])
  })
})

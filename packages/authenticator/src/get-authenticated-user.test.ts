import { silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import { describe, expect, test } from 'vitest'
import { AuthenticationError } from './authentication-error.js'
import type { AuthenticatorContext, AuthModel, AuthResult, HubUser, LoginRequest, RefreshResult } from './contract.js'
import { Authenticator } from './authenticator.js'
import { authenticatorConfigurable } from './authenticator-config.js'
import { fakeLoginRequest } from './fake-request.js'
import { getAuthenticatedUser, type LoginOutcome, refreshAuthenticatedUser } from './get-authenticated-user.js'
import type { AuthenticatorOptions } from './suite.js'

const never = new AbortController().signal
const refused = (reason: string, username: string) => ({ kind: 'refused', reason, username })

/** Believes everyone, and writes down which steps were asked. */
class Recording extends Authenticator {
  readonly steps: string[] = []

  constructor(
    context: AuthenticatorContext,
    readonly result: AuthResult = 'Ada',
    readonly refreshed: RefreshResult = true,
  ) {
    super(context)
  }

  override async authenticate(): Promise<AuthResult> {
    this.steps.push('authenticate')
    return this.result
  }
  override normalizeUsername(name: string): string {
    this.steps.push(`normalize ${name}`)
    // The base class' own is not asynchronous.
    return super.normalizeUsername(name) as string
  }
  override validateUsername(name: string): boolean {
    this.steps.push(`validate ${name}`)
    return super.validateUsername(name)
  }
  override async checkBlocked(name: string, model: AuthModel): Promise<boolean> {
    this.steps.push(`blocked? ${name}`)
    return super.checkBlocked(name, model)
  }
  override async checkAllowed(name: string, model: AuthModel): Promise<boolean> {
    this.steps.push(`allowed? ${name}`)
    return super.checkAllowed(name, model)
  }
  override async isAdmin(name: string, model: AuthModel): Promise<boolean | undefined> {
    this.steps.push(`admin? ${name}`)
    return super.isAdmin(name, model)
  }
  override async refreshUser(): Promise<RefreshResult> {
    return this.refreshed
  }
}

function recording(
  options: AuthenticatorOptions,
  result?: AuthResult,
  refreshed?: RefreshResult,
  existing: string[] = [],
): Recording {
  const config = valuesWith(authenticatorConfigurable, options)
  return new Recording(
    { config, log: silentLog, isExistingUser: async (name) => existing.includes(name) },
    result,
    refreshed,
  )
}

async function logIn(authenticator: Authenticator): Promise<LoginOutcome> {
  return getAuthenticatedUser(authenticator, fakeLoginRequest({ username: 'as typed', password: 'x' }), never)
}

describe('the steps of a login', () => {
  test('are taken in the order that overrides rely on', async () => {
    const authenticator: Recording = recording({
      allowed_users: ['ada'],
      post_auth_hook: (_self, _request, model) => {
        authenticator.steps.push(`hook ${model.name} ${model.admin}`)
        return model
      },
      admin_users: ['ada'],
    })
    await logIn(authenticator)
    expect(authenticator.steps).toEqual([
      'authenticate',
      'normalize Ada',
      'validate ada',
      'blocked? ada',
      'allowed? ada',
      'admin? ada',
      'hook ada true',
    ])
  })

  test('end at wrong credentials, which are told by the name that was typed', async () => {
    const authenticator = recording({ allow_all: true }, null)
    expect(await logIn(authenticator)).toEqual(refused('credentials', 'as typed'))
    expect(authenticator.steps).toEqual(['authenticate'])
  })

  test('end at a name that nobody can have', async () => {
    expect(await logIn(recording({ allow_all: true }, 'a/b'))).toEqual(refused('invalid_username', 'a/b'))
  })

  test('do not ask who is allowed when all are', async () => {
    const authenticator = recording({ allow_all: true })
    await logIn(authenticator)
    expect(authenticator.steps).not.toContain('allowed? ada')
  })

  test('let what an authenticator tells the person pass', async () => {
    const authenticator = recording({ allow_all: true })
    authenticator.checkAllowed = async () => true
    authenticator.authenticate = async () => Promise.reject(new AuthenticationError('Your account has expired.'))
    await expect(logIn(authenticator)).rejects.toMatchObject({ status: 403, message: 'Your account has expired.' })
  })

  test('take a model as it is, but for the spelling of its name', async () => {
    const model: AuthModel = { name: 'ADA', admin: false, authState: { token: 't' }, userInfo: { name: 'Ada L.' } }
    const outcome = await logIn(recording({ allow_all: true, admin_users: ['ada'] }, model))
    expect(outcome).toEqual({ kind: 'authenticated', model: { ...model, name: 'ada' } })
  })

  test('fail for a model without a name', async () => {
    // What a plug-in in JavaScript may return.
    await expect(logIn(recording({}, { admin: true } as unknown as AuthModel))).rejects.toThrow('without a name')
  })

  test('fail for a hook that forgets to return the model', async () => {
    const forgetful = (() => undefined) as unknown as (a: Authenticator, r: LoginRequest, m: AuthModel) => AuthModel
    await expect(logIn(recording({ allow_all: true, post_auth_hook: forgetful }))).rejects.toThrow(
      'post_auth_hook must return',
    )
  })
})

/** Who may log in by which settings. Everyone named is in the database or not, as said. */
describe('who may log in', () => {
  test.each<[string, AuthenticatorOptions, { readonly inDatabase: string[] }, string[]]>([
    ['nothing set: nobody', {}, { inDatabase: ['old'] }, []],
    [
      'allow_all: everyone but the blocked',
      { allow_all: true, blocked_users: ['bad'] },
      { inDatabase: [] },
      ['ada', 'old', 'root'],
    ],
    [
      'allowed_users: they, and who is in the database',
      { allowed_users: ['ada'] },
      { inDatabase: ['old'] },
      ['ada', 'old'],
    ],
    [
      'allowed_users without existing ones: only they',
      { allowed_users: ['ada'], allow_existing_users: false },
      { inDatabase: ['old'] },
      ['ada'],
    ],
    ['allow_existing_users: who is in the database', { allow_existing_users: true }, { inDatabase: ['old'] }, ['old']],
    [
      'admin_users alone: not even they, though they are in the database',
      { admin_users: ['root'] },
      { inDatabase: ['root'] },
      [],
    ],
    [
      'admin_users and allowed_users: both',
      { admin_users: ['root'], allowed_users: ['ada'], allow_existing_users: false },
      { inDatabase: [] },
      ['ada', 'root'],
    ],
    [
      'blocked_users come before allowed_users',
      { allowed_users: ['ada', 'bad'], blocked_users: ['Bad'] },
      { inDatabase: ['bad'] },
      ['ada'],
    ],
    ['old names allow and block in other spellings', { allowed_users: ['ADA'] }, { inDatabase: [] }, ['ada']],
  ])('%s', async (_rule, options, { inDatabase }, expected) => {
    const entered: string[] = []
    for (const name of ['ada', 'bad', 'old', 'root']) {
      const authenticator = recording(options, name, true, inDatabase)
      await authenticator.init(never)
      if ((await logIn(authenticator)).kind === 'authenticated') entered.push(name)
    }
    expect(entered).toEqual(expected)
  })

  test('a deleted user is no longer among the allowed ones', async () => {
    const authenticator = recording({ allowed_users: ['ada'] })
    await authenticator.deleteUser({ name: 'ada' })
    expect(await logIn(authenticator)).toEqual(refused('not_allowed', 'ada'))
  })
})

describe('the admin flag', () => {
  test('is given to admin_users, and left as stored for all others', async () => {
    const options = { allow_all: true, admin_users: ['ada'] }
    expect(await logIn(recording(options, 'ada'))).toMatchObject({ model: { admin: true } })
    expect(await logIn(recording(options, 'bob'))).toEqual({ kind: 'authenticated', model: { name: 'bob' } })
    expect(await logIn(recording(options, { name: 'bob', admin: null }))).toMatchObject({ model: { admin: null } })
  })
})

describe('managed groups', () => {
  const options: AuthenticatorOptions = { allow_all: true, manage_groups: true }

  test('must be spoken of, or the class is named', async () => {
    await expect(logIn(recording(options))).rejects.toThrow('Recording does not say the groups')
    await expect(refresh(recording(options, null, { admin: true }))).rejects.toThrow(
      'Recording does not say the groups',
    )
  })

  test('may be none or left as they are', async () => {
    expect(await logIn(recording(options, { name: 'ada', groups: [] }))).toMatchObject({ model: { groups: [] } })
    expect(await logIn(recording(options, { name: 'ada', groups: null }))).toMatchObject({ model: { groups: null } })
  })
})

describe('a refresh', () => {
  test.each<[RefreshResult, object]>([
    [true, { kind: 'fresh' }],
    [false, { kind: 'stale' }],
    [{ admin: true }, { kind: 'changed', model: { name: 'ada', admin: true } }],
  ])('that says %j', async (result, outcome) => {
    expect(await refresh(recording({}, null, result))).toEqual(outcome)
  })

  test('that says nothing is stale, and one with a name changes no name', async () => {
    expect(await refresh(recording({}, null, null as unknown as RefreshResult))).toEqual({ kind: 'stale' })
    const renamed = { name: 'eve', groups: ['g'] }
    expect(await refresh(recording({}, null, renamed))).toEqual({
      kind: 'changed',
      model: { name: 'ada', groups: ['g'] },
    })
  })
})

function refresh(authenticator: Authenticator) {
  const user: HubUser = { name: 'ada', admin: false, groups: [], authState: async () => null }
  return refreshAuthenticatedUser(authenticator, user, undefined, never)
}

import { type Log, type LogFields } from '@hub/api'
import type { InputsOf } from '@hub/config'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator } from './authenticator.js'
import type { authenticatorConfigurable } from './authenticator-config.js'
import type { AuthenticatorContext } from './contract.js'
import { fakeLoginRequest } from './fake-request.js'
import { getAuthenticatedUser, type LoginOutcome, refreshAuthenticatedUser } from './get-authenticated-user.js'

export type LoginForm = Readonly<Record<string, string>>
export type AuthenticatorOptions = InputsOf<typeof authenticatorConfigurable>

/** What the suite needs to try an authenticator. */
export interface AuthenticatorUnderTest {
  /** Makes a new object with the options of every authenticator given here, and its own as they must be. */
  create(context: Omit<AuthenticatorContext, 'config'>, options: AuthenticatorOptions): Authenticator
  /** Fields that log in, and the name they log in; without, the tests of that are skipped (no login on a page). */
  readonly goodLogin?: { readonly form: LoginForm; readonly name: string }
  /** Fields that do not; without, the tests of that are skipped (everyone gets in). */
  readonly badLogin?: LoginForm
  /** Gives back what was taken for the tests. */
  close?(): Promise<void> | void
}

/** The rules of the contract that hold for every authenticator. Call it in a test file of the plug-in. */
export function describeAuthenticator(
  name: string,
  setUp: () => AuthenticatorUnderTest | Promise<AuthenticatorUnderTest>,
): void {
  describe(`${name} keeps the contract of authenticators`, () => {
    const never = new AbortController().signal
    let underTest: AuthenticatorUnderTest
    let created: Authenticator[]
    let existing: Set<string>
    let logged: string

    beforeEach(async () => {
      underTest = await setUp()
      created = []
      existing = new Set()
      logged = ''
    })
    afterEach(async () => {
      for (const authenticator of created) await authenticator.stop()
      await underTest.close?.()
    })

    const record = (event: string, fields?: LogFields): void => {
      logged += `${event} ${JSON.stringify(fields)}\n`
    }
    const log: Log = { debug: record, info: record, warn: record, error: record, child: () => log }
    const authenticatorWith = async (options: AuthenticatorOptions): Promise<Authenticator> => {
      const authenticator = underTest.create({ log, isExistingUser: async (user) => existing.has(user) }, options)
      created.push(authenticator)
      await authenticator.init(never)
      return authenticator
    }
    const logIn = (authenticator: Authenticator, form: LoginForm | undefined): Promise<LoginOutcome> =>
      getAuthenticatedUser(authenticator, fakeLoginRequest(form), never)
    /** Skips where nobody logs in. */
    const goodLogin = (skip: (note?: string) => never): NonNullable<AuthenticatorUnderTest['goodLogin']> =>
      underTest.goodLogin ?? skip('nobody logs in')

    test('who has the right credentials and is allowed gets in, under one spelling of the name', async ({ skip }) => {
      const good = goodLogin(skip)
      const outcome = await logIn(await authenticatorWith({ allow_all: true }), good.form)
      expect(outcome).toMatchObject({ kind: 'authenticated', model: { name: good.name } })
    })

    test('nobody gets in whom no option allows', async ({ skip }) => {
      const good = goodLogin(skip)
      const outcome = await logIn(await authenticatorWith({ allow_all: false }), good.form)
      expect(outcome).toEqual({ kind: 'refused', reason: 'not_allowed', username: good.name })
    })

    test('who is named in allowed_users gets in, in whatever spelling', async ({ skip }) => {
      const good = goodLogin(skip)
      const authenticator = await authenticatorWith({ allow_all: false, allowed_users: [good.name.toUpperCase()] })
      if ((await authenticator.normalizeUsername(good.name.toUpperCase())) !== good.name)
        skip('names are told apart by case')
      expect(await logIn(authenticator, good.form)).toMatchObject({ kind: 'authenticated' })
    })

    test('who is in the database gets in with allow_existing_users', async ({ skip }) => {
      const good = goodLogin(skip)
      const authenticator = await authenticatorWith({ allow_all: false, allow_existing_users: true })
      expect(await logIn(authenticator, good.form)).toMatchObject({ kind: 'refused' })
      existing.add(good.name)
      expect(await logIn(authenticator, good.form)).toMatchObject({ kind: 'authenticated' })
    })

    test('who is blocked stays out, whatever allows them', async ({ skip }) => {
      const good = goodLogin(skip)
      const options = { allow_all: true, allowed_users: [good.name], blocked_users: [good.name] }
      const outcome = await logIn(await authenticatorWith(options), good.form)
      expect(outcome).toEqual({ kind: 'refused', reason: 'blocked', username: good.name })
    })

    test('wrong credentials are a refusal, not an error', async ({ skip }) => {
      const { badLogin } = underTest
      if (badLogin === undefined) skip('all credentials are right')
      const outcome = await logIn(await authenticatorWith({ allow_all: true }), badLogin)
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'credentials' })
    })

    test.each([[undefined], [{}], [{ username: '' }], [{ username: '', password: '' }]])(
      'a form that lacks fields (%j) is a refusal, not an error',
      async (form) => {
        expect(await logIn(await authenticatorWith({ allow_all: true }), form)).toMatchObject({ kind: 'refused' })
      },
    )

    test('logins at the same time are not mixed up', async ({ skip }) => {
      const [good, bad] = [goodLogin(skip), underTest.badLogin]
      const authenticator = await authenticatorWith({ allow_all: true })
      const forms = Array.from({ length: 6 }, (_, index) => (index % 2 === 1 && bad !== undefined ? bad : good.form))
      const outcomes = await Promise.all(forms.map((form) => logIn(authenticator, form)))
      expect(outcomes.map(({ kind }) => kind)).toEqual(
        forms.map((form) => (form === good.form ? 'authenticated' : 'refused')),
      )
    })

    test('passwords stay out of the log', async ({ skip }) => {
      const forms = [goodLogin(skip).form, underTest.badLogin ?? {}]
      const authenticator = await authenticatorWith({ allow_all: false })
      for (const form of forms) await logIn(authenticator, form)
      for (const { password } of forms)
        if (password !== undefined && password !== '') expect(logged).not.toContain(password)
    })

    test('a login that is given up ends', async ({ skip }) => {
      const authenticator = await authenticatorWith({ allow_all: true })
      const given = getAuthenticatedUser(
        authenticator,
        fakeLoginRequest(goodLogin(skip).form),
        AbortSignal.abort(new Error('given up')),
      )
      await given.catch(() => undefined)
    })

    test('a refresh says fresh, stale or what has changed', async ({ skip }) => {
      const { name } = goodLogin(skip)
      const authenticator = await authenticatorWith({ allow_all: true })
      const user = { name, admin: false, groups: [], authState: async () => null }
      const outcome = await refreshAuthenticatedUser(authenticator, user, undefined, never)
      expect(['fresh', 'stale', 'changed']).toContain(outcome.kind)
    })

    test('a user may be added twice, but not under an impossible name', async ({ skip }) => {
      const { name } = goodLogin(skip)
      const authenticator = await authenticatorWith({ allow_all: true })
      await authenticator.addUser({ name })
      await authenticator.addUser({ name })
      await expect(authenticator.addUser({ name: 'a/b' })).rejects.toThrow()
    })

    test('it may be stopped twice', async () => {
      const authenticator = await authenticatorWith({ allow_all: true })
      await authenticator.stop()
      await authenticator.stop()
    })
  })
}

import type { Configurable } from '@hub/config'
import { Authenticator, type AuthenticatorClass } from './authenticator.js'
import { authenticatorConfigurable } from './authenticator-config.js'
import type { AuthenticatorContext, AuthResult, HubUser, LoginRequest, RefreshResult } from './contract.js'

/** The "identity provider" of fake logins. Tests look at it and change it while the hub runs. */
export class FakePeople {
  /** What a login of the (normalised) name with its password results in. */
  readonly known = new Map<string, { readonly password: string; readonly result: AuthResult }>()
  /** What a refresh results in, by name; true where nothing is said. */
  readonly refreshes = new Map<string, RefreshResult>()
  /** Hooks that ran, as `addUser ada`, in order. */
  readonly calls: string[] = []

  add(name: string, password: string, result: AuthResult = name): this {
    this.known.set(name, { password, result })
    return this
  }
}

/** Knows the people it is told of: for tests of what uses authenticators. */
export class FakeAuthenticator extends Authenticator {
  static override readonly configurable: Configurable = authenticatorConfigurable

  constructor(
    context: AuthenticatorContext,
    readonly people: FakePeople,
  ) {
    super(context)
  }

  override async authenticate({ form }: LoginRequest): Promise<AuthResult> {
    const person = this.people.known.get(await this.normalizeUsername(form?.['username'] ?? ''))
    return person !== undefined && person.password === form?.['password'] ? person.result : null
  }

  override async refreshUser(user: HubUser): Promise<RefreshResult> {
    this.people.calls.push(`refreshUser ${user.name}`)
    return this.people.refreshes.get(user.name) ?? true
  }

  override async addUser(user: { readonly name: string }): Promise<void> {
    this.people.calls.push(`addUser ${user.name}`)
    await super.addUser(user)
  }

  override async deleteUser(user: { readonly name: string }): Promise<void> {
    this.people.calls.push(`deleteUser ${user.name}`)
    await super.deleteUser(user)
  }

  override async preSpawnStart(user: HubUser): Promise<void> {
    this.people.calls.push(`preSpawnStart ${user.name}`)
  }

  override async postSpawnStop(user: HubUser): Promise<void> {
    this.people.calls.push(`postSpawnStop ${user.name}`)
  }
}

/** The class to configure a hub with, which knows `people`. */
export function fakeAuthenticatorClass(people: FakePeople): AuthenticatorClass {
  return class BoundFakeAuthenticator extends FakeAuthenticator {
    constructor(context: AuthenticatorContext) {
      super(context, people)
    }
  }
}

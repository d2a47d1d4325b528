import type { Log } from '@hub/api'
import type { Database, Sql } from '../database/index.js'
import type { Authorize } from '../http/authorize.js'
import { ownerPermissions, tokenGroupsInQuestion, tokenPermissions } from './effective-permissions.js'
import type { ScopeExpander } from './expand.js'
import { decide, userInQuestion } from './has-scope.js'
import { groupsOf, type Membership, membersOf, noMembership } from './membership.js'
import type { Owner } from './owner.js'
import {
  groupNamesOfUser,
  issuerOf,
  membersByGroup,
  rawScopesOfService,
  shareScopesOfUser,
} from './permission-facts.js'
import { excessOf, type Permissions } from './permissions.js'
import { rawScopesOfUser } from './role-store.js'

export interface PermissionsResolverDeps {
  readonly database: Database
  readonly expander: ScopeExpander
  readonly now: () => Date
  readonly log: Log
}

export interface ResolvableToken {
  readonly id: number
  readonly clientId: string | null
  readonly scopes: readonly string[]
}

/** Finds out what somebody may do: reads what is stored about them, and leaves the algebra to the pure rules. */
export class PermissionsResolver {
  readonly #read: Sql

  constructor(private readonly deps: PermissionsResolverDeps) {
    this.#read = deps.database.read
  }

  /** What a user may do with a cookie. */
  async ofUser(user: { readonly id: number; readonly name: string }): Promise<Permissions> {
    const owner: Owner = { kind: 'user', name: user.name }
    const [roleScopes, shareScopes] = await Promise.all([
      rawScopesOfUser(this.#read, user.id),
      shareScopesOfUser(this.#read, user.id, this.deps.now()),
    ])
    return this.#expanded({ owner, roleScopes, shareScopes })
  }

  async ofService(service: { readonly id: number; readonly name: string }): Promise<Permissions> {
    const roleScopes = await rawScopesOfService(this.#read, service.id)
    return this.#expanded({ owner: { kind: 'service', name: service.name }, roleScopes })
  }

  /**
   * What a token allows right now.
   *
   * @param held - what its owner may do
   */
  async ofToken(token: ResolvableToken, owner: Owner, held: Permissions): Promise<Permissions> {
    const { expander, log } = this.deps
    const issuer = await issuerOf(this.#read, token.clientId ?? '')
    if (issuer.kind === 'nothing') {
      log.warn('a token was issued to a client that belongs to no server or service', { token: token.id })
    }
    const facts = { owner, issuer, scopes: token.scopes }
    const membership = await this.membership(tokenGroupsInQuestion(expander, facts, held))
    const { permissions, asked, dropped } = tokenPermissions(expander, facts, held, membership)
    if (dropped.length > 0) log.warn('scopes of a token mean nothing', { token: token.id, dropped })
    const lost = asked === permissions ? [] : excessOf(asked, permissions)
    if (lost.length > 0)
      log.debug('a token lacks scopes that its owner does not have', { token: token.id, owner: owner.name, lost })
    return permissions
  }

  /** The members of these groups; asks the database only if there are any. */
  async membership(groups: ReadonlySet<string>): Promise<Membership> {
    return groups.size === 0 ? noMembership : membersOf(await membersByGroup(this.#read, groups))
  }

  /** Decides on a request; the database is asked when only a group can allow it. */
  readonly authorize: Authorize = async (visitor, scopes, filter, postFilter) => {
    const { permissions } = visitor
    const user = userInQuestion(permissions, scopes, filter)
    const membership = user === undefined ? noMembership : groupsOf(user, await groupNamesOfUser(this.#read, user))
    return decide(permissions, scopes, filter, { postFilter }, membership)
  }

  #expanded(facts: Parameters<typeof ownerPermissions>[1]): Permissions {
    const { permissions, dropped } = ownerPermissions(this.deps.expander, facts)
    if (dropped.length > 0)
      this.deps.log.warn('scopes mean nothing to those who hold them', { ...facts.owner, dropped })
    return permissions
  }
}

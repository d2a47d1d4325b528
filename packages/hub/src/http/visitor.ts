import type { Permissions } from '../access/permissions.js'

export interface VisitorUser {
  readonly id: number
  readonly name: string
  readonly admin: boolean
  /** What the login cookie names the user by; changing it logs the user out everywhere. */
  readonly cookieId: string
}

export interface VisitorService {
  readonly id: number
  readonly name: string
  readonly admin: boolean
}

export interface VisitorToken {
  readonly id: number
  readonly note: string
  /** Browser session the token was issued to; only OAuth tokens have one. */
  readonly sessionId: string | null
}

/** How a visitor proved who they are. */
export type Credential = { readonly by: 'cookie' } | { readonly by: 'token'; readonly token: VisitorToken }

/** Who makes a request, and what they may do in it. */
export type Visitor =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly user: VisitorUser
      readonly credential: Credential
      readonly permissions: Permissions
    }
  | {
      readonly kind: 'service'
      readonly service: VisitorService
      readonly credential: Credential
      readonly permissions: Permissions
    }

export type Identified = Exclude<Visitor, { kind: 'anonymous' }>
export type UserVisitor = Extract<Visitor, { kind: 'user' }>

export const anonymous: Visitor = { kind: 'anonymous' }

export const isByToken = (visitor: Visitor): boolean =>
  visitor.kind !== 'anonymous' && visitor.credential.by === 'token'

/** For logs: the name, and what kind of caller when it is no user. */
export function visitorName(visitor: Visitor): string {
  switch (visitor.kind) {
    case 'anonymous':
      return ''
    case 'user':
      return visitor.user.name
    case 'service':
      return `service ${visitor.service.name}`
  }
}

/** The admin flag of the caller, which some endpoints ask for on top of scopes. */
export function isAdmin(visitor: Identified): boolean {
  return visitor.kind === 'user' ? visitor.user.admin : visitor.service.admin
}

import { formatScope } from '@hub/api'

/** Who holds a role or token. A user and a service of the same name have nothing to do with each other. */
export interface Owner {
  readonly kind: 'user' | 'service'
  readonly name: string
}

/** What stands behind the OAuth client that a token was issued through. */
export type Issuer =
  /** The client `jupyterhub`, which issues tokens of the API and the token page. */
  | { readonly kind: 'hub' }
  | { readonly kind: 'server'; readonly user: string; readonly server: string }
  | { readonly kind: 'service'; readonly name: string }
  /** A client whose server or service is gone. */
  | { readonly kind: 'nothing' }

/** What lets `owner` be told who it is. */
export function identifyScopes(owner: Owner): readonly string[] {
  const filter = { kind: owner.kind, value: owner.name }
  return owner.kind === 'user'
    ? [formatScope('read:users:name', filter), formatScope('read:users:groups', filter)]
    : [formatScope('read:services:name', filter)]
}

/** The right to use what issued a token; undefined for tokens of the hub itself. */
export function accessScope(issuer: Issuer): string | undefined {
  switch (issuer.kind) {
    case 'server':
      return formatScope('access:servers', { kind: 'server', value: `${issuer.user}/${issuer.server}` })
    case 'service':
      return formatScope('access:services', { kind: 'service', value: issuer.name })
    case 'hub':
    case 'nothing':
      return undefined
  }
}

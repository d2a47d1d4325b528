/** A role without its members. */
export interface RoleDefinition {
  readonly name: string
  readonly description: string
  /** Raw scopes. */
  readonly scopes: readonly string[]
}

export const DEFAULT_ROLE_NAMES = ['user', 'admin', 'server', 'token'] as const
export type DefaultRoleName = (typeof DEFAULT_ROLE_NAMES)[number]

export const isDefaultRole = (name: string): name is DefaultRoleName =>
  (DEFAULT_ROLE_NAMES as readonly string[]).includes(name)

/** @param extraUserScopes - the option `extra_user_scopes`, given to every user on top of `self` */
export function defaultRoles(
  extraUserScopes: Iterable<string> = [],
): Readonly<Record<DefaultRoleName, RoleDefinition>> {
  return {
    user: {
      name: 'user',
      description: 'Standard user privileges',
      scopes: [...new Set(['self', ...extraUserScopes])],
    },
    admin: {
      name: 'admin',
      description: 'Elevated privileges (can do anything)',
      scopes: [
        'admin-ui',
        'admin:users',
        'admin:servers',
        'admin:services',
        'tokens',
        'admin:groups',
        'list:services',
        'read:services',
        'read:hub',
        'proxy',
        'shutdown',
        'access:services',
        'access:servers',
        'read:roles',
        'read:metrics',
        'shares',
      ],
    },
    server: {
      name: 'server',
      description: 'Post activity only',
      scopes: ['users:activity!user', 'access:servers!server'],
    },
    token: {
      name: 'token',
      description: 'Token with same permissions as its owner',
      scopes: ['inherit'],
    },
  }
}

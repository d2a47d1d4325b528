/** One entry of the scope table. */
export interface ScopeDefinition {
  /** What holding the scope lets one do, for people; starts with a capital and has no full stop. */
  readonly description: string
  /** Scopes that come with this one; implication is transitive. */
  readonly implies: readonly string[]
  /** More for the reference page, if the description does not say it all. */
  readonly note?: string
}

const scope = (description: string, implies: readonly string[] = [], note?: string): ScopeDefinition => ({
  description,
  implies,
  ...(note === undefined ? {} : { note }),
})

/** The 48 scopes every hub knows, in the order of the reference page. */
export const SCOPE_DEFINITIONS = {
  '(no_scope)': scope(
    'Identify the owner of the requesting entity',
    [],
    'Holds no permission; any caller may do this.',
  ),
  self: scope(
    'Everything about yourself: your account, servers and tokens',
    [],
    'For users only. Stands for the scopes listed below, each restricted to the user who holds it.',
  ),
  inherit: scope('Anything you have access to', [], 'For tokens only. Whatever the owner may do, now and later.'),
  'admin-ui': scope('Open the admin page', [], 'What can be done there needs the scopes of each action.'),
  'admin:users': scope(
    'Create, change and delete users, and see their authentication state',
    ['admin:auth_state', 'users', 'read:roles:users', 'delete:users'],
    'Covers neither servers nor tokens of users.',
  ),
  'admin:auth_state': scope("See a user's authentication state"),
  users: scope('Read and change user models', ['read:users', 'list:users', 'users:activity']),
  'delete:users': scope('Delete users'),
  'list:users': scope('List users', ['read:users:name']),
  'read:users': scope('Read user models, including the address of the default server', [
    'read:users:name',
    'read:users:groups',
    'read:users:activity',
  ]),
  'read:users:name': scope('Read names of users'),
  'read:users:groups': scope("Read users' group membership"),
  'read:users:activity': scope('Read when users were last active'),
  'read:roles': scope('Read role assignments', ['read:roles:users', 'read:roles:services', 'read:roles:groups']),
  'read:roles:users': scope('Read role assignments of users'),
  'read:roles:services': scope('Read role assignments of services'),
  'read:roles:groups': scope('Read role assignments of groups'),
  'users:activity': scope("Report users' activity", ['read:users:activity']),
  'admin:servers': scope('Do anything with servers and see their state', ['admin:server_state', 'servers']),
  'admin:server_state': scope("See servers' state"),
  servers: scope('Start and stop servers', ['read:servers', 'start:servers', 'delete:servers']),
  'read:servers': scope('Read server models, without their state', ['read:users:name']),
  'start:servers': scope('Start servers and edit their display names'),
  'delete:servers': scope('Stop and remove servers'),
  tokens: scope('List, create and revoke tokens', ['read:tokens']),
  'read:tokens': scope('List tokens'),
  'admin:groups': scope('Create, change and delete groups', ['groups', 'read:roles:groups', 'delete:groups']),
  groups: scope("Change groups' members and properties", ['read:groups', 'list:groups']),
  'list:groups': scope('List groups', ['read:groups:name']),
  'read:groups': scope('Read group models', ['read:groups:name']),
  'read:groups:name': scope('Read names of groups'),
  'delete:groups': scope('Delete groups'),
  'admin:services': scope(
    'Create and remove services at run time',
    ['list:services', 'read:services', 'read:roles:services'],
    'Services that stand in the configuration cannot be changed.',
  ),
  'list:services': scope('List services', ['read:services:name']),
  'read:services': scope('Read service models', ['read:services:name']),
  'read:services:name': scope('Read names of services'),
  'read:hub': scope('Read detailed information about the hub'),
  'access:servers': scope('Reach user servers by browser or API'),
  'access:services': scope('Reach services by browser or API'),
  'users:shares': scope('See and leave servers shared with a user', ['read:users:shares']),
  'read:users:shares': scope('See servers shared with a user'),
  'groups:shares': scope('See and leave servers shared with a group', ['read:groups:shares']),
  'read:groups:shares': scope('See servers shared with a group'),
  'read:shares': scope('See whom a server is shared with'),
  shares: scope('Share access to servers', ['access:servers', 'read:shares', 'users:shares', 'groups:shares']),
  proxy: scope('Read and re-sync the routing table, announce a new proxy'),
  shutdown: scope('Stop the hub'),
  'read:metrics': scope('Read Prometheus metrics'),
} as const satisfies Readonly<Record<string, ScopeDefinition>>

/** Name of a scope that every hub knows. */
export type BuiltInScope = keyof typeof SCOPE_DEFINITIONS

/** What `self` stands for, each with `!user=<owner>`. Sharing is left out: users do not share by default. */
export const SELF_SCOPES: readonly BuiltInScope[] = [
  'read:users',
  'read:users:name',
  'read:users:groups',
  'read:users:activity',
  'users:activity',
  'servers',
  'read:servers',
  'start:servers',
  'delete:servers',
  'tokens',
  'read:tokens',
  'access:servers',
  'users:shares',
  'read:users:shares',
  'read:shares',
]

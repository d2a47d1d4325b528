import type { Page } from '@hub/testkit'
import { tokenFor, type Side } from '../two-hubs.js'

/** Services by name, with the scopes each holds. */
export const HOLDERS = {
  nothing: [],
  'list-users': ['list:users'],
  'read-users': ['read:users'],
  'read-names': ['read:users:name'],
  'read-one': ['read:users!user=ada'],
  'read-team': ['read:users!group=team', 'list:users!group=team'],
  'list-server': ['list:users!server=ada/'],
  'list-unknown': ['list:users!user=nobody', 'list:users!group=nothing'],
  'read-user-roles': ['read:roles:users'],
  'read-groups-of-users': ['read:users:groups'],
  'read-activity': ['read:users:activity'],
  'admin-users': ['admin:users'],
  'admin-users-team': ['admin:users!group=team'],
  'delete-ada': ['delete:users!user=ada'],
  servers: ['servers'],
  'read-servers': ['read:servers', 'list:users'],
  'read-server': ['read:servers!server=ada/', 'list:users'],
  'admin-servers': ['admin:servers', 'read:users'],
  'start-servers': ['start:servers'],
  'delete-servers': ['delete:servers'],
  tokens: ['tokens'],
  'tokens-ada': ['tokens!user=ada'],
  'read-tokens': ['read:tokens'],
  activity: ['users:activity'],
  'activity-ada': ['users:activity!user=ada'],
  'admin-groups': ['admin:groups'],
  'admin-groups-team': ['admin:groups!group=team'],
  'groups-team': ['groups!group=team'],
  'list-groups': ['list:groups'],
  'list-groups-team': ['list:groups!group=team'],
  'list-groups-user': ['list:groups!user=ada'],
  'read-groups': ['read:groups'],
  'read-group-names': ['read:groups:name'],
  'read-group-roles': ['read:roles:groups'],
  'delete-groups': ['delete:groups'],
  'admin-services': ['admin:services'],
  'list-services': ['list:services'],
  'list-services-one': ['list:services!service=nothing'],
  'read-services': ['read:services'],
  'read-service-names': ['read:services:name'],
  'read-service-roles': ['read:roles:services'],
  'read-service-one': ['read:services!service=nothing'],
  shares: ['shares'],
  'shares-names': ['shares', 'read:users:name', 'read:groups:name'],
  'shares-owner': ['shares!user=olga', 'read:users:name!user=quin'],
  'shares-owners': ['shares!group=owners', 'servers!group=owners', 'read:users:name'],
  'shares-server': ['shares!server=olga/second', 'read:users:name', 'list:groups'],
  'read-shares': ['read:shares'],
  'users-shares': ['users:shares'],
  'read-users-shares': ['read:users:shares!user=pat'],
  'groups-shares': ['groups:shares!group=readers'],
  'by-filter': [
    'read:users!user=bob',
    'read:servers!server=bob/lab',
    'list:users!group=team',
    'read:groups!group=team',
    'list:groups!group=team',
    'list:services!service=external',
    'self',
    'access:services!service',
  ],
  proxy: ['proxy'],
  'read-hub': ['read:hub'],
  metrics: ['read:metrics'],
  everything: ['admin:users', 'admin:servers', 'admin:groups', 'admin:services', 'tokens', 'read:hub', 'read:roles'],
} as const

/** Requests whose answers are compared, in an order in which both hubs are asked. */
export type Scenario = (on: Side) => Promise<void>

export const holder = (name: keyof typeof HOLDERS) => ({ as: tokenFor(name) })
export const nobody = { as: null }
export const paged = { headers: { accept: 'application/jupyterhub-pagination+json' } }

/** What clients send in place of an object. */
export const ODD_BODIES = ['', '{', 'nonsense', '[]', '"text"', '3', 'null', 'false', '{"a": 1}'] as const

export const record = (on: Side, call: string, page: Page): void => {
  on.record(call, {}, page)
}

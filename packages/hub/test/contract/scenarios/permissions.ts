import { SCOPE_DEFINITIONS } from '@hub/api'
import fc from 'fast-check'
import { tokenFor, type Side } from '../two-hubs.js'
import { record, type Scenario } from './common.js'

/** Held by users through roles of their own and of their groups; for the configuration of both hubs. */
export const ROLES_OF_USERS = [
  {
    name: 'by-filters',
    users: ['fil'],
    scopes: [
      'read:users!group=team',
      'servers!group=team',
      'read:servers!server=bob/lab',
      'list:users!user=bob',
      'access:services!service=external',
      'tokens!user=cleo',
      'read:groups!group=empty',
      'custom:thing!user=zoe',
      'users:activity!server=ada/',
      'read:services!service=nothing',
    ],
  },
  {
    name: 'by-self-filters',
    users: ['sel'],
    scopes: ['read:users!user', 'access:servers!server', 'access:services!service', 'custom:thing', 'tokens!user'],
  },
  { name: 'may-enter', users: ['fay'], scopes: ['access:services!service=external', 'custom:thing'] },
  { name: 'of-a-group', groups: ['mixed'], scopes: ['list:users!group=team', 'read:servers!user', 'read:hub', 'self'] },
] as const
export const GROUPS_OF_ROLES = { mixed: { users: ['fil', 'mix'] } } as const

/** More make the run longer and find more: try 300 by hand. */
const samples = Number(process.env['DIFFERENTIAL_SAMPLES'] ?? 12)

const anyScope = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...Object.keys(SCOPE_DEFINITIONS), 'custom:thing') },
      { weight: 3, arbitrary: fc.constantFrom('read:users', 'servers', 'read:servers', 'users', 'shares', 'self') },
    ),
    fc.constantFrom(
      ...[
        '',
        '',
        '!user',
        '!server',
        '!service',
        '!user=bob',
        '!user=fil',
        '!group=team',
        '!group=mixed',
        '!group=empty',
      ],
      ...['!server=bob/lab', '!server=bob/', '!server=fil/', '!service=external', '!service=nothing', '!user=nosuch'],
    ),
  )
  .map(([base, filter]) => base + filter)
const anyScopes = fc.array(anyScope, { minLength: 1, maxLength: 4 })

const QUESTIONS = [
  '/user',
  '/users',
  '/users/bob',
  '/users/bob/servers/lab',
  '/groups/team',
  '/groups',
  '/services',
  '/shares/bob',
]

async function askEverything(on: Side, who: string, token: string): Promise<void> {
  for (const path of QUESTIONS) record(on, `GET ${path} ${who}`, await on.ask('GET', path, { as: token }))
}

/** Users and services with roles of all kinds, and tokens of theirs that ask for anything: what each may do. */
export const permissions: Scenario = async (on) => {
  await on.ask('PUT', '/users/bob/servers/lab')
  for (const [seed, user] of ['fil', 'sel', 'mix', 'boss', 'ada'].entries()) {
    await askEverything(on, `of ${user}`, await on.tokenOf(user))
    for (const scopes of fc.sample(anyScopes, { numRuns: samples, seed })) {
      const page = await on.ask('POST', `/users/${user}/tokens`, { body: { scopes } })
      const who = `of ${user} with ${scopes.join(' ')}`
      record(on, `token ${who}`, page)
      if (page.status === 201) await askEverything(on, who, page.json<{ token: string }>().token)
    }
  }
  for (const name of ['read-team', 'list-server', 'groups-team', 'shares-owners', 'by-filter'] as const)
    await askEverything(on, name, tokenFor(name))
}

/** What tokens can do when their owners have lost, or regained, what they had. */
export const lostRights: Scenario = async (on) => {
  const owners = ['lena', 'fil'] as const
  await on.ask('POST', '/users/lena')
  const tokens: [string, string][] = []
  for (const user of owners) {
    await on.ask('PATCH', `/users/${user}`, { body: { admin: true } })
    for (const scopes of [['inherit'], ...fc.sample(anyScopes, { numRuns: samples, seed: 11 })]) {
      const page = await on.ask('POST', `/users/${user}/tokens`, { body: { scopes } })
      record(on, `token of ${user} with ${scopes.join(' ')}`, page)
      if (page.status === 201)
        tokens.push([`of ${user} with ${scopes.join(' ')}`, page.json<{ token: string }>().token])
    }
  }
  const look = async (when: string) => {
    for (const [who, token] of tokens)
      for (const path of ['/user', '/users/bob'])
        record(on, `GET ${path} ${who}, ${when}`, await on.ask('GET', path, { as: token }))
  }
  for (const user of owners) await on.ask('PATCH', `/users/${user}`, { body: { admin: false } })
  await look('no longer an admin')
  await on.ask('DELETE', '/groups/mixed/users', { body: { users: ['fil'] } })
  await on.ask('POST', '/groups/mixed/users', { body: { users: ['lena'] } })
  await look('in another group')
  await on.ask('DELETE', '/groups/mixed')
  await look('without the group')
  for (const user of owners) record(on, `tokens of ${user}`, await on.ask('GET', `/users/${user}/tokens`))
}

/** Tokens for a short while. */
export const expiringTokens: Scenario = async (on) => {
  const page = await on.ask('POST', '/users/cleo/tokens', { body: { expires_in: 1, note: 'short' } })
  record(on, 'a token for a second', page)
  const { token, id } = page.json<{ token: string; id: string }>()
  const deadline = performance.now() + 10_000
  while ((await on.ask('GET', '/user', { as: token })).status === 200 && performance.now() < deadline);
  for (const path of ['/user', '/users/cleo', '/info', '/'])
    record(on, `GET ${path} with an expired token`, await on.ask('GET', path, { as: token }))
  record(on, 'the expired token', await on.ask('GET', `/users/cleo/tokens/${id}`))
  record(on, 'looked up', await on.ask('GET', `/authorizations/token/${token}`))
  record(on, 'deleted', await on.ask('DELETE', `/users/cleo/tokens/${id}`))
}

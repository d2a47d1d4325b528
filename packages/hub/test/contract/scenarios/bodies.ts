import { holder, nobody, type Scenario } from './common.js'

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))

/** JSON, or nearly, that no well-behaved client writes; `%` stands for a value that the endpoint takes. */
const SPELLINGS: readonly [name: string, write: (json: string) => string | Uint8Array][] = [
  ['spaces around', (json) => ` \n\t${json}\r\n `],
  ['a byte order mark', (json) => `\ufeff${json}`],
  ['something behind', (json) => `${json} x`],
  ['twice', (json) => `${json}${json}`],
  ['a zero byte behind', (json) => `${json}\0`],
  ['a comma too many', (json) => json.replace(/\}$/, ',}')],
  ['single quotes', (json) => json.replaceAll('"', "'")],
  ['a comment', (json) => `${json} // x`],
  ['invalid UTF-8 behind', (json) => bytes(json, 0xff)],
  ['UTF-16', (json) => Buffer.from(json, 'utf16le')],
  ['a list around', (json) => `[${json}]`],
  ['a text around', (json) => JSON.stringify(json)],
  ['an extra key __proto__', (json) => json.replace(/\}$/, ',"__proto__":{"admin":true}}')],
  ['an extra key constructor', (json) => json.replace(/\}$/, ',"constructor":1}')],
  ['only spaces', () => '   '],
  ['deep nesting', () => `${'['.repeat(500)}${']'.repeat(500)}`],
  ['a large number', () => '1e999'],
  ['a form', () => 'a=b&c=d'],
]

const ENDPOINTS: readonly [method: string, path: string, json: string][] = [
  ['POST', '/users', '{"usernames":["ada"]}'],
  ['PATCH', '/users/bob', '{"admin":false}'],
  ['POST', '/users/dora/tokens', '{"note":"odd"}'],
  ['POST', '/users/ada/activity', '{"last_activity":"2026-01-31T12:00:00Z"}'],
  ['POST', '/groups', '{"groups":["team"]}'],
  ['POST', '/groups/team/users', '{"users":["ada"]}'],
  ['DELETE', '/groups/empty/users', '{"users":["ada"]}'],
  ['PUT', '/groups/empty/properties', '{"a":1}'],
  ['PATCH', '/proxy', '{"auth_token":3}'],
]

/** Bodies as they come from careless clients: spelling, encoding, types. */
export const oddBodies: Scenario = async (on) => {
  for (const [method, path, json] of ENDPOINTS)
    for (const [name, write] of SPELLINGS) {
      const page = await on.ask(method, path, { body: write(json) })
      on.record(`${method} ${path} with ${name}`, {}, page)
    }
  for (const [method, path, json] of ENDPOINTS)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=latin-1',
      '',
    ])
      await on.call(method, path, { body: json, headers: { 'content-type': type } })
  for (const [method, path, json] of ENDPOINTS) await on.call(method, path, { ...nobody, body: json })
}

/** The same key twice: the last one counts; numbers that are texts, texts that are numbers, and the like. */
export const oddValues: Scenario = async (on) => {
  await on.call('POST', '/users/dora/tokens', { body: '{"note":"first","note":"second"}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"scopes":["admin:users"],"scopes":[]}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"scopes":[],"scopes":["admin:users"]}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"expires_in":1e3}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"expires_in":"60"}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"expires_in":[]}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"expires_in":60}' })
  await on.call('POST', '/users/dora/tokens', { body: '{"expires_in":false}' })
  await on.call('POST', '/users/dora/tokens', { body: { note: 'ü 🐧 "quoted" <b>' } })
  await on.call('POST', '/users/dora/tokens', { body: { note: 'x'.repeat(1023) } })
  await on.call('POST', '/users/dora/tokens', { body: { note: ['x'] } })
  await on.call('POST', '/users/dora/tokens', { body: { roles: [1] } })
  await on.call('POST', '/users/dora/tokens', { body: { roles: [null] } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: [null] } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: [['self']] } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: {} } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: { self: 1 } } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: '' } })
  await on.call('POST', '/users/dora/tokens', { body: { scopes: 0 } })
  await on.call('POST', '/users/dora/tokens', { body: { roles: '' } })
  await on.call('POST', '/users/dora/tokens', { body: { roles: {} } })
  await on.call('POST', '/users', { body: '{"usernames":["first"],"usernames":["ada"]}' })
  await on.call('POST', '/users', { body: { usernames: [null] } })
  await on.call('POST', '/users', { body: { usernames: [['x']] } })
  await on.call('POST', '/users', { body: { usernames: {} } })
  await on.call('POST', '/users', { body: { usernames: 3 } })
  await on.call('POST', '/users', { body: { usernames: ['odd-1'], admin: 0 } })
  await on.call('POST', '/users', { body: { usernames: ['odd-2'], admin: 'true' } })
  await on.call('PATCH', '/users/bob', { body: { admin: 0 } })
  await on.call('PATCH', '/users/bob', { body: { admin: null } })
  await on.call('PATCH', '/users/bob', { body: { name: '' } })
  await on.call('PATCH', '/users/bob', { body: { name: ['x'] } })
  await on.call('PATCH', '/users/bob', { body: { auth_state: 'x' } })
  await on.call('PATCH', '/users/bob', { body: { auth_state: [] } })
  await on.call('PATCH', '/users/bob', { body: '{"admin":true,"admin":false}' })
  await on.call('POST', '/groups', { body: '{"groups":["a"],"groups":["team"]}' })
  await on.call('POST', '/groups', { body: { groups: null } })
  await on.call('POST', '/groups', { body: { groups: ['team', 'team'] } })
  await on.call('POST', '/groups/team/users', { body: { users: null } })
  await on.call('POST', '/groups/team/users', { body: { users: [null] } })
  await on.call('POST', '/groups/team/users', { body: { users: ['ada', 'ada'] } })
  await on.call('POST', '/groups/team/users', { body: { users: { ada: 1 } } })
  await on.call('PUT', '/groups/empty/properties', { body: '{"a":1,"a":2,"":3}' })
  await on.call('PUT', '/groups/empty/properties', { body: '{"n":12345678901234567,"f":1.0,"u":"ü🐧","z":"\\u0000"}' })
  await on.call('GET', '/groups/empty')
  await on.call('PUT', '/groups/empty/properties', { body: {} })
  for (const value of [
    '2026-01-31T12:00:00.123456789Z',
    '2026-02-30T00:00:00Z',
    '2026-01-31T25:00:00Z',
    '1769860800',
    '2026',
    '12:00',
    '2026-01-31 12:00:00',
    '2026-01-31T12:00:00-0530',
    '2026-01-31T12:00Z',
    '0001-01-01T00:00:00Z',
    ' 2026-01-31T12:00:00Z ',
    'x2026-01-31',
    '\u0662026-01-31',
    '2026-W05-6',
  ])
    await on.call('POST', '/users/ada/activity', { body: { last_activity: value } })
  for (const body of [
    { last_activity: true },
    { last_activity: [] },
    { last_activity: {} },
    { servers: [] },
    { servers: { lab: null } },
    { servers: { lab: [] } },
    { servers: 3 },
    { servers: { lab: { last_activity: null } } },
    { servers: { lab: { last_activity: '' } } },
  ])
    await on.call('POST', '/users/ada/activity', { body })
  for (const body of [
    { proxy: null },
    { servers: null },
    { proxy: '' },
    { proxy: [] },
    { servers: 'false' },
    { proxy: {} },
  ])
    await on.call('POST', '/shutdown', { ...holder('nothing'), body })
}

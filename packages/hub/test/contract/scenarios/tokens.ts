import { holder, nobody, ODD_BODIES, record, type Scenario } from './common.js'

export const tokens: Scenario = async (on) => {
  for (const name of ['nothing', 'tokens', 'tokens-ada', 'read-tokens', 'read-users', 'everything'] as const) {
    for (const user of ['dora', 'nosuch', 'zoe']) {
      await on.call('GET', `/users/${user}/tokens`, holder(name))
      await on.call('POST', `/users/${user}/tokens`, { ...holder(name), body: { note: 'x' } })
      await on.call('GET', `/users/${user}/tokens/a999999`, holder(name))
      await on.call('DELETE', `/users/${user}/tokens/a999999`, holder(name))
    }
    await on.call('POST', '/users/ada/tokens', holder(name))
  }
  for (const body of ODD_BODIES) await on.call('POST', '/users/dora/tokens', { body })
  for (const body of [
    { note: 'mine' },
    { note: '' },
    { note: null },
    { note: 3 },
    { scopes: [] },
    { scopes: ['self'] },
    { scopes: ['nosuch'] },
    { scopes: ['self!x'] },
    { scopes: ['admin:users'] },
    { scopes: 'self' },
    { scopes: [1] },
    { scopes: ['read:users!user'] },
    { scopes: ['read:users!user=dora'] },
    { scopes: ['read:users!user=ada'] },
    { scopes: ['inherit'] },
    { scopes: ['inherit', 'admin:users'] },
    { roles: [] },
    { roles: ['user'] },
    { roles: ['nosuch'] },
    { roles: ['admin'] },
    { roles: 'user' },
    { roles: ['user'], scopes: [] },
    { roles: null, scopes: null },
    { expires_in: 3600 },
    { expires_in: 0 },
    { expires_in: null },
    { expires_in: -1 },
    { expires_in: 1.5 },
    { expires_in: '3' },
    { expires_in: true },
    { username: 'ada' },
    { x: 1 },
    { scopes: ['custom:thing'] },
    { scopes: ['read:users!user='] },
    { scopes: ['(no_scope)'] },
    { scopes: ['all'] },
    { scopes: ['access:servers!user'] },
    { scopes: ['servers!server'] },
    { scopes: ['read:servers!server=dora/'] },
    { scopes: ['self', 'self'] },
  ])
    await on.call('POST', '/users/dora/tokens', { body })
  for (const body of [
    {},
    { auth: { username: 'dora', password: 'x' } },
    { auth: { username: 'nosuch', password: 'x' } },
    { auth: 'x' },
    { auth: null },
    { auth: {} },
    { auth: { username: 'dora' } },
    { auth: { username: 'dora', password: 'x' }, note: 'n' },
  ])
    await on.call('POST', '/users/dora/tokens', { ...nobody, body })
  await on.call('POST', '/users/ada/tokens', { ...nobody, body: { auth: { username: 'dora', password: 'x' } } })
  await on.call('POST', '/users/ada/tokens', { ...nobody, body: { auth: { username: 'boss', password: 'x' } } })
  const own = await on.tokenOf('cleo')
  const second = (await on.ask('POST', '/users/cleo/tokens', { as: own, body: { note: 'second' } })).json<{
    id: string
  }>()
  await on.call('GET', '/users/cleo/tokens', { as: own })
  await on.call('POST', '/users/cleo/tokens', { as: own, body: {} })
  record(on, 'GET own token', await on.ask('GET', `/users/cleo/tokens/${second.id}`, { as: own }))
  record(on, 'GET as if of another', await on.ask('GET', `/users/dora/tokens/${second.id}`))
  record(on, 'DELETE as if of another', await on.ask('DELETE', `/users/dora/tokens/${second.id}`))
  record(on, 'DELETE own token', await on.ask('DELETE', `/users/cleo/tokens/${second.id}`, { as: own }))
  record(on, 'DELETE own token again', await on.ask('DELETE', `/users/cleo/tokens/${second.id}`, { as: own }))
  for (const id of ['x', '1', 'a', 'a-1', 'a1x', 'a99999999999999999999', 'a%2F1', ''])
    await on.call('GET', `/users/cleo/tokens/${id}`, { as: own })
  await on.call('GET', '/users/ada/tokens', { as: own })
  await on.call('POST', '/users/ada/tokens', { as: own })
}

export const activity: Scenario = async (on) => {
  await on.ask('PUT', '/users/ada/servers/lab')
  const path = '/users/ada/activity'
  for (const body of ODD_BODIES) await on.call('POST', path, { body })
  const soon = new Date(Date.now() + 30 * 60_000).toISOString()
  const late = new Date(Date.now() + 70 * 60_000).toISOString()
  for (const body of [
    { last_activity: '2026-01-31T12:00:00.5Z' },
    { last_activity: '2026-01-31T12:00:00' },
    { last_activity: '2026-01-31T14:00:00+02:00' },
    { last_activity: '2026-01-30' },
    { last_activity: 'soon' },
    { last_activity: 3 },
    { last_activity: null },
    { last_activity: '' },
    { last_activity: soon },
    { last_activity: late },
    { servers: {} },
    { servers: { lab: { last_activity: '2026-01-31T12:00:00Z' } } },
    { servers: { '': { last_activity: '2026-01-31T12:00:00Z' } } },
    { servers: { nosuch: { last_activity: '2026-01-31T12:00:00Z' } } },
    { servers: { lab: {} } },
    { servers: { lab: { last_activity: 'x' } } },
    { servers: { lab: '2026-01-31' } },
    { servers: ['lab'] },
    { servers: 'lab' },
    { servers: { lab: { last_activity: late } } },
    { last_activity: '2026-02-01T00:00:00Z', x: 1 },
    { last_activity: '2026-02-01T00:00:00Z', servers: null },
    { servers: { lab: { last_activity: '2026-01-31T12:00:00Z', other: 1 } } },
    { last_activity: 'Sat, 31 Jan 2026 12:00:00 GMT' },
    { last_activity: '20260131T120000Z' },
  ])
    await on.call('POST', path, { body })
  for (const as of ['activity', 'activity-ada', 'read-activity', 'nothing'] as const)
    for (const user of ['ada', 'bob', 'nosuch'])
      await on.call('POST', `/users/${user}/activity`, {
        ...holder(as),
        body: { last_activity: '2026-01-31T12:00:00Z' },
      })
}

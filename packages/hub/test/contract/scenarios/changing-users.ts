import { holder, ODD_BODIES, type Scenario } from './common.js'

export const changingUsers: Scenario = async (on) => {
  for (const body of ODD_BODIES) {
    await on.call('POST', '/users', { body })
    await on.call('PATCH', '/users/ada', { body })
    await on.call('POST', `/users/made-${ODD_BODIES.indexOf(body)}`, { body })
  }
  await on.call('POST', '/users', { body: '{"usernames": ["\xff"]}' })
  await on.call('POST', '/users', { body: { usernames: ['Zed', 'amy', 'zed'] } })
  await on.call('POST', '/users', { body: { usernames: ['zed', 'new-1'] } })
  await on.call('POST', '/users', { body: { usernames: ['zed'] } })
  await on.call('POST', '/users?include_stopped_servers', { body: { usernames: ['stopped-1'] } })
  for (const body of [
    { usernames: [] },
    { usernames: 'ada' },
    { usernames: [1] },
    { usernames: ['x'], admin: 'yes' },
    { usernames: ['x'], other: 1 },
    { usernames: [''] },
    { usernames: ['a/b'] },
    { usernames: ['a/b', ' c'] },
    { usernames: ['fine', 'a/b'] },
    { usernames: ['xx'], groups: ['team'] },
    { usernames: ['xx2'], roles: ['admin'] },
    { usernames: ['xx3'], auth_state: {} },
    { usernames: ['xx4'], name: 'x' },
    { usernames: ['xx5'], admin: null },
    { usernames: ['xx6'], admin: true },
    { usernames: null },
  ])
    await on.call('POST', '/users', { body })
  await on.call('POST', '/users', { ...holder('admin-users'), body: { usernames: ['made-by-scope'] } })
  await on.call('POST', '/users', { ...holder('admin-users'), body: { usernames: ['xx7'], admin: true } })
  await on.call('POST', '/users', { ...holder('admin-users'), body: { usernames: ['xx7'], admin: false } })
  await on.call('POST', '/users', { ...holder('admin-users-team'), body: { usernames: ['xx8'] } })
  await on.call('POST', '/users', { ...holder('list-users'), body: { usernames: ['xx8'] } })
  for (const body of [
    { name: 'other' },
    { admin: true },
    { admin: false },
    { admin: 1 },
    { groups: ['team'] },
    { roles: ['user'] },
    { auth_state: { a: 1 } },
    { auth_state: null },
    { x: 1 },
  ])
    await on.call('POST', `/users/single-${JSON.stringify(body).replace(/\W/g, '')}`, { body })
  await on.call('POST', '/users/ada')
  await on.call('POST', '/users/UPPER')
  await on.call('POST', '/users/with%2Fslash')
  await on.call('POST', '/users/%20space')
  await on.call('POST', '/users/team-member', holder('admin-users-team'))
  await on.call('POST', '/users/ada', holder('admin-users-team'))
  await on.call('POST', '/users/xx9', { ...holder('admin-users'), body: { admin: true } })
  for (const body of [
    { name: 'bob' },
    { x: 1 },
    { admin: 'x' },
    { name: 3 },
    { admin: true },
    { admin: false },
    {},
    { groups: [] },
    { roles: [] },
    { auth_state: null },
  ])
    await on.call('PATCH', '/users/cleo', { body })
  await on.call('PATCH', '/users/dora', { body: { name: 'renamed' } })
  await on.call('PATCH', '/users/renamed', { body: { name: 'dora' } })
  await on.call('PATCH', '/users/nosuch', { body: { admin: true } })
  await on.call('PATCH', '/users/boss', { ...holder('admin-users'), body: { name: 'chief' } })
  await on.call('PATCH', '/users/cleo', { ...holder('admin-users'), body: { admin: true } })
  await on.call('PATCH', '/users/cleo', { ...holder('admin-users'), body: { admin: false } })
  await on.call('PATCH', '/users/ada', { ...holder('admin-users-team'), body: { admin: false } })
  await on.call('PATCH', '/users/cleo', { ...holder('admin-users-team'), body: { admin: false } })
  await on.call('PATCH', '/users/nosuch', { ...holder('admin-users-team'), body: { admin: false } })
  await on.call('PATCH', '/users/ada', { ...holder('read-users'), body: { admin: false } })
  const boss = await on.tokenOf('boss')
  await on.call('DELETE', '/users/boss', { as: boss })
  await on.call('DELETE', '/users/nosuch', { as: boss })
  await on.call('DELETE', '/users/zed', { as: boss })
  await on.call('DELETE', '/users/zed', { as: boss })
  await on.call('DELETE', '/users/bob', holder('delete-ada'))
  await on.call('DELETE', '/users/nosuch', holder('delete-ada'))
  await on.call('DELETE', '/users/bob', holder('read-users'))
  await on.call('DELETE', '/users/amy', { body: 'nonsense' })
  for (const user of ['ada', 'nosuch']) {
    await on.call('POST', `/users/${user}/admin-access`)
    await on.call('POST', `/users/${user}/admin-access`, holder('servers'))
    await on.call('POST', `/users/${user}/admin-access`, holder('read-users'))
  }
}

import { holder, HOLDERS, ODD_BODIES, paged, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const groups: Scenario = async (on) => {
  for (const name of Object.keys(HOLDERS).filter((each) => /group|nothing|everything/.test(each))) {
    const as = tokenFor(name)
    await on.call('GET', '/groups', { as })
    await on.call('GET', '/groups/team', { as })
    await on.call('GET', '/groups/empty', { as })
    await on.call('GET', '/groups/nosuch', { as })
    await on.call('PUT', '/groups/nosuch/properties', { as, body: {} })
    await on.call('DELETE', '/groups/nosuch', { as })
    await on.call('POST', '/groups/nosuch/users', { as, body: { users: ['ada'] } })
    await on.call('DELETE', '/groups/nosuch/users', { as, body: { users: ['ada'] } })
  }
  for (const query of ['limit=1', 'limit=0', 'offset=1', 'limit=x', 'limit=1&offset=1']) {
    await on.call('GET', `/groups?${query}`)
    await on.call('GET', `/groups?${query}`, paged)
  }
  for (const [index, body] of ODD_BODIES.entries()) {
    await on.call('POST', '/groups', { body })
    await on.call('POST', `/groups/made-${index}`, { body })
    await on.call('POST', '/groups/team/users', { body })
    await on.call('DELETE', '/groups/team/users', { body })
    await on.call('PUT', '/groups/team/properties', { body })
  }
  for (const body of [
    { groups: ['g1', 'g2'] },
    { groups: ['g3'], users: ['ada', 'bob'] },
    { groups: ['g3'] },
    { groups: ['g4', 'g3'] },
    { groups: ['g5'], users: ['nosuch'] },
    { groups: { g6: {}, g7: {} } },
    { groups: 'g8' },
    { groups: [] },
    { groups: [1] },
    { users: ['ada'] },
    { groups: ['g9'], other: 1 },
    { groups: ['g10'], users: 'ada' },
    { groups: [''] },
  ])
    await on.call('POST', '/groups', { body })
  await on.call('POST', '/groups', { ...holder('admin-groups-team'), body: { groups: ['team'] } })
  await on.call('POST', '/groups', { ...holder('admin-groups'), body: { groups: ['by-scope'] } })
  for (const [index, body] of [
    { users: ['ada'] },
    { users: ['nosuch'] },
    { users: 'ada' },
    { users: [1] },
    { roles: ['admin'] },
    { roles: 'admin' },
    { name: 'other' },
    { properties: {} },
    { x: 1 },
  ].entries())
    await on.call('POST', `/groups/one-${index}`, { body })
  await on.call('POST', '/groups/team')
  await on.call('POST', '/groups/team', holder('admin-groups-team'))
  await on.call('POST', '/groups/other', holder('admin-groups-team'))
  for (const body of [
    { users: ['cleo'] },
    { users: ['cleo', 'ada'] },
    { users: ['Zoe'] },
    { users: ['nosuch'] },
    { users: [] },
    { users: 'cleo' },
    { users: [1] },
    { users: ['cleo'], x: 1 },
    { users: ['cleo'], name: 'y' },
  ]) {
    await on.call('POST', '/groups/team/users', { body })
    await on.call('DELETE', '/groups/team/users', { body })
  }
  await on.call('POST', '/groups/team/users', { ...holder('groups-team'), body: { users: ['ada'] } })
  await on.call('POST', '/groups/empty/users', { ...holder('groups-team'), body: { users: ['ada'] } })
  for (const body of [{ a: 1, b: { c: [null] } }, {}, [], 'text', 1, null]) {
    await on.call('PUT', '/groups/team/properties', { body: JSON.stringify(body) })
    await on.call('GET', '/groups/team')
  }
  await on.call('DELETE', '/groups/g1')
  await on.call('DELETE', '/groups/g1')
  await on.call('DELETE', '/groups/g2', holder('delete-groups'))
}

import { holder, HOLDERS, paged, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const readingUsers: Scenario = async (on) => {
  for (const name of Object.keys(HOLDERS)) {
    const as = tokenFor(name)
    await on.call('GET', '/users', { as })
    await on.call('GET', '/users/ada', { as })
    await on.call('GET', '/users/zoe', { as })
    await on.call('GET', '/users/nosuch', { as })
  }
  for (const query of [
    'limit=2',
    'limit=0',
    'limit=-2',
    'limit=x',
    'limit=1.5',
    'limit=',
    'limit=999',
    'limit=%201',
    'offset=1',
    'offset=-1',
    'offset=x',
    'offset=99',
    'offset=1&limit=1',
    'limit=1_0',
    'state=active',
    'state=ready',
    'state=inactive',
    'state=gone',
    'state=',
    'sort=id',
    'sort=-id',
    'sort=name',
    'sort=-name',
    'sort=last_activity',
    'sort=-last_activity',
    'sort=--id',

    'sort=',
    'name_filter=A',
    'name_filter=a',
    'name_filter=%25',
    'name_filter=_',
    'name_filter=',
    'name_filter=nosuch',
    'ids=1',
    'include_stopped_servers',
    'include_stopped_servers=0',
    'include_stopped_servers=False',
    'include_stopped_servers=no',
    'limit=1&limit=2',
    'sort=name&sort=id',
    'limit=2&include_stopped_servers&name_filter=a',
    'offset=3&limit=2&sort=-name',
    'offset=4&limit=2',
  ]) {
    // When users were active last differs, so only the order of those that never were can be compared.
    await on.call('GET', `/users?${query}`, holder('list-users'))
    await on.call('GET', `/users?${query}`, { ...holder('list-users'), ...paged })
  }
  for (const accept of [
    'application/jupyterhub-pagination+json;q=0.9',
    'text/html, Application/JupyterHub-Pagination+JSON',
    'application/jupyterhub-pagination+json ,a/b',
    'application/json',
  ])
    await on.call('GET', '/users?limit=2', { headers: { accept } })
  await on.call('GET', '/users?limit=2', { headers: { ...paged.headers, 'x-forwarded-proto': 'https' } })
  for (const name of ['Ada', 'ada%20', 'a%2Fb', 'ada?x=1', 'ada;x']) await on.call('GET', `/users/${name}`)
}

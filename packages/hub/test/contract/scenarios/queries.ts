import { holder, paged, type Scenario } from './common.js'

/** Arguments that are no numbers, no names, or come more than once. */
const ODD = [
  'limit=%2B1',
  'limit=+1',
  'limit=1e1',
  'limit=0x1',
  'limit=%D9%A1',
  'limit=1%0A',
  'limit=1%00',
  'limit=-0',
  'limit=00002',
  'limit=99999999999999999999999',
  'limit=-99999999999999999999999',
  'limit=NaN',
  'limit=Infinity',
  'limit=true',
  'limit=null',
  'limit[]=1',
  'Limit=1',
  'limit',
  'limit&offset',
  'limit=2&limit=x',
  'limit=x&limit=2',
  'offset=',
  'offset=1.0',
  'offset=-3',
  'offset=99999999999999999999999',
  'offset=2147483648&limit=1',
  'offset=1&offset=2',
  '_pagination=1',
  '?limit=1',
  'limit=1;offset=1',
  '&&limit=1&',
  '=1',
  '%',
  '%zz=1',
  'limit=%31',
  'limit=%ff',
]

export const oddQueries: Scenario = async (on) => {
  for (const path of [
    '/users',
    '/groups',
    '/shares/ada',
    '/users/ada/shared',
    '/groups/team/shared',
    '/share-codes/ada',
  ])
    for (const query of ODD) {
      await on.call('GET', `${path}?${query}`)
      await on.call('GET', `${path}?${query}`, paged)
    }
  for (const query of [
    'state=active&state=ready',
    'state=ACTIVE',
    'state=%20active',
    'state=active%00',
    'state[]=active',
    'sort=-',
    'sort=ID',
    'sort=%20id',
    'sort=id,name',
    'sort=-id%20',
    'sort=admin',
    'sort=__proto__',
    'sort=constructor',
    'state=__proto__',
    'name_filter=%00',
    'name_filter=%F0%9F%90%A7',
    'name_filter=%C3%9C',
    'name_filter=a%25a',
    'name_filter=%5C',
    'name_filter=%27',
    'name_filter=a&name_filter=b',
    'name_filter=%20ada%20',
    'name_filter=%ff',
    'include_stopped_servers=true',
    'include_stopped_servers=FALSE',
    'include_stopped_servers=%20',
    'include_stopped_servers=0&include_stopped_servers=1',
    'include_stopped_servers=1&include_stopped_servers=0',
    'token=x',
    'access_token=x',
  ]) {
    await on.call('GET', `/users?${query}`, holder('list-users'))
    await on.call('GET', `/users?${query}`, { ...holder('list-users'), ...paged })
  }
  await on.ask('PUT', '/users/ada/servers/lab')
  for (const query of [
    'code=',
    'id=',
    'id=sc_',
    'id=sc_0',
    'id=1',
    'id=sc_1x',
    'id=sc_99999999999999999999',
    'code=x&id=sc_1',
    'code=%00',
    'id=sc_-1',
    'id=SC_1',
    'id=sc_1&id=sc_2',
  ])
    await on.call('DELETE', `/share-codes/ada/lab?${query}`)
}

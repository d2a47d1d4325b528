import { holder, nobody, type Scenario } from './common.js'

export const methodsAndPaths: Scenario = async (on) => {
  const paths = [
    '/',
    '',
    '/info',
    '/shutdown',
    '/user',
    '/users',
    '/users/ada',
    '/users/ada/server',
    '/users/ada/servers/lab',
    '/users/ada/servers/',
    '/users/ada/server/progress',
    '/users/ada/servers/lab/progress',
    '/users/ada/servers//progress',
    '/users/ada/tokens',
    '/users/ada/tokens/a1',
    '/users/ada/tokens/',
    '/users/ada/activity',
    '/users/ada/admin-access',
    '/groups',
    '/groups/team',
    '/groups/team/users',
    '/groups/team/properties',
    '/services',
    '/services/nothing',
    '/proxy',
    '/authorizations/token',
    '/authorizations/token/x',
    '/authorizations/cookie/x/y',
    '/authorizations/cookie/x',
    '/oauth2/token',
    '/health',
    '/metrics',
    '/nosuch',
    '/users/',
    '/groups/',
    '/users/ada/',
    '/users//server',
    '/users/ada/servers',
    '/services/',
    '/oauth2/authorize',
    '/oauth2',
    '/users/ada/nosuch',
    '/info/',
    '/user/',
    '/proxy/',
  ]
  for (const path of paths) {
    for (const method of ['HEAD', 'OPTIONS', 'GET', 'PUT', 'POST', 'PATCH', 'DELETE'])
      await on.call(method, path, nobody)
    for (const method of ['HEAD', 'OPTIONS']) await on.call(method, path)
    if (path !== '/shutdown')
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']) await on.call(method, path, holder('nothing'))
  }
}

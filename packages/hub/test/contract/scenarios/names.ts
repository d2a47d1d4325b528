import type { Page } from '@hub/testkit'
import { holder, nobody, paged, type Scenario } from './common.js'

/** Names that need escaping somewhere: in addresses, in SQL patterns, in HTML, in JSON, in cookies. */
const NAMES = [
  'ünï',
  '名前',
  '🐧',
  'two words',
  'per%cent',
  'a@b.example',
  "quo'te",
  'quo"te',
  'que?ry',
  'semi;colon',
  'back\\slash',
  'co:lon',
  '<b>',
  '-dash',
  'x'.repeat(255),
  'inherit',
  '__proto__',
  'constructor',
  'ex!user=ada',
  '$1',
]

const segment = encodeURIComponent

export const oddNames: Scenario = async (on) => {
  for (const name of NAMES) {
    const say = (what: string, page: Page): void => {
      on.record(`${what} ${name.slice(0, 20)}`, {}, page)
    }
    const path = `/users/${segment(name)}`
    say('POST', await on.ask('POST', path))
    say('GET', await on.ask('GET', path))
    say('GET as its reader', await on.ask('GET', path, holder('read-users')))
    say('GET server of', await on.ask('GET', `${path}/server`))
    say('PUT server of', await on.ask('PUT', `${path}/servers/lab`))
    say('GET servers of', await on.ask('GET', `${path}?include_stopped_servers`, holder('read-servers')))
    const created = await on.ask('POST', `${path}/tokens`, {
      body: { note: name, scopes: ['read:users!user', 'access:servers!user'] },
    })
    say('token of', created)
    if (created.status === 201) {
      const { token } = created.json<{ token: string }>()
      say('whoami of', await on.ask('GET', '/user', { as: token }))
      say('GET itself of', await on.ask('GET', path, { as: token }))
      say('GET another of', await on.ask('GET', '/users/ada', { as: token }))
    }
    say('into group of', await on.ask('POST', '/groups/empty/users', { body: { users: [name] } }))
    say('out of group of', await on.ask('DELETE', '/groups/empty/users', { body: { users: [name] } }))
    say('POST group', await on.ask('POST', `/groups/${segment(name)}`))
    say('GET group', await on.ask('GET', `/groups/${segment(name)}`))
    say('DELETE group', await on.ask('DELETE', `/groups/${segment(name)}`))
    say(
      'filter by',
      await on.ask('GET', `/users?name_filter=${encodeURIComponent(name)}`, { ...holder('list-users'), ...paged }),
    )
    say(
      'stopped server of',
      await on.ask('GET', `/hub/user/${segment(name)}/api/status`, { headers: { accept: 'application/json' } }),
    )
    say('DELETE', await on.ask('DELETE', path))
    say('DELETE again', await on.ask('DELETE', path))
  }
  for (const name of NAMES) {
    const page = await on.ask('POST', '/users', { body: { usernames: [name] } })
    on.record(`POST /users ${name.slice(0, 20)}`, {}, page)
    if (page.status === 201)
      for (const { name: made } of page.json<{ name: string }[]>()) await on.ask('DELETE', `/users/${segment(made)}`)
  }
  for (const body of [
    '{"usernames":["\\ud800"]}',
    '{"usernames":["a\\nb"]}',
    '{"usernames":["\\u202e"]}',
    '{"usernames":["\\u00a0x"]}',
  ])
    await on.call('POST', '/users', { body })
}

/** The same path, written in other ways. */
export const spelledPaths: Scenario = async (on) => {
  for (const path of [
    '/users/%61da',
    '/users/%61%64%61',
    '/users/a%64a/servers/%6cab',
    '/%75sers/ada',
    '/users%2Fada',
    '/users/ada%2F',
    '/users/ada%00',
    '/users/%C3%BC',
    '/users/%c3%bc',
    '//users/ada',
    '/users//ada',
    '/users/ada//tokens',
    '/users/ada/tokens//',
    '/Users/ada',
    '/users/ADA',
    '/users/ada?',
    '/users/ada?x',
    '/users/ada;jsessionid=1',
    '/users/ada/server/',
    '/users/ada/activity/',
    '/users/ada/server/progress/',
    '/groups/team/',
    '/groups/team/users/',
    '/groups/team/properties/',
    '/groups/team/shared/',
    '/services/nothing/',
    '/shares/',
    '/shares',
    '/shares/ada',
    '/shares/ada/',
    '/shares/ada/lab/',
    '/share-codes/ada',
    '/share-codes/ada/',
    '/share-codes/ada/lab/',
    '/users/ada/shared',
    '/users/ada/shared/',
    '/users/ada/shared/bob/',
    '/users/ada/shared/bob',
    '/groups/team/shared/bob/',
    '/groups/team/shared/bob',
    '/groups/team/shared',
    '/authorizations',
    '/authorizations/',
    '/authorizations/token/',
    '/authorizations/cookie/',
    '/oauth2/',
    '/oauth2/token/',
    '/oauth2/authorize/',
    '/health/',
    '/metrics/',
    '/shutdown/',
    '/.',
    '/users/ada+x',
  ])
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT'])
      for (const caller of [{}, nobody, holder('nothing')]) await on.call(method, path, { ...caller, body: undefined })
}

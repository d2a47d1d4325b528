import { holder, HOLDERS, nobody, record, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const credentials: Scenario = async (on) => {
  const good = tokenFor('read-hub')
  for (const authorization of [
    `token ${good}`,
    `bearer ${good}`,
    `Bearer ${good}`,
    `TOKEN   ${good}`,
    `token: ${good}`,
    `Basic ${good}`,
    `token ${good} x`,
    `token ${good} `,
    good,
    'token',
    '',
    `Token\t${good}`,
    `token wrong-${good}`,
    ` token ${good}`,
  ])
    await on.call('GET', '/info', { ...nobody, headers: { authorization } })
  await on.call('GET', `/info?token=${good}`, nobody)
  await on.call('GET', '/', nobody)
  await on.call('GET', '/')
  await on.call('GET', '/info')
  await on.call('GET', '/info', holder('nothing'))
  const ada = await on.tokenOf('ada')
  await on.call('GET', '/info', { as: ada })
  await on.call('GET', '/user', { as: ada })
  await on.call('GET', '/user?include_stopped_servers', { as: ada })
  await on.call('GET', '/user', { as: await on.tokenOf('ada', { scopes: [] }) })
  await on.call('GET', '/user', { as: await on.tokenOf('ada', { scopes: ['read:users!user'] }) })
  await on.call('GET', '/user', { as: await on.tokenOf('ada', { scopes: ['self'] }) })
  await on.call('GET', '/user', { as: await on.tokenOf('boss') })
  for (const name of Object.keys(HOLDERS)) await on.call('GET', '/user', { as: tokenFor(name) })
  await on.call('GET', '/user')
  await on.call('GET', '/user', nobody)
}

export const authorizations: Scenario = async (on) => {
  const ada = await on.tokenOf('ada')
  for (const as of ['everything', 'nothing', 'read-users'] as const) {
    record(on, `look up ada as ${as}`, await on.ask('GET', `/authorizations/token/${ada}`, holder(as)))
    record(
      on,
      `look up a service as ${as}`,
      await on.ask('GET', `/authorizations/token/${tokenFor('read-hub')}`, holder(as)),
    )
  }
  record(on, 'look up as nobody', await on.ask('GET', `/authorizations/token/${ada}`, nobody))
  await on.call('GET', '/authorizations/token/nosuch', holder('nothing'))
  await on.call('POST', '/authorizations/token', { body: {} })
  await on.call('POST', '/authorizations/token/x', { body: {} })
  await on.call('GET', '/authorizations/cookie/jupyterhub-hub-login/nonsense', holder('nothing'))
  await on.call('GET', '/authorizations/cookie/jupyterhub-hub-login', holder('nothing'))
  const browser = await on.loggedIn('ada')
  const cookie = browser.cookies.get('jupyterhub-hub-login', '/hub/') ?? ''
  const value = encodeURIComponent(cookie.replace(/^"|"$/g, ''))
  record(
    on,
    'cookie',
    await on.ask('GET', `/authorizations/cookie/jupyterhub-hub-login/${value}`, holder('read-users')),
  )
  record(
    on,
    'cookie as nothing',
    await on.ask('GET', `/authorizations/cookie/jupyterhub-hub-login/${value}`, holder('nothing')),
  )
  record(on, 'cookie as nobody', await on.ask('GET', `/authorizations/cookie/jupyterhub-hub-login/${value}`, nobody))
  record(
    on,
    'cookie of another name',
    await on.ask('GET', `/authorizations/cookie/other/${value}`, holder('read-users')),
  )
}

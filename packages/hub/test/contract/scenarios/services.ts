import { holder, HOLDERS, ODD_BODIES, paged, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const services: Scenario = async (on) => {
  for (const name of Object.keys(HOLDERS).filter((each) => /service|nothing|everything|read-users/.test(each))) {
    const as = tokenFor(name)
    if (
      ['everything', 'admin-services', 'list-services', 'list-services-one', 'nothing', 'read-services'].includes(name)
    )
      await on.call('GET', '/services', { as })
    await on.call('GET', '/services/nothing', { as })
    await on.call('GET', '/services/test-admin', { as })
    await on.call('GET', '/services/external', { as })
    await on.call('GET', '/services/nosuch', { as })
    await on.call('DELETE', '/services/nosuch', { as })
    await on.call('DELETE', '/services/nothing', { as })
  }
  for (const [index, body] of ODD_BODIES.entries()) await on.call('POST', `/services/made-${index}`, { body })
  for (const [index, body] of [
    { url: on.origin },
    { info: { a: 1 } },
    { display: false },
    { admin: true },
    { command: ['x'] },
    { command: [] },
    { command: 'x' },
    { name: 'else', info: {} },
    { api_token: 'short' },
    { api_token: 'long-enough-token' },
    { api_token: 'long-enough-token' },
    { oauth_client_id: 'bad', url: on.origin },
    { oauth_client_id: 'service-mine', url: on.origin },
    { oauth_client_id: 'service-mine' },
    { oauth_redirect_uri: 'https://x/cb' },
    { oauth_no_confirm: true },
    { oauth_no_confirm: true, url: on.origin },
    { url: 'ftp://x' },
    { url: 'nonsense' },
    { url: 3 },
    { x: 1 },
    { oauth_client_allowed_scopes: ['self'] },
    { oauth_client_allowed_scopes: ['nosuch'] },
    { oauth_client_allowed_scopes: 'self' },
    { environment: { a: 'b' }, cwd: '/', user: 'root' },
    { oauth_client_allowed_scopes: ['shutdown'], url: on.origin },
  ].entries()) {
    await on.call('POST', `/services/new-${index}`, { body })
    if (index < 2) await on.call('POST', `/services/new-${index}`, { body })
  }
  await on.call('GET', '/services')
  for (const body of [{ admin: true }, { oauth_client_allowed_scopes: ['users'], url: on.origin }, { info: {} }])
    await on.call('POST', `/services/by-scope-${Object.keys(body).length}${Object.keys(body)[0]}`, {
      ...holder('admin-services'),
      body,
    })
  for (const name of ['new-0', 'new-1', 'new-9', 'new-12', 'new-0', 'nothing'])
    await on.call('DELETE', `/services/${name}`)
  await on.call('GET', '/services/new-0')
}

export const proxy: Scenario = async (on) => {
  await on.call('GET', '/proxy', holder('proxy'))
  await on.call('GET', '/proxy', holder('nothing'))
  await on.call('GET', '/proxy?limit=x', holder('proxy'))
  await on.call('GET', '/proxy?offset=5', { ...holder('proxy'), ...paged })
  await on.call('POST', '/proxy', holder('proxy'))
  for (const body of ODD_BODIES) await on.call('PATCH', '/proxy', { ...holder('proxy'), body })
  for (const body of ['{}', '{"api_url": 3}', '{"auth_token": 3}', '[1]']) await on.call('PATCH', '/proxy', { body })
}

import { Browser } from '@hub/testkit'
import { nobody, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const cookieCallers: Scenario = async (on) => {
  const browser = await on.loggedIn('ada')
  const xsrf = browser.cookies.get('_xsrf', '/hub/') ?? ''
  const modes: Readonly<Record<string, string>>[] = [
    {},
    { 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-mode': 'same-origin' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-mode': 'websocket' },
    { 'x-xsrftoken': xsrf },
    { 'x-csrftoken': xsrf },
    { 'x-xsrftoken': 'wrong' },
    { 'sec-fetch-mode': 'cors', 'x-xsrftoken': xsrf },
    { 'content-type': 'text/plain', 'x-xsrftoken': xsrf },
    { 'content-type': 'application/json; charset=UTF-8', 'x-xsrftoken': xsrf },
    { 'content-type': 'application/x-www-form-urlencoded', 'x-xsrftoken': xsrf },
    { 'content-type': 'text/plain; application/json', 'x-xsrftoken': xsrf },
    { origin: 'https://elsewhere.example', 'x-xsrftoken': xsrf },
    { origin: 'https://elsewhere.example' },
    { authorization: 'token wrong', 'x-xsrftoken': xsrf },
  ]
  const visit = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<void> => {
    const page = await browser.visit(`/hub/api${path}`, {
      method,
      follow: false,
      headers: { accept: '*/*', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const said = JSON.stringify(headers).replaceAll(xsrf, 'XSRF')
    on.record(`cookie ${method} ${path} ${said}`.replaceAll(xsrf, 'XSRF'), {}, page)
  }
  for (const headers of modes) {
    await visit('GET', '/users/ada', headers)
    await visit('GET', '/user', headers)
    await visit('GET', '/nosuch', headers)
    await visit('GET', '/', headers)
    await visit('POST', '/users/ada/tokens', headers, '{"note": "n"}')
    await visit('POST', '/users/ada/activity', headers, '{"last_activity": "2026-01-31T12:00:00Z"}')
    await visit('PATCH', '/users/ada', headers, '{}')
    await visit('DELETE', '/users/ada/tokens/a99999', headers)
    await visit('OPTIONS', '/users/ada', headers)
  }
  await visit('GET', `/users/ada?_xsrf=${xsrf}`, { 'sec-fetch-mode': 'cors' })
  await visit('DELETE', `/users/ada/tokens/a99999?_xsrf=${xsrf}`, {})
  await visit('DELETE', '/users/ada/tokens/a99999?_xsrf=wrong', {})
  await visit('GET', '/users', { 'x-xsrftoken': xsrf })
  await visit('GET', '/users/bob', { 'x-xsrftoken': xsrf })
  await visit('GET', '/users/nosuch', { 'x-xsrftoken': xsrf })
  for (const origin of [{ origin: 'https://elsewhere.example' }, {}])
    for (const method of ['GET', 'POST', 'DELETE']) {
      await on.call(method, '/users/ada/tokens', { ...nobody, headers: origin })
      await on.call(method, '/users', { ...nobody, headers: { ...origin, 'sec-fetch-mode': 'cors' } })
    }
}

export const stoppedServers: Scenario = async (on) => {
  await on.ask('POST', '/users/sam')
  const sam = await on.tokenOf('sam')
  for (const as of [null, sam, tokenFor('nothing')])
    for (const [method, path, accept] of [
      ['GET', '/hub/user/sam/api/status', '*/*'],
      ['GET', '/hub/user/sam/lab', 'application/json'],
      ['POST', '/hub/user/sam/api/kernels', '*/*'],
      ['PUT', '/hub/user/sam/api/x', '*/*'],
      ['DELETE', '/hub/user/sam/api/x', '*/*'],
      ['PATCH', '/hub/user/sam/x/api/x', '*/*'],
      ['GET', '/hub/user/nosuch/api', '*/*'],
      ['GET', '/hub/user/ada/api', '*/*'],
    ] as const)
      await on.call(method, path, { as, headers: { accept } })
  for (const path of ['/hub', '/', '/user/sam', '/nosuch?x=1', '/services/external', '/services/nosuch']) {
    const page = await new Browser(on.origin).get(path, {
      follow: false,
      headers: { accept: '*/*' },
    })
    on.record(`outside ${path}`, {}, page)
  }
}

import { holder, nobody, type Scenario } from './common.js'
import { tokenFor } from '../two-hubs.js'

export const monitoring: Scenario = async (on) => {
  for (const prefix of ['/hub', '/hub/api']) {
    for (const as of [tokenFor('metrics'), tokenFor('nothing'), null]) await on.call('GET', `${prefix}/metrics`, { as })
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) await on.call(method, `${prefix}/health`, nobody)
    for (const method of ['HEAD', 'POST', 'OPTIONS']) await on.call(method, `${prefix}/metrics`, nobody)
  }
  await on.call('POST', '/hub/security/csp-report', nobody)
  await on.call('POST', '/hub/security/csp-report', { body: {} })
  await on.call('GET', '/hub/security/csp-report', nobody)
  const ada = await on.loggedIn('ada')
  for (const headers of [{}, { 'x-xsrftoken': ada.cookies.get('_xsrf', '/hub/') ?? '' }]) {
    const page = await ada.visit('/hub/security/csp-report', { method: 'POST', headers, body: '{}', follow: false })
    on.record(`csp-report ${Object.keys(headers).join()}`, {}, page)
  }
  for (const body of [undefined, {}, { proxy: 'x' }, { servers: 3 }, [1], 'nonsense'])
    await on.call('POST', '/shutdown', { ...holder('nothing'), ...(body === undefined ? {} : { body }) })
  for (const body of [{ proxy: 'x' }, { servers: 3 }, 'nonsense', { proxy: 2 }])
    await on.call('POST', '/shutdown', { body })
}

import { expect, test } from 'vitest'
import { CookieRules, Seal } from './cookies.js'
import { readHubFacts } from './config/hub-facts.js'
import { LoginFlow } from './login-flow.js'

const name = 'jupyterhub-user-ada-oauth-state'

test('a login ends once, in the browser that began it', () => {
  const flow = new LoginFlow()
  const { query, cookie } = flow.begin('/user/ada/x?y=1', name, undefined)
  const header = `other=1; ${cookie.name}=${cookie.value}`
  expect(query['state']).toBe(cookie.value)
  // Somebody else's browser, which was sent the address of the callback.
  expect(flow.finish(cookie.value, undefined)).toBeUndefined()
  expect(flow.finish(cookie.value, `${cookie.name}=guessed`)).toBeUndefined()
  expect(flow.finish('guessed', header)).toBeUndefined()
  expect(flow.finish(cookie.value, header)).toMatchObject({ next: '/user/ada/x?y=1' })
  expect(flow.finish(cookie.value, header)).toBeUndefined()
})

test('two tabs log in side by side, each with a cookie of its own', () => {
  const flow = new LoginFlow()
  const first = flow.begin('/a', name, undefined).cookie
  const second = flow.begin('/b', name, `${first.name}=${first.value}`).cookie
  expect(second.name).toMatch(/^jupyterhub-user-ada-oauth-state-[0-9a-f]{8}$/)
  const header = `${first.name}=${first.value}; ${second.name}=${second.value}`
  expect(flow.finish(second.value, header)).toMatchObject({ next: '/b' })
  expect(flow.finish(first.value, header)).toMatchObject({ next: '/a' })
})

test('a sealed token is opened by who sealed it, for what it was sealed, and unchanged only', () => {
  const seal = new Seal()
  const sealed = seal.close('login', 'token')
  expect(sealed).not.toContain('token')
  expect(seal.open('login', sealed)).toBe('token')
  expect(seal.open('other', sealed)).toBeUndefined()
  expect(new Seal().open('login', sealed)).toBeUndefined()
  expect(seal.open('login', `${sealed.slice(0, -3)}AAA`)).toBeUndefined()
  for (const wrong of ['', 'x', 'A'.repeat(60)]) expect(seal.open('login', wrong)).toBeUndefined()
})

test('cookies lie below the prefix, or at the root with __Host-', () => {
  const env = {
    JUPYTERHUB_SERVICE_PREFIX: '/user/ada/',
    JUPYTERHUB_API_TOKEN: 't',
    JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-ada',
    JUPYTERHUB_API_URL: 'http://127.0.0.1:8081/hub/api',
    JUPYTERHUB_SERVICE_URL: 'http://127.0.0.1:8888/user/ada/',
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:servers!server=ada/"]',
  }
  const plain = new CookieRules(readHubFacts(env))
  expect(plain.header({ name: plain.login, value: 'v' }, 60, false)).toBe(
    'jupyterhub-user-ada=v; Path=/user/ada/; Max-Age=60; HttpOnly; SameSite=Lax',
  )
  expect(plain.header({ name: plain.login, value: 'v' }, 60, true)).toContain('; Secure')
  const host = new CookieRules(readHubFacts({ ...env, JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: '1' }))
  expect(host.login).toBe('__Host-jupyterhub-user-ada')
  expect(host.header({ name: host.login, value: 'v' }, 60, false)).toMatch(/Path=\/;.*Secure/)
  const strict = new CookieRules(
    readHubFacts({ ...env, JUPYTERHUB_COOKIE_OPTIONS: '{"SameSite": "Strict", "secure": true}' }),
  )
  expect(strict.header({ name: 'x', value: 'v' }, 1, false)).toMatch(/SameSite=Strict; Secure$/)
})

test.each([
  ['JUPYTERHUB_SERVICE_PREFIX', {}],
  ['JUPYTERHUB_API_TOKEN', { JUPYTERHUB_SERVICE_PREFIX: '/x/' }],
])('a missing %s is named', (variable, env) => {
  expect(() => readHubFacts(env)).toThrow(variable)
})

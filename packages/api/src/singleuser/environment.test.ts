import { describe, expect, test } from 'vitest'
import { buildServerEnvironment, listenOrigin, type ServerEnvironmentInput } from './environment.js'
import {
  encodeForClientId,
  encodeForPath,
  serverAccessScopes,
  serverActivityUrl,
  serverClientId,
  serverPrefix,
} from './names.js'
import type { ServerFacts } from './server-facts.js'

const [user, server, baseUrl] = ['a b@x', 's1', '/base/']
const hubApiUrl = 'http://127.0.0.1:8081/base/hub/api'

const facts: ServerFacts = {
  userName: user,
  serverName: server,
  apiToken: 'token-of-the-server',
  oauthClientId: serverClientId(user, server),
  oauthCallbackUrl: `${serverPrefix(baseUrl, user, server)}oauth_callback`,
  oauthAccessScopes: serverAccessScopes(user, server),
  oauthClientAllowedScopes: [],
  servicePrefix: serverPrefix(baseUrl, user, server),
  baseUrl,
  hubApiUrl,
  activityUrl: serverActivityUrl(hubApiUrl, user),
  hubHost: '',
  publicUrl: '',
  publicHubUrl: '',
  cookieOptions: {},
  cookieHostPrefixEnabled: false,
  adminAccess: false,
}

const input: ServerEnvironmentInput = {
  facts,
  options: {
    envKeep: ['PATH', 'LANG'],
    rootDir: '',
    defaultUrl: '',
    debug: false,
    disableUserConfig: false,
    environment: {},
  },
  address: { host: '127.0.0.1', port: 4321 },
  hubEnvironment: { PATH: '/usr/bin', SECRET: 'not for servers' },
}

const withOptions = (options: Partial<ServerEnvironmentInput['options']>): ServerEnvironmentInput => ({
  ...input,
  options: { ...input.options, ...options },
})

test('the worked example of a named server of a user with a space and an at sign', () => {
  expect(buildServerEnvironment(input)).toEqual({
    PATH: '/usr/bin',
    JUPYTERHUB_API_TOKEN: 'token-of-the-server',
    JPY_API_TOKEN: 'token-of-the-server',
    JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-a%20b%40x-s1',
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: '0',
    JUPYTERHUB_HOST: '',
    JUPYTERHUB_OAUTH_CALLBACK_URL: '/base/user/a%20b@x/s1/oauth_callback',
    JUPYTERHUB_OAUTH_SCOPES: '["access:servers!server=a b@x/s1","access:servers!user=a b@x"]',
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:servers!server=a b@x/s1","access:servers!user=a b@x"]',
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: '[]',
    JUPYTERHUB_USER: 'a b@x',
    JUPYTERHUB_SERVER_NAME: 's1',
    JUPYTERHUB_API_URL: 'http://127.0.0.1:8081/base/hub/api',
    JUPYTERHUB_ACTIVITY_URL: 'http://127.0.0.1:8081/base/hub/api/users/a%20b@x/activity',
    JUPYTERHUB_BASE_URL: '/base/',
    JUPYTERHUB_SERVICE_PREFIX: '/base/user/a%20b@x/s1/',
    JUPYTERHUB_SERVICE_URL: 'http://127.0.0.1:4321/base/user/a%20b@x/s1/',
    JUPYTERHUB_PUBLIC_URL: '',
    JUPYTERHUB_PUBLIC_HUB_URL: '',
  })
})

test('the default server has an empty name, a scope that ends with a slash and a client id of the user alone', () => {
  expect(serverClientId('ada', '')).toBe('jupyterhub-user-ada')
  expect(serverPrefix('/', 'ada', '')).toBe('/user/ada/')
  expect(serverAccessScopes('ada', '')).toEqual(['access:servers!server=ada/', 'access:servers!user=ada'])
})

describe('the two encodings', () => {
  test.each([
    ['a b', 'a%20b', 'a%20b'],
    ['a@b', 'a%40b', 'a@b'],
    ['a+b', 'a%2Bb', 'a%2Bb'],
    ['a~b', 'a~b', 'a~b'],
    ['a/b', 'a/b', 'a%2Fb'],
    ["a!*'()b", 'a%21%2A%27%28%29b', 'a%21%2A%27%28%29b'],
    ['ü', '%C3%BC', '%C3%BC'],
    ['日', '%E6%97%A5', '%E6%97%A5'],
    ['a-b_c.d', 'a-b_c.d', 'a-b_c.d'],
  ])('%s', (name, clientId, path) => {
    expect(encodeForClientId(name)).toBe(clientId)
    expect(encodeForPath(name)).toBe(path)
  })
})

test('only the kept variables of the hub reach the server, and only those that exist', () => {
  const environment = buildServerEnvironment(input)
  expect(environment).not.toHaveProperty('SECRET')
  expect(environment).not.toHaveProperty('LANG')
})

test('kept variables give way to those of the hub, those to the configured ones, and the account comes last', () => {
  const environment = buildServerEnvironment({
    ...withOptions({
      envKeep: ['JUPYTERHUB_USER'],
      environment: { JUPYTERHUB_USER: 'from configuration', HOME: '/elsewhere', SHELL: '/bin/zsh' },
    }),
    hubEnvironment: { JUPYTERHUB_USER: 'from the hub process' },
    account: { USER: 'ada', HOME: '/home/ada', SHELL: '' },
  })
  expect(environment).toMatchObject({ JUPYTERHUB_USER: 'from configuration', USER: 'ada', HOME: '/home/ada' })
  expect(environment['SHELL']).toBe('/bin/zsh')
})

test('switches and limits appear only when set', () => {
  expect(
    buildServerEnvironment({
      ...withOptions({
        memLimitBytes: 1024,
        memGuaranteeBytes: 512,
        cpuLimit: 2,
        cpuGuarantee: 0.5,
        rootDir: '~/notebooks',
        defaultUrl: '/lab',
        debug: true,
        disableUserConfig: true,
      }),
      facts: { ...facts, adminAccess: true, cookieHostPrefixEnabled: true, cookieOptions: { SameSite: 'None' } },
    }),
  ).toMatchObject({
    MEM_LIMIT: '1024',
    MEM_GUARANTEE: '512',
    CPU_LIMIT: '2.0',
    CPU_GUARANTEE: '0.5',
    JUPYTERHUB_ROOT_DIR: '~/notebooks',
    JUPYTERHUB_DEFAULT_URL: '/lab',
    JUPYTERHUB_DEBUG: '1',
    JUPYTERHUB_DISABLE_USER_CONFIG: '1',
    JUPYTERHUB_ADMIN_ACCESS: '1',
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: '1',
    JUPYTERHUB_COOKIE_OPTIONS: '{"SameSite":"None"}',
  })
})

test('certificates make the service URL https and are named to the server', () => {
  const environment = buildServerEnvironment({
    ...input,
    facts: { ...facts, certificates: { keyFile: '/c/k', certFile: '/c/c', caFile: '/c/a' } },
  })
  expect(environment).toMatchObject({
    JUPYTERHUB_SSL_KEYFILE: '/c/k',
    JUPYTERHUB_SSL_CERTFILE: '/c/c',
    JUPYTERHUB_SSL_CLIENT_CA: '/c/a',
    JUPYTERHUB_SERVICE_URL: 'https://127.0.0.1:4321/base/user/a%20b@x/s1/',
  })
})

test('a server of unknown address gets no service URL', () => {
  expect(buildServerEnvironment({ ...input, address: undefined })).not.toHaveProperty('JUPYTERHUB_SERVICE_URL')
})

test.each([
  [{ host: '', port: 1 }, 'http://:1'],
  [{ host: '::1', port: 1 }, 'http://[::1]:1'],
  [{ host: '10.0.0.1', port: 1, https: true }, 'https://10.0.0.1:1'],
])('the origin of %j', (address, origin) => {
  expect(listenOrigin(address)).toBe(origin)
})

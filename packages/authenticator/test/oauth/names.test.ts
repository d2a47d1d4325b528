import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@hub/api'
import { defineConfigurable, loadConfig, type LoadedConfig, trait, valuesWith } from '@hub/config'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthenticatorClass, authenticatorConfigurable, builtInAuthenticators } from '../../src/index.js'
import {
  Auth0OAuthenticator,
  CILogonOAuthenticator,
  GenericOAuthenticator,
  GoogleOAuthenticator,
} from '../../src/oauth/index.js'
import { googleConfigurable } from '../../src/oauth/presets/google-config.js'
import { ciLogonConfigurable } from '../../src/oauth/presets/cilogon-config.js'
import { auth0Configurable } from '../../src/oauth/presets/auth0-config.js'
import { genericConfigurable } from '../../src/oauth/oauth-config.js'
import { describeAuthenticator } from '../../src/suite.js'

const hub = defineConfigurable({
  name: 'JupyterHub',
  help: 'Stands for the hub.',
  traits: {
    authenticator_class: trait.classRef<AuthenticatorClass>('authenticator', {
      default: 'dummy',
      help: 'Who logs in.',
    }),
  },
})

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authenticator-names-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function load(sections: Record<string, object>, env: Record<string, string> = {}): Promise<LoadedConfig> {
  const file = join(directory, `${Math.random()}.json`)
  await writeFile(file, JSON.stringify(sections))
  const classes = [hub, authenticatorConfigurable]
  return loadConfig({ classes, plugins: [builtInAuthenticators], configFile: file, cwd: directory, env, argv: [] })
}

/** The options of the class that a configuration names. */
async function valuesOf(name: string, options: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const named = (await load({ JupyterHub: { authenticator_class: name } })).valuesOf(hub).authenticator_class
  const section = named.configurable.name
  const loaded = await load({ JupyterHub: { authenticator_class: name }, [section]: options }, env)
  const values: Record<string, unknown> = loaded.valuesOf(named.configurable)
  return { named, values, warnings: loaded.warnings }
}

describe('a configuration file may name', () => {
  test.each([
    ['github', 'GitHubOAuthenticator'],
    ['oauthenticator.GitHubOAuthenticator', 'GitHubOAuthenticator'],
    ['oauthenticator.github.GitHubOAuthenticator', 'GitHubOAuthenticator'],
    ['oauthenticator.github.LocalGitHubOAuthenticator', 'LocalGitHubOAuthenticator'],
    ['local-github', 'LocalGitHubOAuthenticator'],
    ['oauthenticator.generic.GenericOAuthenticator', 'GenericOAuthenticator'],
    ['generic-oauth', 'GenericOAuthenticator'],
    ['oauthenticator.azuread.AzureAdOAuthenticator', 'AzureAdOAuthenticator'],
    ['oauthenticator.google.GoogleOAuthenticator', 'GoogleOAuthenticator'],
    ['gitlab', 'GitLabOAuthenticator'],
    ['okta', 'OktaOAuthenticator'],
    ['auth0', 'Auth0OAuthenticator'],
    ['keycloak', 'KeycloakOAuthenticator'],
    ['cilogon', 'CILogonOAuthenticator'],
    ['ldapauthenticator.LDAPAuthenticator', 'LDAPAuthenticator'],
    ['ldap', 'LDAPAuthenticator'],
  ])('%s', async (name, className) => {
    const { named } = await valuesOf(name)
    expect(named).toHaveProperty('name', className)
    expect(named.configurable.name).toBe(className)
  })
})

describe('the addresses of', () => {
  test.each([
    ['azuread', { tenant_id: 't1' }, {}, { issuer: 'https://login.microsoftonline.com/t1/v2.0' }],
    ['azuread', {}, { AAD_TENANT_ID: 't2' }, { issuer: 'https://login.microsoftonline.com/t2/v2.0' }],
    ['google', {}, {}, { issuer: 'https://accounts.google.com', username_claim: 'email' }],
    ['okta', { okta_domain: 'x.okta.com' }, {}, { issuer: 'https://x.okta.com' }],
    [
      'okta',
      { okta_domain: 'x.okta.com', okta_authorization_server: 'default' },
      {},
      { issuer: 'https://x.okta.com/oauth2/default' },
    ],
    [
      'auth0',
      { auth0_subdomain: 'x' },
      {},
      { issuer: 'https://x.auth0.com/', logout_redirect_url: 'https://x.auth0.com/v2/logout' },
    ],
    [
      'keycloak',
      { keycloak_url: 'https://k.example/', keycloak_realm: 'r' },
      {},
      { issuer: 'https://k.example/realms/r' },
    ],
    ['cilogon', {}, {}, { issuer: 'https://cilogon.org' }],
    [
      'gitlab',
      {},
      { GITLAB_URL: 'https://git.example' },
      { authorize_url: 'https://git.example/oauth/authorize', userdata_url: 'https://git.example/api/v4/user' },
    ],
    [
      'github',
      {},
      {},
      { authorize_url: 'https://github.com/login/oauth/authorize', userdata_url: 'https://api.github.com/user' },
    ],
    [
      'github',
      { github_url: 'https://ghe.example' },
      {},
      { token_url: 'https://ghe.example/login/oauth/access_token', github_api: 'https://ghe.example/api/v3' },
    ],
    ['github', {}, { GITHUB_HOST: 'ghe.example' }, { github_url: 'https://ghe.example' }],
    ['github', {}, { GITHUB_HOST: 'ghe.example', GITHUB_HTTP: '1' }, { github_url: 'http://ghe.example' }],
    [
      'github',
      {},
      { OAUTH_CALLBACK_URL: 'https://h.example/hub/oauth_callback', GITHUB_CLIENT_ID: 'i' },
      { oauth_callback_url: 'https://h.example/hub/oauth_callback', client_id: 'i' },
    ],
    [
      'generic-oauth',
      {},
      { OAUTH2_TOKEN_URL: 'https://t.example', OAUTH_CLIENT_ID: 'c', OAUTH_TLS_VERIFY: '0' },
      { token_url: 'https://t.example', client_id: 'c', validate_server_cert: false },
    ],
  ])('%s with %j and %j', async (name, options, env, expected) => {
    expect((await valuesOf(name, options, env)).values).toMatchObject(expected)
  })

  test.each([
    [
      'github',
      { github_organization_whitelist: ['o'] },
      { allowed_organizations: new Set(['o']) },
      'allowed_organizations',
    ],
    ['github', { github_client_id: 'i' }, { client_id: 'i' }, 'client_id'],
    ['gitlab', { gitlab_group_whitelist: ['g'] }, { allowed_gitlab_groups: new Set(['g']) }, 'allowed_gitlab_groups'],
    ['generic-oauth', { username_key: 'nick' }, { username_claim: 'nick' }, 'username_claim'],
    ['generic-oauth', { extra_params: { a: 'b' } }, { token_params: { a: 'b' } }, 'token_params'],
    ['generic-oauth', { tls_verify: false }, { validate_server_cert: false }, 'validate_server_cert'],
    [
      'generic-oauth',
      { claim_groups_key: 'groups' },
      { auth_state_groups_key: 'oauth_user.groups' },
      'auth_state_groups_key',
    ],
    ['ldap', { use_ssl: true }, { tls_strategy: 'on_connect', server_port: 636 }, 'tls_strategy'],
  ])('%s: the old name of %j works, and the new one is named', async (name, options, expected, newName) => {
    const { values, warnings } = await valuesOf(name, options)
    expect(values).toMatchObject(expected)
    expect(warnings.join('\n')).toContain(newName)
  })
})

/** What a preset calls somebody of whom the service says this. */
const nameOf = (authenticator: object, user: Record<string, unknown>): unknown =>
  (authenticator as { usernameOf(user: object): unknown }).usernameOf(user)
const context = { log: silentLog, isExistingUser: async () => false }

describe('nobody becomes somebody else', () => {
  test('at Google by an address that is not verified, or of another domain', () => {
    const google = new GoogleOAuthenticator({
      ...context,
      config: valuesWith(googleConfigurable, { hosted_domain: 'Example.org' }),
    })
    const ada = { email: 'Ada@example.org', email_verified: true, hd: 'example.org' }
    expect(nameOf(google, ada)).toBe('Ada')
    expect(() => nameOf(google, { ...ada, email_verified: false })).toThrow('not verified')
    expect(() => nameOf(google, { ...ada, hd: undefined })).toThrow('Only accounts of example.org')
    expect(() => nameOf(google, { ...ada, email: 'ada@example.org.evil.com', hd: 'example.org.evil.com' })).toThrow(
      'Only',
    )
  })

  test('at Auth0 by an address that is not verified, unless that is meant', () => {
    const make = (allow_unverified_email: boolean) =>
      new Auth0OAuthenticator({ ...context, config: valuesWith(auth0Configurable, { allow_unverified_email }) })
    expect(() => nameOf(make(false), { email: 'ada@example.org' })).toThrow('not verified')
    expect(nameOf(make(false), { email: 'ada@example.org', email_verified: true })).toBe('ada@example.org')
    expect(nameOf(make(true), { email: 'ada@example.org', email_verified: false })).toBe('ada@example.org')
  })

  test('at CILogon by what another institution says', async () => {
    const config = valuesWith(ciLogonConfigurable, {
      allowed_idps: {
        'https://a.example/idp': {
          username_derivation: { username_claim: 'email', action: 'strip_idp_domain', domain: 'a.example' },
          allowed_domains: ['a.example'],
        },
        'https://b.example/idp': { username_derivation: { username_claim: 'sub', action: 'prefix', prefix: 'b' } },
      },
    })
    const cilogon = new CILogonOAuthenticator({ ...context, config })
    expect(nameOf(cilogon, { idp: 'https://a.example/idp', email: 'ada@a.example' })).toBe('ada')
    expect(nameOf(cilogon, { idp: 'https://b.example/idp', sub: 'ada' })).toBe('b:ada')
    expect(() => nameOf(cilogon, { idp: 'https://evil.example/idp', email: 'ada@a.example' })).toThrow(
      'not among those',
    )
    const model = (idp: string, email: string) => ({ name: 'x', authState: { cilogon_user: { idp, email } } })
    expect(await cilogon.checkAllowed('x', model('https://a.example/idp', 'x@a.example'))).toBe(true)
    expect(await cilogon.checkAllowed('x', model('https://a.example/idp', 'x@b.example'))).toBe(false)
    expect(await cilogon.checkAllowed('x', model('https://b.example/idp', 'x@a.example'))).toBe(false)
  })

  test('by an id token that cannot be checked: that is refused at the start', () => {
    const generic = new GenericOAuthenticator({
      ...context,
      config: valuesWith(genericConfigurable, { userdata_from_id_token: true }),
    })
    expect(() => generic.checkAllowConfig()).toThrow('issuer')
  })

  test('without TLS, or without certificates: that is said at the start', () => {
    const config = valuesWith(genericConfigurable, {
      client_id: 'c',
      allow_all: true,
      issuer: 'http://login.example.org',
      validate_server_cert: false,
    })
    expect(new GenericOAuthenticator({ ...context, config }).checkAllowConfig()).toEqual([
      expect.stringContaining('validate_server_cert'),
      expect.stringContaining('should begin with https'),
    ])
  })
})

describeAuthenticator('GenericOAuthenticator', () => ({
  create: (given, options) => new GenericOAuthenticator({ ...given, config: valuesWith(genericConfigurable, options) }),
  badLogin: { username: 'ada', password: 'whatever it is' },
}))

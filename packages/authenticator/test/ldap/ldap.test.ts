import { createServer } from 'node:net'
import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { freePort } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeLoginRequest, getAuthenticatedUser } from '../../src/index.js'
import { LDAPAuthenticator, ldapConfigurable } from '../../src/ldap/ldap-authenticator.js'
import { escapeDnValue, escapeFilterValue } from '../../src/ldap/escape.js'
import { describeAuthenticator } from '../../src/suite.js'
import { slapdIsMissing, type Slapd, startSlapd } from './slapd.js'

const never = new AbortController().signal
type Options = InputsOf<typeof ldapConfigurable>

let slapd: Slapd
beforeAll(async () => {
  if (slapdIsMissing === undefined) slapd = await startSlapd()
})
afterAll(async () => {
  await slapd?.[Symbol.asyncDispose]()
})

const lookup = (): Options => ({
  server_address: '127.0.0.1',
  server_port: slapd.port,
  tls_kwargs: { ca_certs_file: slapd.caFile },
  lookup_dn: true,
  user_search_base: 'ou=people,dc=example,dc=org',
  user_attribute: 'uid',
  lookup_dn_search_user: 'cn=search,dc=example,dc=org',
  lookup_dn_search_password: 'of-the-search',
})
const template = (): Options => ({
  ...lookup(),
  lookup_dn: false,
  bind_dn_template: ['cn={username},ou=nowhere,dc=example,dc=org', 'cn={username},ou=people,dc=example,dc=org'],
})
const ldapWith = (options: Options) =>
  new LDAPAuthenticator({
    config: valuesWith(ldapConfigurable, options),
    log: silentLog,
    isExistingUser: async () => false,
  })
const outcome = (options: Options, username: string, password: string) =>
  getAuthenticatedUser(ldapWith({ allow_all: true, ...options }), fakeLoginRequest({ username, password }), never)

describe.skipIf(slapdIsMissing !== undefined)(`a directory ${slapdIsMissing ?? ''}`, () => {
  test('is searched for the entry, whose password is asked', async () => {
    expect(await outcome(lookup(), 'Ada', 'lovelace')).toMatchObject({ kind: 'authenticated', model: { name: 'ada' } })
    for (const [name, password] of [
      ['ada', 'byron'],
      ['nobody', 'lovelace'],
      ['ada', ''],
      ['ada', '   '],
    ] as const)
      expect(await outcome(lookup(), name, password)).toMatchObject({ kind: 'refused', reason: 'credentials' })
  })

  test('is asked about DNs made of the name, one after the other', async () => {
    expect(await outcome(template(), 'eve', 'apple')).toMatchObject({ kind: 'authenticated', model: { name: 'eve' } })
    expect(await outcome(template(), 'eve', 'pear')).toMatchObject({ kind: 'refused' })
  })

  test('cannot be made to answer another question than was asked (injection)', async () => {
    const wide = { ...lookup(), valid_username_regex: '.*' }
    for (const name of ['*', 'a*', 'ada)(uid=*', '*)(|(uid=eve', 'eve\\2a', 'ada\0'])
      expect(await outcome(wide, name, 'lovelace')).toMatchObject({ kind: 'refused' })
    const dn = { ...template(), valid_username_regex: '.*', bind_dn_template: 'cn={username},dc=example,dc=org' }
    for (const name of ['ada lovelace,ou=people', 'x+cn=search', '"search"', '#search', ' search'])
      expect(await outcome(dn, name, 'of-the-search')).toMatchObject({ kind: 'refused' })
  })

  test('that has two entries of one name lets in neither', async () => {
    expect(await outcome(lookup(), 'twin', 'same')).toMatchObject({ kind: 'refused' })
  })

  test('says by groups who may log in, who is an administrator, and which groups of the hub one is in', async () => {
    const [staff, admins] = ['staff', 'admins'].map((cn) => `cn=${cn},ou=groups,dc=example,dc=org`)
    const options = {
      ...lookup(),
      allow_all: false,
      allowed_groups: ['cn=none,ou=groups,dc=example,dc=org', staff ?? ''],
      admin_groups: [admins ?? ''],
      manage_groups: true,
      group_search_base: 'ou=groups,dc=example,dc=org',
      auth_state_attributes: ['mail'],
    }
    const ada = await outcome(options, 'ada', 'lovelace')
    expect(ada).toMatchObject({
      kind: 'authenticated',
      model: { admin: true, authState: { user_attributes: { mail: ['ada@example.org'] } } },
    })
    expect(ada.kind === 'authenticated' && ada.model.groups?.toSorted()).toEqual(['admins', 'staff'])
    expect(await outcome(options, 'eve', 'apple')).toMatchObject({ kind: 'refused', reason: 'not_allowed' })
  })

  test('gives users another name, and a filter shuts out some', async () => {
    const named = { ...lookup(), lookup_dn_user_dn_attribute: 'cn' }
    expect(await outcome(named, 'ada', 'lovelace')).toMatchObject({ model: { name: 'ada lovelace' } })
    const typed = { ...named, use_lookup_dn_username: false }
    expect(await outcome(typed, 'ada', 'lovelace')).toMatchObject({ model: { name: 'ada' } })
    const filtered = { ...lookup(), search_filter: '(&({userattr}={username})(mail=eve@*))' }
    expect(await outcome(filtered, 'ada', 'lovelace')).toMatchObject({ kind: 'refused' })
    expect(await outcome(filtered, 'eve', 'apple')).toMatchObject({ kind: 'authenticated' })
  })

  test('is only told a password over TLS whose certificate is right', async () => {
    const untrusted = { ...lookup(), tls_kwargs: {} }
    await expect(outcome(untrusted, 'ada', 'lovelace')).rejects.toMatchObject({ status: 503 })
    expect(await outcome({ ...lookup(), tls_kwargs: { validate: false } }, 'ada', 'lovelace')).toMatchObject({
      kind: 'authenticated',
    })
  })

  test('that is away, or never answers, is a sentence; the next server is tried', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    const port = await freePort()
    await expect(outcome({ ...lookup(), server_port: port }, 'ada', 'lovelace')).rejects.toMatchObject({ status: 503 })
    const address = silent.address()
    const hanging = typeof address === 'object' && address !== null ? address.port : 0
    const waits = { ...lookup(), server_port: hanging, operation_timeout: 1 }
    await expect(outcome(waits, 'ada', 'lovelace')).rejects.toThrow('Try again')
    silent.close()
    const several = { ...lookup(), server_address: ['127.0.0.9', '127.0.0.1'] }
    expect(await outcome(several, 'ada', 'lovelace')).toMatchObject({ kind: 'authenticated' })
  })

  test('whose search account has the wrong password is for the administrator, not a wrong password of the person', async () => {
    const wrong = { ...lookup(), lookup_dn_search_password: 'changed' }
    await expect(outcome(wrong, 'ada', 'lovelace')).rejects.toMatchObject({ status: 503 })
  })
})

test('what cannot work stops the start, what is unsafe is said', () => {
  const check = (options: Options) => ldapWith({ allow_all: true, ...options }).checkAllowConfig()
  expect(() => check({})).toThrow('server_address')
  expect(() => check({ server_address: 'x' })).toThrow('bind_dn_template')
  expect(() => check({ server_address: 'x', lookup_dn: true })).toThrow('user_search_base')
  expect(check({ server_address: 'x', bind_dn_template: 'uid={username}', tls_strategy: 'insecure' })).toEqual([
    expect.stringContaining('insecure'),
  ])
})

test('values are escaped for where they stand', () => {
  expect(escapeFilterValue('a*(b)\\\0')).toBe('a\\2a\\28b\\29\\5c\\00')
  expect(escapeDnValue(' a,b+c"<>;=\\ ')).toBe('\\ a\\,b\\+c\\"\\<\\>\\;\\=\\\\\\ ')
  expect(escapeDnValue('#a')).toBe('\\#a')
})

if (slapdIsMissing === undefined) {
  describeAuthenticator('LDAPAuthenticator', () => ({
    create: (context, options) =>
      new LDAPAuthenticator({ ...context, config: valuesWith(ldapConfigurable, { ...options, ...lookup() }) }),
    goodLogin: { form: { username: 'Ada', password: 'lovelace' }, name: 'ada' },
    badLogin: { username: 'ada', password: 'byron-the-father' },
  }))
}

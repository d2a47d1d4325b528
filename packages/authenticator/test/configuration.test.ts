import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfigurable, loadConfig, type LoadedConfig, trait } from '@hub/config'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthenticatorClass,
  authenticatorConfigurable,
  builtInAuthenticators,
  DummyAuthenticator,
  dummyConfigurable,
  NullAuthenticator,
  nullConfigurable,
  PAMAuthenticator,
  pamConfigurable,
  SharedPasswordAuthenticator,
  sharedPasswordConfigurable,
} from '../src/index.js'

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
  directory = await mkdtemp(join(tmpdir(), 'authenticator-config-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** Reads a configuration file of these sections. */
async function load(sections: Record<string, object>): Promise<LoadedConfig> {
  const file = join(directory, `${Math.random()}.json`)
  await writeFile(file, JSON.stringify(sections))
  const classes = [hub, authenticatorConfigurable]
  return loadConfig({ classes, plugins: [builtInAuthenticators], configFile: file, cwd: directory, env: {}, argv: [] })
}

describe('a configuration file', () => {
  test.each([
    ['dummy', DummyAuthenticator],
    ['jupyterhub.auth.DummyAuthenticator', DummyAuthenticator],
    ['jupyterhub.authenticators.dummy.DummyAuthenticator', DummyAuthenticator],
    ['null', NullAuthenticator],
    ['pam', PAMAuthenticator],
    ['default', PAMAuthenticator],
    ['PAMAuthenticator', PAMAuthenticator],
    ['jupyterhub.auth.PAMAuthenticator', PAMAuthenticator],
    ['shared-password', SharedPasswordAuthenticator],
  ])('may name the authenticator as %s', async (name, expected) => {
    const loaded = await load({ JupyterHub: { authenticator_class: name } })
    expect(loaded.valuesOf(hub).authenticator_class).toBe(expected)
  })

  test('may use the old names; a block list is never dropped', async () => {
    const loaded = await load({ Authenticator: { whitelist: ['ada'], blacklist: ['eve'] } })
    const values = loaded.valuesOf(authenticatorConfigurable)
    expect(values.allowed_users).toEqual(new Set(['ada']))
    expect(values.blocked_users).toEqual(new Set(['eve']))
    expect(values.allow_existing_users).toBe(true)
    expect(loaded.warnings.join('\n')).toMatch(/whitelist[\s\S]*blacklist/)
  })

  test('keeps group_whitelist closed: it is allowed_groups, and not everyone gets in', async () => {
    const loaded = await load({ LocalAuthenticator: { group_whitelist: ['staff'] } })
    const values = loaded.valuesOf(pamConfigurable)
    expect(values).toMatchObject({ allowed_groups: new Set(['staff']), allow_all: false })
    expect(loaded.warnings).toEqual([expect.stringMatching(/group_whitelist.*use LocalAuthenticator.allowed_groups/)])
  })

  test.each([
    [{}, true, false],
    [{ Authenticator: { admin_users: ['root'] } }, true, false],
    [{ Authenticator: { allow_all: true } }, true, true],
    [{ Authenticator: { whitelist: ['ada'] } }, false, true],
    [{ Authenticator: { allow_existing_users: true } }, false, true],
    [{ PAMAuthenticator: { allowed_groups: ['staff'] } }, false, true],
  ])('%j: with PAM everyone gets in is %s, meant so is %s', async (sections, allowAll, isMeant) => {
    const values = (await load(sections)).valuesOf(pamConfigurable)
    expect([values.allow_all, values.any_allow_config]).toEqual([allowAll, isMeant])
  })

  test('sets options of all authenticators and of the chosen one', async () => {
    const loaded = await load({
      Authenticator: { admin_users: ['root'] },
      DummyAuthenticator: { allowed_users: ['ada'], password: 'sesame-open' },
    })
    const values = loaded.valuesOf(dummyConfigurable)
    expect(values).toMatchObject({ admin_users: new Set(['root']), allowed_users: new Set(['ada']), allow_all: false })
    expect(values.password.reveal()).toBe('sesame-open')
  })

  test('with a short shared password is refused by the name of the option, not telling the password', async () => {
    const loading = load({
      JupyterHub: { authenticator_class: 'shared-password' },
      SharedPasswordAuthenticator: { user_password: 'tiny', password_groups: { 'a-secret-word': ['g'] } },
    })
    await expect(loading).rejects.toThrow('SharedPasswordAuthenticator.user_password')
    await expect(loading).rejects.not.toThrow(/tiny|a-secret-word/)
  })

  test('cannot switch off what the null authenticator always does', async () => {
    const loaded = await load({ Authenticator: { auto_login: false } })
    expect(loaded.valuesOf(nullConfigurable).auto_login).toBe(true)
  })

  test('with a pattern that is none is refused', async () => {
    await expect(load({ Authenticator: { username_pattern: '[a-z' } })).rejects.toThrow(
      'Authenticator.username_pattern',
    )
  })
})

test('the passwords of groups are masked wherever values are shown', () => {
  expect(sharedPasswordConfigurable.traits.password_groups.sensitive).toBe(true)
})

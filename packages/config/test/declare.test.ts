import { expect, expectTypeOf, test } from 'vitest'
import type { Secret, ConfigObject, ValuesOf } from '../src/index.js'
import { checkValue, ConfigError, defineConfigurable, kind, lineage, trait, valuesWith } from '../src/index.js'
import {
  Authenticator,
  JupyterHub,
  Local,
  LocalProcessSpawner,
  Proxy,
  SimpleSpawner,
  Spawner,
  spawners,
} from './fixture.js'

test('values have the types that were declared, inherited ones included', () => {
  type Values = ValuesOf<typeof LocalProcessSpawner>
  expectTypeOf<Values['kill_timeout']>().toEqualTypeOf<number>()
  expectTypeOf<Values['cmd']>().toEqualTypeOf<string[] | null>()
  expectTypeOf<Values['args']>().toEqualTypeOf<string[]>()
  expectTypeOf<Values['mem_limit']>().toEqualTypeOf<number | null>()
  expectTypeOf<Values['pre_spawn_hook']>().toEqualTypeOf<((spawner: unknown) => unknown) | null>()
  type HubValues = ValuesOf<typeof JupyterHub>
  expectTypeOf<HubValues['cookie_secret']>().toEqualTypeOf<Secret<string | Uint8Array>>()
  expectTypeOf<HubValues['log_level']>().toEqualTypeOf<'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 10 | 20 | 30 | 40>()
  expectTypeOf<HubValues['spawner_class']>().not.toBeAny()
  expectTypeOf<ValuesOf<typeof Authenticator>['allowed_users']>().toEqualTypeOf<Set<string>>()
  expectTypeOf<ValuesOf<typeof Spawner>['environment']>().toEqualTypeOf<
    Record<string, string> | ((spawner: unknown) => Record<string, string>)
  >()
})

test('a configuration in TypeScript has a typed c', () => {
  const configure = (c: ConfigObject<[typeof JupyterHub, typeof Spawner]>): void => {
    c.JupyterHub.port = 443
    c.Spawner.args.push('--debug')
    // @ts-expect-error -- a port is a number
    c.JupyterHub.port = 'x'
    // @ts-expect-error -- there is no such option
    c.Spawner.nope = 1
  }
  expect(configure).toBeTypeOf('function')
})

test('defaults are checked when a trait is declared', () => {
  // @ts-expect-error -- not an int
  trait.int({ default: 'x', help: '' })
  // @ts-expect-error -- null only where nullable
  trait.str({ default: null, help: '' })
  // @ts-expect-error -- a default for a trait that the parent does not have
  defineConfigurable({ name: 'X', help: '', parent: Spawner, defaults: { nope: 1 }, traits: {} })
  // @ts-expect-error -- not a member
  trait.enumeration(['a', 'b'], { default: 'c', help: '' })
})

test('defaults are values or computed from the other values, as these are', () => {
  expect(valuesWith(JupyterHub, { port: 1 }, { plugins: [spawners] })).toMatchObject({ port: 1, bind_url: 'http://:1' })
  expect(valuesWith(Authenticator).allow_existing_users).toBe(false)
  expect(valuesWith(Authenticator, { allowed_users: ['ada'] }).allow_existing_users).toBe(true)
  expect(valuesWith(Proxy, {}, { env: { CONFIGPROXY_AUTH_TOKEN: 't' } }).auth_token.reveal()).toBe('t')
})

test('a default that depends on itself is an error of the program', () => {
  const Loop = defineConfigurable({
    name: 'Loop',
    help: '',
    traits: {
      a: trait.any({ default: (values) => values['b'], help: '' }),
      b: trait.any({ default: (values) => values['a'], help: '' }),
    },
  })
  expect(() => valuesWith(Loop)).toThrow('the default of Loop.a depends on itself')
})

test('a default of the wrong kind is an error of the program, not of the configuration', () => {
  const Wrong = defineConfigurable({
    name: 'Wrong',
    help: '',
    traits: { a: trait.int({ default: () => NaN, help: '' }) },
  })
  expect(() => valuesWith(Wrong)).toThrow('the default of Wrong.a is not an int')
})

test('subclasses have their own defaults and fixed values', () => {
  expect(valuesWith(Spawner).args).toEqual(['--first'])
  expect(valuesWith(LocalProcessSpawner).args).toEqual(['--local'])
  expect(valuesWith(SimpleSpawner)).toMatchObject({ args: ['--local'], debug: true, kill_timeout: 5 })
  expect(lineage(SimpleSpawner).map(({ name }) => name)).toEqual(['SimpleSpawner', 'LocalProcessSpawner', 'Spawner'])
})

test('given values are turned into what the program gets', () => {
  const values = valuesWith(Spawner, { mem_limit: '1G', cmd: 'lab' })
  expect(values).toMatchObject({ mem_limit: 1024 ** 3, cmd: ['lab'] })
  expect(valuesWith(JupyterHub, { base_url: 'x' }, { plugins: [spawners] })).toMatchObject({
    base_url: '/x/',
    spawner_class: Local,
  })
})

test('a single value can be checked, for overrides', () => {
  expect(checkValue(Spawner, 'mem_limit', '1K')).toBe(1024)
  expectTypeOf(checkValue(Spawner, 'start_timeout', 5)).toEqualTypeOf<number>()
  expect(() => checkValue(Spawner, 'mem_limit', 'x')).toThrow(ConfigError)
  expect(() => checkValue(Spawner, 'nope' as 'args', [])).toThrow('Spawner has no option nope.')
  expect(() => checkValue(JupyterHub, 'port', 70_000)).toThrow(
    'JupyterHub.port = 70000: a port is between 0 and 65535.',
  )
})

test('values are fresh copies', () => {
  const first = valuesWith(Spawner)
  first.args.push('x')
  expect(valuesWith(Spawner).args).toEqual(['--first'])
})

test('a function as default is called, also where the value is a function', () => {
  const twice = (n: number): number => 2 * n
  const Hooked = defineConfigurable({
    name: 'Hooked',
    help: '',
    traits: {
      hook: trait.callable<typeof twice>({ default: () => twice, help: '' }),
      either: trait.oneOf([kind.int, kind.callable<typeof twice>()], { default: () => twice, help: '' }),
    },
  })
  expect(valuesWith(Hooked)).toEqual({ hook: twice, either: twice })
})

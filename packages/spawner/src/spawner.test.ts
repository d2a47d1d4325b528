import { type JsonObject, type LogFields, silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { describe, expect, test } from 'vitest'
import type { CertificateRequest } from './contract.js'
import { fakeRequest } from './fake-request.js'
import { FakeSpawner, FakeWorld } from './fake-spawner.js'
import { mergeDeep } from './group-overrides.js'
import { SpawnError } from './spawn-error.js'
import { spawnerConfigurable } from './spawner-config.js'
import type { Spawner } from './spawner.js'

interface Logged {
  readonly level: string
  readonly event: string
  readonly fields: LogFields | undefined
}

function spawnerWith(
  config: InputsOf<typeof spawnerConfigurable> = {},
  groups: string[] = [],
  logged: Logged[] = [],
): Spawner {
  const record = (level: string) => (event: string, fields?: LogFields) => void logged.push({ level, event, fields })
  return new FakeSpawner(
    {
      user: { id: 1, name: 'ada', admin: false, groups },
      serverName: 's1',
      displayName: 'Server one',
      spawnerId: 1,
      config: valuesWith(spawnerConfigurable, config),
      log: { ...silentLog, warn: record('warn'), error: record('error'), info: record('info') },
      hubEnvironment: { PATH: '/usr/bin', KEEP_ME: 'kept' },
      baseUrl: '/base/',
    },
    new FakeWorld(),
  )
}

const envOf = (spawner: Spawner): Promise<Record<string, string>> => spawner.env(fakeRequest(spawner), undefined)

test('every option of JupyterHub is declared, and one of our own', () => {
  expect(Object.keys(spawnerConfigurable.traits)).toHaveLength(33 + 1)
})

describe('the environment', () => {
  test('fills user and base URL into directory and default URL', async () => {
    const spawner = spawnerWith({ notebook_dir: '~/{username}', default_url: '{base_url}lab?a={{b}}' })
    expect(await envOf(spawner)).toMatchObject({
      JUPYTERHUB_ROOT_DIR: '~/ada',
      JUPYTERHUB_DEFAULT_URL: '/base/user/ada/s1/lab?a={b}',
    })
  })

  test('takes %U for {username}, with a warning', async () => {
    const logged: Logged[] = []
    expect(await envOf(spawnerWith({ notebook_dir: '/data/%U' }, [], logged))).toHaveProperty(
      'JUPYTERHUB_ROOT_DIR',
      '/data/ada',
    )
    expect(logged).toEqual([expect.objectContaining({ level: 'warn' })])
  })

  test('refuses a template with a name that is not there, and tells the log which are', async () => {
    await expect(envOf(spawnerWith({ notebook_dir: '/data/{user}' }))).rejects.toMatchObject({
      reason: 'bad_template',
      logMessage: expect.stringContaining('username, base_url'),
    })
  })

  test('has configured values, functions called with the spawner', async () => {
    const environment = { PLAIN: 'x', COMPUTED: (spawner: Spawner) => `for ${spawner.user.name}` }
    expect(await envOf(spawnerWith({ environment }))).toMatchObject({ PLAIN: 'x', COMPUTED: 'for ada' })
  })

  test('refuses a function that does not return a string', async () => {
    // @ts-expect-error what a JavaScript configuration may do
    await expect(envOf(spawnerWith({ environment: { BAD: () => 5 } }))).rejects.toThrow('Spawner.environment[BAD]')
  })

  test('keeps the named variables of the hub, and tells memory and cpu', async () => {
    const spawner = spawnerWith({ env_keep: ['KEEP_ME'], mem_limit: '1G', cpu_guarantee: 0.5, debug: true })
    const environment = await envOf(spawner)
    expect(environment).toMatchObject({
      KEEP_ME: 'kept',
      MEM_LIMIT: '1073741824',
      CPU_GUARANTEE: '0.5',
      JUPYTERHUB_DEBUG: '1',
    })
    expect(environment).not.toHaveProperty('PATH')
  })

  test('points to hub_connect_url when there is one', async () => {
    const spawner = spawnerWith({ hub_connect_url: 'https://hub.internal:8081/' })
    const request = fakeRequest(spawner)
    const environment = await spawner.env({ ...request, server: { ...request.server, baseUrl: '/base/' } }, undefined)
    expect(environment).toMatchObject({
      JUPYTERHUB_API_URL: 'https://hub.internal:8081/base/hub/api',
      JUPYTERHUB_ACTIVITY_URL: 'https://hub.internal:8081/base/hub/api/users/ada/activity',
    })
  })
})

describe('the form', () => {
  const form = { one: ['a'], many: ['a', 'b'], box: ['on'], none: [] }

  test('passes through as it is, unless told otherwise', async () => {
    expect(await spawnerWith().optionsFromForm(form)).toEqual(form)
  })

  test('simple: takes lists of one apart and turns a lone `on` into true', async () => {
    const spawner = spawnerWith({ options_from_form: 'simple' })
    expect(await spawner.optionsFromForm(form)).toEqual({ one: 'a', many: ['a', 'b'], box: true, none: [] })
  })

  test('goes through a function, which the query of a link does too', async () => {
    const options_from_form = (fields: object, spawner: Spawner) => ({
      keys: Object.keys(fields),
      user: spawner.user.name,
    })
    const spawner = spawnerWith({ options_from_form })
    expect(await spawner.optionsFromForm(form)).toEqual({ keys: ['one', 'many', 'box', 'none'], user: 'ada' })
    expect(await spawner.optionsFromQuery({ q: ['1'] })).toEqual({ keys: ['q'], user: 'ada' })
  })

  test('is text or comes from a function', async () => {
    expect(await spawnerWith({ options_form: '<p>' }).optionsForm()).toBe('<p>')
    expect(await spawnerWith({ options_form: async (spawner) => `<b>${spawner.user.name}` }).optionsForm()).toBe(
      '<b>ada',
    )
  })
})

describe('applying user options', () => {
  test('warns of options that nothing applies', async () => {
    const logged: Logged[] = []
    await spawnerWith({}, [], logged).applyUserOptions({ profile: 'big' })
    expect(logged).toEqual([expect.objectContaining({ level: 'warn', fields: { names: ['profile'] } })])
  })

  test('by name sets options of this spawner, checked like the configuration', async () => {
    const spawner = spawnerWith({ apply_user_options: { memory: 'mem_limit', args: 'args', cores: 'cpu_limit' } })
    await spawner.applyUserOptions({ memory: '2G', args: ['--debug'], cores: '1.5' })
    expect(spawner.config).toMatchObject({ mem_limit: 2 ** 31, args: ['--debug'], cpu_limit: 1.5 })
  })

  test('refuses a value that the option does not take', async () => {
    const spawner = spawnerWith({ apply_user_options: { memory: 'mem_limit' } })
    await expect(spawner.applyUserOptions({ memory: 'lots' })).rejects.toMatchObject({
      status: 400,
      message: 'Invalid user options',
    })
    expect(spawner.config.mem_limit).toBeNull()
  })

  test('does not expand ~ of the hub in what a user wrote', async () => {
    const spawner = spawnerWith({ apply_user_options: { dir: 'notebook_dir' } })
    await spawner.applyUserOptions({ dir: '~/work' })
    expect(spawner.config.notebook_dir).toBe('~/work')
  })

  test('warns of options it does not know, and reports a mapping to what the spawner does not have', async () => {
    const logged: Logged[] = []
    await spawnerWith({ apply_user_options: { a: 'no_such_option' } }, [], logged).applyUserOptions({
      a: 1,
      constructor: 2,
    })
    expect(logged.map(({ level }) => level)).toEqual(['error', 'warn'])
  })

  test('by function: its errors are the fault of the options, unless they have a status', async () => {
    const failing = (error: Error) =>
      spawnerWith({ apply_user_options: () => Promise.reject(error) }).applyUserOptions({})
    await expect(failing(new Error('x'))).rejects.toMatchObject({ status: 400, message: 'Invalid user options' })
    const refusal = new SpawnError({ reason: 'quota', message: 'Your quota is used up.', statusCode: 403 })
    await expect(failing(refusal)).rejects.toBe(refusal)
  })
})

describe('group overrides', () => {
  const overrides = {
    '10-students': { groups: ['students'], spawner_override: { mem_limit: '1G', environment: { A: '1', B: '1' } } },
    '20-gpu': {
      groups: ['gpu', 'staff'],
      spawner_override: { mem_limit: () => '8G', environment: { B: null, C: '3' } },
    },
  }

  test('apply to members, in the order of their labels, objects merged and null deleting', async () => {
    const spawner = spawnerWith({ group_overrides: overrides, environment: { A: '0' } }, ['gpu', 'students'])
    await spawner.applyGroupOverrides()
    expect(spawner.config.mem_limit).toBe(8 * 2 ** 30)
    expect(spawner.config.environment).toEqual({ A: '1', C: '3' })
  })

  test('leave everybody else alone', async () => {
    const spawner = spawnerWith({ group_overrides: () => overrides }, ['others'])
    await spawner.applyGroupOverrides()
    expect(spawner.config).toMatchObject({ mem_limit: null, environment: {} })
  })

  test('may set hooks, and report an option that is not there', async () => {
    const logged: Logged[] = []
    const hook = (): void => undefined
    const override = { groups: ['g'], spawner_override: { pre_spawn_hook: hook, nonsense: 1 } }
    const spawner = spawnerWith({ group_overrides: { label: override } }, ['g'], logged)
    await spawner.applyGroupOverrides()
    expect(spawner.config.pre_spawn_hook).toBe(hook)
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { label: 'label', option: 'nonsense' } }),
    )
  })

  test('merge deeply and never reach the prototype', () => {
    expect(mergeDeep({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] })).toEqual({
      a: { c: 2, e: 3 },
      d: [2],
    })
    const merged = mergeDeep({}, JSON.parse('{"__proto__": {"polluted": true}}'))
    expect(merged).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('hooks', () => {
  test('are called with the spawner, and their errors reach the caller', async () => {
    const calls: unknown[] = []
    const spawner = spawnerWith({
      pre_spawn_hook: (self) => void calls.push(self.user.name),
      post_stop_hook: () => Promise.reject(new Error('from the hook')),
      auth_state_hook: (_self, state: JsonObject | null) => void calls.push(state),
    })
    await spawner.runPreSpawnHook()
    await spawner.runAuthStateHook(null)
    expect(calls).toEqual(['ada', null])
    await expect(spawner.runPostStopHook()).rejects.toThrow('from the hook')
  })

  test('of the last event replace it, or leave it when they fail or return nothing', async () => {
    const event = { progress: 100, ready: true, message: 'Server ready', url: '/user/ada/' }
    const replace = spawnerWith({ progress_ready_hook: (_self, ready) => ({ ...ready, message: 'Welcome' }) })
    expect(await replace.progressReady(event)).toEqual({ ...event, message: 'Welcome' })
    expect(await spawnerWith({ progress_ready_hook: () => undefined }).progressReady(event)).toBe(event)
    const failing = spawnerWith({ progress_ready_hook: () => Promise.reject(new Error('x')) })
    expect(await failing.progressReady(event)).toBe(event)
  })

  test('and lists may compute scopes', async () => {
    const spawner = spawnerWith({ oauth_client_allowed_scopes: (self) => [`read:users!user=${self.user.name}`] })
    expect(await spawner.oauthClientAllowedScopes()).toEqual(['read:users!user=ada'])
    expect(await spawner.serverTokenScopes()).toEqual([])
  })
})

describe('certificates', () => {
  const issued = { keyFile: 'k', certFile: 'c', caFile: 'a' }
  const requested = async (spawner: Spawner): Promise<CertificateRequest | undefined> => {
    let request: CertificateRequest | undefined
    await spawner.createCerts((wanted) => ((request = wanted), Promise.resolve(issued)))
    return request
  }

  test("have the hub's own names, unless the spawner says others", async () => {
    expect(await requested(spawnerWith())).toEqual({ altNames: undefined, includeLocal: true })
    const named = spawnerWith({ ssl_alt_names: async () => ['DNS:node7'], ssl_alt_names_include_local: false })
    expect(await requested(named)).toEqual({ altNames: ['DNS:node7'], includeLocal: false })
  })
})

test('a spawn error tells the user, the log and the metrics each their part', () => {
  const error = new SpawnError({
    reason: 'quota',
    message: 'No.',
    logMessage: 'quota of ada',
    headers: { 'Retry-After': '5' },
  })
  expect(error).toMatchObject({
    code: 'spawn_failed',
    status: 400,
    message: 'No.',
    logMessage: 'quota of ada',
    reason: 'quota',
  })
  expect(new SpawnError({ reason: 'x', message: 'Only this.' }).logMessage).toBe('Only this.')
})

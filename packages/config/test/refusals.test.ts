import { expect, test } from 'vitest'
import { configErrorCodes } from '../src/index.js'
import { JupyterHub, load, loadPython, LocalProcessSpawner, refusal, Spawner } from './fixture.js'

const yaml = (text: string): { files: Record<string, string> } => ({ files: { 'jupyterhub_config.yaml': text } })

test('an unknown option of a file is refused in one line with file, option, value and the nearest name', async () => {
  const error = await refusal(loadPython('\nc.Spawner.notebok_dir = "/srv"'))
  expect(error).toMatchObject({
    exitCode: 1,
    code: 'config_unknown_option',
    file: 'jupyterhub_config.py',
    option: 'Spawner.notebok_dir',
    value: "'/srv'",
    suggestion: 'Spawner.notebook_dir',
  })
  expect(error.message).toBe(
    "jupyterhub_config.py, line 2: Spawner.notebok_dir = '/srv': Spawner has no option notebok_dir. Did you mean Spawner.notebook_dir?",
  )
})

test('an unknown option of the command line is refused in the same way', async () => {
  const error = await refusal(load({ argv: ['--Spawner.notebok_dir=/srv'] }))
  expect(error).toMatchObject({ exitCode: 1, file: undefined, value: '/srv', suggestion: 'Spawner.notebook_dir' })
  expect(error.message).toBe(
    '--Spawner.notebok_dir=/srv: Spawner has no option notebok_dir. Did you mean Spawner.notebook_dir?',
  )
})

test('an unknown class is refused with the class that was meant', async () => {
  const error = await refusal(load(yaml('Spawnr: {cmd: x}')))
  expect(error).toMatchObject({ code: 'config_unknown_class', suggestion: 'Spawner.cmd' })
  expect(error.message).toBe(
    "jupyterhub_config.yaml, line 1: Spawnr.cmd = 'x': there is no class Spawnr to configure. Did you mean Spawner.cmd?",
  )
  expect((await refusal(load({ argv: ['--spawner.cmd=x'] }))).suggestion).toBe('Spawner.cmd')
})

test('the right option on the wrong class is found', async () => {
  expect((await refusal(load(yaml('JupyterHub: {whitelist: [x]}')))).suggestion).toBe('Authenticator.whitelist')
  expect((await refusal(load(yaml('Spawner: {kill_timeout: 3}')))).suggestion).toBe('LocalProcessSpawner.kill_timeout')
})

test('names of the language are no options', async () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect((await refusal(load({ argv: [`--Spawner.${name}=1`] }))).code).toBe('config_unknown_option')
    expect((await refusal(load({ argv: [`--${name}.cmd=1`] }))).code).toBe('config_unknown_class')
  }
})

test('without a name that is near there is no suggestion', async () => {
  const error = await refusal(load(yaml('Zzz: {qqq: 1}')))
  expect(error.message).toBe('jupyterhub_config.yaml, line 1: Zzz.qqq = 1: there is no class Zzz to configure.')
  expect(error.suggestion).toBeUndefined()
})

test('all problems are told at once, each in a line', async () => {
  const error = await refusal(load({ ...yaml('JupyterHub: {port: x, nope: 1}'), argv: ['--Spawner.debug=yes'] }))
  expect(error.problems.map(({ code }) => code)).toEqual([
    'config_wrong_type',
    'config_unknown_option',
    'config_wrong_type',
  ])
  expect(error.message.split('\n')).toHaveLength(3)
  for (const { code } of error.problems) expect(configErrorCodes).toHaveProperty(code)
})

test('unknown names may be warnings instead', async () => {
  const loaded = await load({ ...yaml('Nope: {x: 1}\nSpawner: {cmdd: 1, debug: true}'), unknownNames: 'warn' })
  expect(loaded.unknown).toEqual(new Set(['Nope.x', 'Spawner.cmdd']))
  expect(loaded.valuesOf(Spawner).debug).toBe(true)
  expect(loaded.warnings).toEqual([
    'jupyterhub_config.yaml, line 1: Nope.x = 1: there is no class Nope to configure.',
    'jupyterhub_config.yaml, line 2: Spawner.cmdd = 1: Spawner has no option cmdd. Did you mean Spawner.cmd?',
  ])
})

test('options that were removed and classes that are not configured here are warned of', async () => {
  const removed = { 'Spawner.old': 'use cmd.', HubAuth: 'it is configured inside the server.' }
  const loaded = await load({ ...yaml('JupyterHub: {statsd_host: x}\nSpawner: {old: 1}\nHubAuth: {any: 1}'), removed })
  expect(loaded.toObject()).toEqual({})
  expect(loaded.warnings).toEqual([
    'jupyterhub_config.yaml, line 1: JupyterHub.statsd_host has no effect: removed in 6.0; scrape /hub/metrics instead.',
    'jupyterhub_config.yaml, line 2: Spawner.old has no effect: use cmd.',
    'jupyterhub_config.yaml, line 3: HubAuth.any has no effect: it is configured inside the server.',
  ])
})

test('a fixed option cannot be set on its class, and setting it on a parent leaves it', async () => {
  const error = await refusal(load(yaml('SimpleSpawner: {debug: false}')))
  expect(error.message).toBe(
    'jupyterhub_config.yaml, line 1: SimpleSpawner.debug = False: it is always True and cannot be set.',
  )
  const loaded = await load(yaml('Spawner: {debug: false}'))
  expect(loaded.valuesOf(LocalProcessSpawner).debug).toBe(false)
})

test('a value of the wrong kind is refused with the kind, an example and the place', async () => {
  const messages = async (text: string): Promise<string> => (await refusal(load(yaml(text)))).message
  expect(await messages('JupyterHub: {port: abc}')).toBe(
    "jupyterhub_config.yaml, line 1: JupyterHub.port = 'abc': expected an int, for example 8000.",
  )
  expect(await messages('JupyterHub: {ip: null}')).toBe(
    "jupyterhub_config.yaml, line 1: JupyterHub.ip = None: expected a string, for example 'text'.",
  )
  expect(await messages('Spawner: {mem_limit: 1X}')).toBe(
    "jupyterhub_config.yaml, line 1: Spawner.mem_limit = '1X': expected a number of bytes, for example 1073741824 or '1G' (K, M, G or T), or None.",
  )
  expect(await messages('Spawner: {args: [a, 3]}')).toBe(
    "jupyterhub_config.yaml, line 1: Spawner.args = ['a', 3]: at [1]: expected a string, for example 'text'.",
  )
  expect((await refusal(load({ argv: ['--port=abc'] }))).message).toBe('--port=abc: expected an int, for example 8000.')
})

test('a value that its option refuses is told with the reason', async () => {
  const error = await refusal(load({ argv: ['--port=70000'] }))
  expect(error).toMatchObject({ code: 'config_invalid', option: 'JupyterHub.port' })
  expect(error.message).toBe('--port=70000: a port is between 0 and 65535.')
})

test('secret values are masked in errors, long ones are cut', async () => {
  const secret = await refusal(load(yaml('Proxy: {auth_token: [hunter2]}')))
  expect(secret.message).toBe("jupyterhub_config.yaml, line 1: Proxy.auth_token = '***': expected a string.")
  const nested = await refusal(load(yaml('JupyterHub: {port: {api_token: hunter2}}')))
  expect(nested.message).not.toContain('hunter2')
  const unknown = await refusal(load({ argv: ['--Proxy.auth_tokn=a', '--Prxy.auth_token=hunter2'] }))
  expect(unknown.message).not.toContain('hunter2')
  const long = await refusal(load({ argv: [`--port=${'9'.repeat(500)}`] }))
  expect(long.message.length).toBeLessThan(300)
})

test('what cannot be added to is refused', async () => {
  const text = await refusal(loadPython('c.JupyterHub.ip.append("x")'))
  expect(text.message).toBe(
    "jupyterhub_config.py, line 1: JupyterHub.ip append 'x': it cannot be added to: it is no list or set. Assign a value.",
  )
  const list = await refusal(loadPython('c.Spawner.args.update({"a": "b"})'))
  expect(list.message).toContain("Spawner.args update {'a': 'b'}: it cannot be added to: it is no dict.")
  const item = await refusal(loadPython('c.Spawner.args.append(3)'))
  expect(item.message).toContain("Spawner.args append 3: at [1]: expected a string, for example 'text'.")
})

test('a wrong value is refused even where the command line overrules it', async () => {
  expect((await refusal(load({ ...yaml('JupyterHub: {port: x}'), argv: ['--port=1'] }))).code).toBe('config_wrong_type')
  expect((await load({ argv: ['--port=x', '--port=1'] })).valuesOf(JupyterHub).port).toBe(1)
})

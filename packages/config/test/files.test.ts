import { expect, test } from 'vitest'
import { defineConfigurable, kind, loadConfig, trait } from '../src/index.js'
import {
  Authenticator,
  classes,
  folder,
  JupyterHub,
  load,
  LocalProcessSpawner,
  refusal,
  Spawner,
  spawners,
} from './fixture.js'

const wanted = {
  port: 443,
  args: ['--local', '--debug'],
  environment: { FROM: 'default', A: '1' },
  allowed: ['ada', 'bob'],
}

const FORMS: Readonly<Record<string, string>> = {
  py: `c.JupyterHub.port = 443
c.LocalProcessSpawner.args.append('--debug')
c.Spawner.environment.update({'A': '1'})
c.Authenticator.allowed_users.add('ada')
c.Authenticator.allowed_users.update(['bob'])`,
  mjs: `export default (c) => {
  c.JupyterHub.port = 443
  c.LocalProcessSpawner.args.push('--debug')
  c.Spawner.environment.A = '1'
  c.Authenticator.allowed_users = new Set(['ada', 'bob'])
}`,
  js: `export default async (c) => {
  await null
  c.JupyterHub.port = 443
  c.LocalProcessSpawner.args.extend(['--debug'])
  c.Spawner.environment.update({ A: '1' })
  c.Authenticator.allowed_users.add('ada')
  c.Authenticator.allowed_users.add('bob')
}`,
  cjs: `module.exports = (c) => {
  c.JupyterHub.port = 443
  c.LocalProcessSpawner.args.append('--debug')
  Object.assign(c.Spawner.environment, { A: '1' })
  c.Authenticator.allowed_users = ['ada', 'bob']
}`,
  json: `{"JupyterHub": {"port": 443}, "LocalProcessSpawner": {"args": ["--local", "--debug"]},
    "Spawner": {"environment": {"FROM": "default", "A": "1"}}, "Authenticator": {"allowed_users": ["ada", "bob"]}}`,
  yaml: `JupyterHub:
  port: 443
LocalProcessSpawner:
  args: [--local, --debug]
Spawner:
  environment: { FROM: default, A: "1" }
Authenticator:
  allowed_users: [ada, bob]`,
}

for (const [extension, text] of Object.entries(FORMS)) {
  test(`a configuration in .${extension} says what it says in every other form`, async () => {
    const name = `jupyterhub_config.${extension}`
    // Node takes .js for a module only where a package.json says so.
    const loaded = await load({ files: { [name]: text, 'package.json': '{"type": "module"}' } })
    expect(loaded.files).toEqual([name])
    expect(loaded.warnings).toEqual([])
    expect(loaded.valuesOf(JupyterHub).port).toBe(wanted.port)
    expect(loaded.valuesOf(LocalProcessSpawner).args).toEqual(wanted.args)
    expect(loaded.valuesOf(LocalProcessSpawner).environment).toEqual(wanted.environment)
    expect(loaded.valuesOf(Authenticator).allowed_users).toEqual(new Set(wanted.allowed))
  })
}

test('without a file there are the defaults', async () => {
  const loaded = await load()
  expect(loaded.files).toEqual([])
  expect(loaded.valuesOf(JupyterHub).port).toBe(8000)
  expect(loaded.valuesOf(JupyterHub).log_level).toBe(20)
})

test('of several usual names the first counts and the others are warned of', async () => {
  const files = {
    'jupyterhub_config.yaml': 'JupyterHub: {port: 1}',
    'jupyterhub_config.mjs': 'export default (c) => { c.JupyterHub.port = 2 }',
  }
  const loaded = await load({ files })
  expect(loaded.valuesOf(JupyterHub).port).toBe(2)
  expect(loaded.warnings).toEqual(['jupyterhub_config.yaml is ignored, because jupyterhub_config.mjs is there, too'])
})

test('a JSON file of the same stem counts more than the Python file, and collisions are warned of', async () => {
  const files = {
    'jupyterhub_config.py': 'c.JupyterHub.port = 1\nc.JupyterHub.ip = "a"\nc.Spawner.args.append("x")',
    'jupyterhub_config.json': '{"JupyterHub": {"port": 2}, "version": 1}',
  }
  const loaded = await load({ files })
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ port: 2, ip: 'a' })
  expect(loaded.valuesOf(Spawner).args).toEqual(['--first', 'x'])
  expect(loaded.files).toEqual(['jupyterhub_config.py', 'jupyterhub_config.json'])
  expect(loaded.warnings).toEqual([
    'Collisions between jupyterhub_config.py and jupyterhub_config.json, where jupyterhub_config.json counts: JupyterHub.port',
  ])
})

test('a file named with -f is read instead of the usual one, and must exist', async () => {
  const files = { 'jupyterhub_config.py': 'c.JupyterHub.port = 1', 'other.yml': 'JupyterHub: {port: 3}' }
  for (const argv of [
    ['-f', 'other.yml'],
    ['-f=other.yml'],
    ['--config=other.yml'],
    ['--JupyterHub.config_file', 'other.yml'],
  ]) {
    expect((await load({ files, argv })).valuesOf(JupyterHub).port).toBe(3)
  }
  const error = await refusal(load({ files, argv: ['-f', 'missing.py'] }))
  expect(error).toMatchObject({ code: 'config_file_missing', file: 'missing.py', exitCode: 1 })
  expect(error.message).toBe('The configuration file missing.py does not exist.')
})

test('a file that the program names need not exist unless that is said', async () => {
  expect((await load({ configFile: 'none.py', explicitFile: false })).files).toEqual([])
  expect((await refusal(load({ configFile: 'none.py' }))).code).toBe('config_file_missing')
  expect((await load({ configFile: null, files: { 'jupyterhub_config.py': '1/0' } })).files).toEqual([])
})

test('a file of an unknown form is refused with the forms there are', async () => {
  const error = await refusal(load({ files: { 'hub.toml': '' }, argv: ['-f', 'hub.toml'] }))
  expect(error.code).toBe('config_file_form')
  expect(error.message).toBe(
    'hub.toml: a configuration file ends in .py, .ts, .mts, .js, .mjs, .cjs, .json, .yaml or .yml.',
  )
})

test('JSON and YAML that cannot be read are refused with the place', async () => {
  const json = await refusal(load({ files: { 'jupyterhub_config.json': '{"JupyterHub": {' } }))
  expect(json.code).toBe('config_file_failed')
  expect(json.message).toMatch(/^jupyterhub_config\.json: .*JSON/)
  const yaml = await refusal(load({ files: { 'jupyterhub_config.yaml': 'JupyterHub:\n  port: [1\n' } }))
  expect(yaml.code).toBe('config_file_failed')
  expect(yaml.message).toMatch(/^jupyterhub_config\.yaml: .*line \d/)
})

test('data that is not grouped by class is refused', async () => {
  for (const text of ['[1]', '3', '{"JupyterHub": 3}', '"x"']) {
    const error = await refusal(load({ files: { 'jupyterhub_config.json': text } }))
    expect(error.code).toBe('config_file_form')
    expect(error.message).toContain('{"JupyterHub": {"port": 8000}}')
  }
})

test('an empty YAML file and empty sections say nothing', async () => {
  for (const text of ['', '# nothing\n', 'JupyterHub:\nSpawner:\n']) {
    expect((await load({ files: { 'jupyterhub_config.yaml': text } })).toObject()).toEqual({})
  }
})

test('an error of a YAML file names the line', async () => {
  const error = await refusal(load({ files: { 'jupyterhub_config.yaml': 'JupyterHub:\n  ip: a\n  port: x\n' } }))
  expect(error.message).toBe(
    "jupyterhub_config.yaml, line 3: JupyterHub.port = 'x': expected an int, for example 8000.",
  )
})

test('a module may export the options themselves', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default { JupyterHub: { port: 5 } }' }
  expect((await load({ files })).valuesOf(JupyterHub).port).toBe(5)
})

test('a module that exports neither is refused with an example', async () => {
  for (const text of ['export const x = 1', 'export default 3']) {
    const error = await refusal(load({ files: { 'jupyterhub_config.mjs': text } }))
    expect(error.code).toBe('config_file_form')
    expect(error.message).toContain('export default (c) => { c.JupyterHub.port = 8000 }')
  }
})

test('a module that raises an error is refused with the stack', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default (c) => {\n  throw new Error("broken on purpose")\n}' }
  const error = await refusal(load({ files }))
  expect(error).toMatchObject({ code: 'config_file_failed', exitCode: 1, file: 'jupyterhub_config.mjs' })
  expect(error.message).toMatch(
    /^jupyterhub_config\.mjs raised an error:\nError: broken on purpose\n[^]*jupyterhub_config\.mjs:2/,
  )
})

test('a module that never ends is given up', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default () => new Promise(() => {})' }
  const error = await refusal(load({ files, timeoutMs: 50 }))
  expect(error.message).toContain('jupyterhub_config.mjs was not done after 0.05 seconds')
})

test('an option that a module has not set can be changed and not read', async () => {
  const read = 'export default (c) => { c.JupyterHub.port = `1${c.JupyterHub.port}` }'
  const error = await refusal(load({ files: { 'jupyterhub_config.mjs': read } }))
  expect(error.message).toContain('JupyterHub.port is not set in this file, so its value cannot be read here')
  const set =
    'export default (c) => { c.JupyterHub.port = 1; c.JupyterHub.port += 1; c.Spawner.args = []; c.Spawner.args.push("z") }'
  const loaded = await load({ files: { 'jupyterhub_config.mjs': set } })
  expect(loaded.valuesOf(JupyterHub).port).toBe(2)
  expect(loaded.valuesOf(Spawner).args).toEqual(['z'])
})

test('an error of a module names the line', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default (c) => {\n\n  c.JupyterHub.port = "x"\n}' }
  const error = await refusal(load({ files }))
  expect(error.message).toBe("jupyterhub_config.mjs, line 3: JupyterHub.port = 'x': expected an int, for example 8000.")
})

test('a module may hold functions', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default (c) => { c.Spawner.pre_spawn_hook = () => "called" }' }
  const { pre_spawn_hook: hook } = (await load({ files })).valuesOf(Spawner)
  expect(hook?.(undefined)).toBe('called')
})

test('paths are relative to the working directory', async () => {
  await using here = await folder({ 'a.yaml': 'JupyterHub: {port: 7}' })
  const loaded = await loadConfig({
    classes,
    plugins: [spawners],
    cwd: '/',
    env: {},
    configFile: `${here.path}/a.yaml`,
  })
  expect(loaded.valuesOf(JupyterHub).port).toBe(7)
})

test('asking for a default file keeps the file from being read', async () => {
  const flagged = { flags: { 'generate-config': { set: { 'JupyterHub.generate_config': true }, help: '' } } }
  const files = { 'jupyterhub_config.py': '1/0' }
  for (const argv of [
    ['--generate-config'],
    ['--generate-config', '-f', 'new.py'],
    ['--JupyterHub.generate_config=True'],
  ]) {
    const loaded = await load({ files, ...flagged, argv })
    expect(loaded.files).toEqual([])
    expect(loaded.valuesOf(JupyterHub).generate_config).toBe(true)
  }
  expect((await refusal(load({ files, argv: ['--JupyterHub.generate_config=0'] }))).code).toBe('config_file_failed')
})

test('containers can be changed on top of their default in every way of JavaScript', async () => {
  const text = `export default (c) => {
    c.Spawner.args.push('b', 'c')
    c.Spawner.args.unshift('0')
    c.Spawner.args.prepend(['-1'])
    c.Spawner.args.insert(2, 'i')
    c.Spawner.args.remove('c')
    c.Spawner.environment.A = '1'
    c.Spawner.environment.update({ B: '2', C: '3' })
    delete c.Spawner.environment.FROM
    c.Authenticator.admin_users.update(['ada', 'bob'])
    c.Authenticator.admin_users.delete('root')
    c.JupyterHub = { port: 5, ip: 'x' }
    c.Proxy.log_level = 'debug'
    delete c.Proxy.log_level
    if ('port' in c.Spawner || !('port' in c.JupyterHub)) throw new Error('what is set is not told')
  }`
  const loaded = await load({ files: { 'jupyterhub_config.mjs': text } })
  expect(loaded.valuesOf(Spawner).args).toEqual(['-1', '0', 'i', '--first', 'b'])
  expect(loaded.valuesOf(Spawner).environment).toEqual({ A: '1', B: '2', C: '3' })
  expect(loaded.valuesOf(Authenticator).admin_users).toEqual(new Set(['ada', 'bob']))
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ port: 5, ip: 'x' })
  expect(Object.keys(loaded.toObject())).not.toContain('Proxy')
})

test('a list of functions may name them', async () => {
  const Hooks = defineConfigurable({
    name: 'Hooks',
    help: '',
    traits: { all: trait.list(kind.callable<() => string>(), { default: [], help: '' }) },
  })
  const files = {
    'hooks.mjs': 'export const a = () => "a"',
    'jupyterhub_config.yaml': 'Hooks: { all: ["hooks.mjs#a"] }',
  }
  const loaded = await load({ files, classes: [Hooks] })
  expect(loaded.valuesOf(Hooks).all.map((hook) => hook())).toEqual(['a'])
})

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../src/index.js'
import {
  Authenticator,
  folder,
  JupyterHub,
  load,
  loadPython,
  Local,
  LocalProcessSpawner,
  refusal,
  Spawner,
} from './fixture.js'

test('the file is ordinary Python with c, get_config, load_subconfig and __file__', async () => {
  const text = `
import os, sys
from pathlib import Path
def twice(n): return 2 * n
assert get_config() is c
c.JupyterHub.port = twice(4000)
c.JupyterHub.ip = os.environ["HOME"]
c.JupyterHub.services = [{"name": "idle", "command": [sys.executable, "-m", "x"], "admin": True, "url": None}]
c.Spawner.cmd = ("a", "b")
c.Spawner.notebook_dir = Path("/srv") / "lab"
c.Spawner.environment = {f"N{n}": str(n) for n in range(2)}
c.JupyterHub.db_url = os.path.basename(__file__)
load_subconfig("more.py")
`
  const loaded = await loadPython(text, { files: { 'more.py': 'c.Authenticator.admin_users = {"ada", "bob"}' } })
  const hub = loaded.valuesOf(JupyterHub)
  expect(hub).toMatchObject({ port: 8000, ip: '/home/hub', db_url: 'jupyterhub_config.py' })
  expect(hub.services[0]).toMatchObject({ name: 'idle', admin: true, url: null })
  expect(loaded.valuesOf(Spawner)).toMatchObject({
    cmd: ['a', 'b'],
    notebook_dir: '/srv/lab',
    environment: { N0: '0', N1: '1' },
  })
  expect(loaded.valuesOf(Authenticator).admin_users).toEqual(new Set(['ada', 'bob']))
  expect(loaded.files).toEqual(['jupyterhub_config.py', 'more.py'])
})

test('containers can be changed on top of their default in every way of Python', async () => {
  const loaded = await loadPython(`
c.Spawner.args.append("b")
c.Spawner.args.extend(["c"])
c.Spawner.args.prepend(["0"])
c.Spawner.args.insert(1, "i")
c.Spawner.args += ["d"]
c.Spawner.environment["A"] = "1"
c.Spawner.environment.update(B="2")
c.Authenticator.admin_users.add("ada")
c.Authenticator.admin_users |= {"bob"}
c.Authenticator.admin_users.discard("root")
`)
  expect(loaded.valuesOf(Spawner).args).toEqual(['0', 'i', '--first', 'b', 'c', 'd'])
  expect(loaded.valuesOf(Spawner).environment).toEqual({ FROM: 'default', A: '1', B: '2' })
  expect(loaded.valuesOf(Authenticator).admin_users).toEqual(new Set(['ada', 'bob']))
})

test('containers that the file has set are its own', async () => {
  const loaded = await loadPython('c.Spawner.args = ["x"]\nc.Spawner.args.append("y")\nc.Spawner.args[0] = "z"')
  expect(loaded.valuesOf(Spawner).args).toEqual(['z', 'y'])
})

test('options can be written as items, sections as dicts', async () => {
  const loaded = await loadPython(
    'c["JupyterHub"]["port"] = 1\nc.Spawner = {"debug": True}\nc.JupyterHub.update(ip="x")',
  )
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ port: 1, ip: 'x' })
  expect(loaded.valuesOf(Spawner).debug).toBe(true)
})

test('a subconfiguration is merged: its values count, its changes come on top', async () => {
  const files = { 'sub.py': 'c.Spawner.args.append("sub")\nc.JupyterHub.port = 2\nc.Spawner.environment["S"] = "s"' }
  const loaded = await loadPython(
    'c.Spawner.args = ["main"]\nc.JupyterHub.port = 1\nload_subconfig("sub.py")\nload_subconfig("absent.py")',
    { files },
  )
  expect(loaded.valuesOf(Spawner).args).toEqual(['main', 'sub'])
  expect(loaded.valuesOf(Spawner).environment).toEqual({ FROM: 'default', S: 's' })
  expect(loaded.valuesOf(JupyterHub).port).toBe(2)
  expect(loaded.warnings).toEqual([expect.stringMatching(/absent\.py does not exist; load_subconfig skipped it$/)])
})

test('an error in a subconfiguration names that file', async () => {
  const error = await refusal(
    loadPython('load_subconfig("sub.py")', { files: { 'sub.py': '\nc.JupyterHub.port = "x"' } }),
  )
  expect(error.message).toBe("sub.py, line 2: JupyterHub.port = 'x': expected an int, for example 8000.")
})

test('bytes, big and special numbers, numeric keys and lone surrogates come through', async () => {
  const loaded = await loadPython(`
c.JupyterHub.cookie_secret = b"\\x00\\xff"
c.JupyterHub.cookie_max_age_days = float("inf")
c.JupyterHub.services = [{1: 2.5, True: (1, 2), "s": {3}, "$": "dict", "__proto__": {"x": 1}, "u": "\\ud800"}]
`)
  const hub = loaded.valuesOf(JupyterHub)
  expect(hub.cookie_secret).toBeInstanceOf(Secret)
  expect(hub.cookie_secret.reveal()).toEqual(Uint8Array.from([0, 255]))
  expect(hub.cookie_max_age_days).toBe(Infinity)
  const [service = {}] = hub.services
  expect(Object.entries(service)).toEqual([
    ['1', [1, 2]],
    ['s', new Set([3])],
    ['$', 'dict'],
    ['__proto__', { x: 1 }],
    ['u', '\ud800'],
  ])
})

test('changes of os.environ are handed back and seen by defaults', async () => {
  const loaded = await loadPython(
    'import os\nos.environ["ADDED"] = "1"\ndel os.environ["GONE"]\nos.environ.pop("HOME")',
    {
      env: { PATH: process.env['PATH'], GONE: 'x', HOME: '/h' },
    },
  )
  expect(loaded.env).toMatchObject({ ADDED: '1', GONE: undefined, HOME: undefined })
})

test('what it prints goes to stderr', async () => {
  await using here = await folder({ 'jupyterhub_config.py': 'print("printed")\nc.JupyterHub.port = 1' })
  const program = fileURLToPath(new URL('load-once.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@hub/source', '--import', import.meta.resolve('tsx'), program],
    { cwd: here.path },
  )
  expect(JSON.parse(stdout)).toEqual({ JupyterHub: { port: 1 } })
  expect(stderr).toContain('printed')
})

test('an exception stops with the traceback of the file alone, exit status 1', async () => {
  const error = await refusal(loadPython('def f():\n    raise ValueError("on purpose")\nf()'))
  expect(error).toMatchObject({ code: 'config_file_failed', exitCode: 1, file: 'jupyterhub_config.py' })
  expect(error.message).toMatch(
    /^jupyterhub_config\.py raised an error:\nTraceback \(most recent call last\):\n {2}File "\/.*jupyterhub_config\.py", line 3, in <module>/,
  )
  expect(error.message).toMatch(/ValueError: on purpose$/)
  expect(error.message).not.toContain('<string>')
})

test('a syntax error and an absent module stop in the same way', async () => {
  expect((await refusal(loadPython('def x(:'))).message).toMatch(/line 1\n[^]*SyntaxError/)
  expect((await refusal(loadPython('import no_such_thing'))).message).toMatch(/ModuleNotFoundError.*no_such_thing/)
})

test('exit() in the file stops the start', async () => {
  const error = await refusal(loadPython('import sys\nsys.exit(3)'))
  expect(error.message).toBe('jupyterhub_config.py raised an error:\nthe configuration called exit(3)')
})

test('a file that kills its interpreter or hangs stops the start', async () => {
  const killed = await refusal(loadPython('import os\nos._exit(4)'))
  expect(killed.message).toBe('jupyterhub_config.py: python3 ended (exit status 4) before the configuration was read.')
  const late = await refusal(loadPython('import time\ntime.sleep(60)', { timeoutMs: 300 }))
  expect(late.message).toBe('jupyterhub_config.py was not done after 0.3 seconds.')
})

test('without python3 the error says what to install or to write instead', async () => {
  const error = await refusal(loadPython('', { env: { PATH: '/nonexistent' } }))
  expect(error.message).toMatch(/^jupyterhub_config\.py is written in Python and python3 could not be started/)
  expect(error.message).toContain('Install python3, or write the configuration as jupyterhub_config.mjs')
})

test('a Python function is refused by name, with what to do', async () => {
  const error = await refusal(loadPython('\ndef hook(spawner):\n    pass\nc.Spawner.pre_spawn_hook = hook'))
  expect(error).toMatchObject({
    code: 'config_not_portable',
    option: 'Spawner.pre_spawn_hook',
    file: 'jupyterhub_config.py',
  })
  expect(error.message).toBe(
    'jupyterhub_config.py, line 4: Spawner.pre_spawn_hook = <Python callable hook>: this is the Python function hook, ' +
      "which the hub cannot call because it does not run on Python. Write it in JavaScript and name it as 'hooks.mjs#hook', " +
      'or write the configuration as jupyterhub_config.mjs.',
  )
})

test('functions and objects deep inside a value are refused with their place', async () => {
  const inside = await refusal(loadPython('c.JupyterHub.services = [{"a": {"b": lambda: 1}}]'))
  expect(inside.message).toContain("the value at [0]['a']['b'] is the Python function <lambda>")
  const object = await refusal(loadPython('c.JupyterHub.services = [object()]'))
  expect(object.message).toContain('the value at [0] is a Python object (builtins.object); use plain values')
  const appended = await refusal(loadPython('c.JupyterHub.services.append({"a": len})'))
  expect(appended.code).toBe('config_not_portable')
  const endless = await refusal(loadPython('x = []\nx.append(x)\nc.JupyterHub.services = x'))
  expect(endless.message).toContain('value that contains itself')
})

test('a Python class whose dotted name is known stands for our class', async () => {
  const files = { 'fake.py': '' }
  const text = `
import types, sys
module = types.ModuleType("jupyterhub.spawner")
class LocalProcessSpawner: pass
LocalProcessSpawner.__module__ = "jupyterhub.spawner"
c.JupyterHub.spawner_class = LocalProcessSpawner
`
  expect((await loadPython(text, { files })).valuesOf(JupyterHub).spawner_class).toBe(Local)
  const other = await refusal(loadPython('class Mine: pass\nc.JupyterHub.spawner_class = Mine'))
  expect(other.code).toBe('config_class_not_found')
})

test('a module of the same name beside the file does not break the evaluator', async () => {
  const files = { 'json.py': '1/0', 'base64.py': '1/0' }
  expect((await loadPython('c.JupyterHub.port = 1', { files })).valuesOf(JupyterHub).port).toBe(1)
})

test('reading an option that is not set is an error that says so', async () => {
  for (const text of ['int(c.JupyterHub.port)', 'f"{c.JupyterHub.port}"', 'list(c.Spawner.args)']) {
    expect((await refusal(loadPython(text))).message).toMatch(
      /(JupyterHub\.port|Spawner\.args) is not set in this file/,
    )
  }
})

test('naming options without setting them sets nothing', async () => {
  expect((await loadPython('c.Spawner.args\nc.Nothing\nc.Spawner.whatever')).toObject()).toEqual({})
})

test('options can be taken back', async () => {
  const loaded = await loadPython(
    'c.JupyterHub.port = 1\ndel c.JupyterHub.port\nc.Spawner.args = []\ndel c["Spawner"]["args"]',
  )
  expect(loaded.toObject()).toEqual({})
})

test('the most specific class counts, whatever the order', async () => {
  const loaded = await loadPython('c.LocalProcessSpawner.start_timeout = 1\nc.Spawner.start_timeout = 2')
  expect(loaded.valuesOf(LocalProcessSpawner).start_timeout).toBe(1)
  expect(loaded.valuesOf(Spawner).start_timeout).toBe(2)
})

test('a class name without an option is no option', async () => {
  const error = await refusal(loadPython('c.JupyterHub = 3'))
  expect(error.message).toContain('JupyterHub = 3: ')
  expect((await load()).toObject()).toEqual({})
})

import { expect, test } from 'vitest'
import { helpAll, helpText, type HelpRequest, showConfig, usageText } from '../src/index.js'
import { aliases, classes, flags, load, Simple, SimpleSpawner } from './fixture.js'

const files = {
  'jupyterhub_config.yaml': `
Spawner: { debug: true, args: [a] }
JupyterHub: { port: 443, api_tokens: { t0ken: ada }, db_url: "postgresql://hub:pw@db/hub", services: [{ name: x, api_token: t0ken }] }
Proxy: { auth_token: t0ken }
`,
}

test('show-config lists the files and what was set, sorted, secrets masked', async () => {
  const loaded = await load({ files, argv: ['--Application.show_config=True', '--JupyterHub.spawner_class=simple'] })
  expect(showConfig(loaded, 'human')).toBe(`Loaded config files:
  jupyterhub_config.yaml

JupyterHub
  .api_tokens = '***'
  .db_url = 'postgresql://hub:***@db/hub'
  .port = 443
  .services = [{'name': 'x', 'api_token': '***'}]
  .spawner_class = 'simple'
Proxy
  .auth_token = '***'
Spawner
  .args = ['a']
  .debug = True
`)
})

test('show-config-json is JSON with one space of indentation', async () => {
  const text = showConfig(await load({ argv: ['--port=1', '--debug'] }), 'json')
  expect(text).toBe('{\n "Application": {\n  "log_level": 10\n },\n "JupyterHub": {\n  "port": 1\n }\n}\n')
})

test('show-config without anything set is empty', async () => {
  expect(showConfig(await load({ argv: ['--Application.show_config=1'] }), 'human')).toBe('')
  expect(showConfig(await load(), 'json')).toBe('{}\n')
})

test('functions and classes are shown by name', async () => {
  const text = 'export default (c) => { c.Spawner.pre_spawn_hook = function before() {} }'
  const loaded = await load({
    files: { 'jupyterhub_config.mjs': text },
    plugins: [{ kind: 'spawner', names: { localprocess: Simple } }],
  })
  expect(loaded.toObject()).toEqual({ Spawner: { pre_spawn_hook: '<function before>' } })
})

const request: HelpRequest = {
  command: 'jupyterhub',
  about: 'Start a hub and its proxy.',
  subcommands: { token: 'Create an API token.' },
  examples: [{ line: 'jupyterhub -f my_config.py', does: 'Use that file.' }],
  classes: [...classes, SimpleSpawner],
  flags,
  aliases,
}

test('help tells usage, commands, flags, short options with defaults, examples', () => {
  const text = helpText(request)
  expect(text).toMatch(/^Start a hub and its proxy\.\n\nUsage: jupyterhub \[COMMAND\] \[OPTIONS\]\n/)
  expect(text).toContain('jupyterhub token\n    Create an API token.\n')
  expect(text).toContain('--debug\n    Log everything.\n    Equivalent to: --Application.log_level=10\n')
  expect(text).toContain(
    "-f, --config=<str>\n    The file to load.\n    Default: 'jupyterhub_config.py'\n    Equivalent to: --JupyterHub.config_file\n",
  )
  expect(text).toContain('--port=<int>\n    Port to listen on.\n    Default: 8000\n')
  expect(text).toContain('Examples\n========\njupyterhub -f my_config.py\n    Use that file.\n')
  expect(text).not.toContain('--Spawner.cmd')
})

test('help-all adds every option of every class, once', () => {
  const text = helpAll(request)
  expect(text).toContain('SimpleSpawner options (and all of LocalProcessSpawner)\n')
  expect(text).toContain('--Spawner.args=<list of str>...\n    Appended to cmd.\n')
  expect(text).toContain('--Spawner.mem_limit=<bytespec in bytes or None>\n')
  expect(text.match(/--(?:Local|Simple)\w*\.cmd/g)).toBeNull()
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('a usage error is followed by one line of usage', () => {
  expect(usageText({ ...request, operands: '[NAME]' })).toBe(
    "Usage: jupyterhub [COMMAND] [OPTIONS] [NAME]\nSee 'jupyterhub --help' for the options there are.\n",
  )
})

import { expect, test } from 'vitest'
import { Authenticator, JupyterHub, load, LocalProcessSpawner, Proxy, SimpleSpawner, Spawner } from './fixture.js'

const yaml = (text: string): { files: Record<string, string> } => ({ files: { 'jupyterhub_config.yaml': text } })

test('the command line counts more than the file, the file more than the default', async () => {
  const file = yaml('JupyterHub: {port: 1, ip: a}')
  const loaded = await load({ ...file, argv: ['--port=2'] })
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ port: 2, ip: 'a', base_url: '/' })
})

test('the command line replaces lists of the file', async () => {
  const loaded = await load({ ...yaml('Spawner: {args: [a, b]}'), argv: ['--Spawner.args=--c', '--Spawner.args', 'd'] })
  expect(loaded.valuesOf(Spawner).args).toEqual(['--c', 'd'])
})

test('a value reaches all subclasses, the most specific counts', async () => {
  const loaded = await load(yaml('SimpleSpawner: {start_timeout: 3}\nSpawner: {start_timeout: 1, cmd: lab}'))
  expect(loaded.valuesOf(Spawner).start_timeout).toBe(1)
  expect(loaded.valuesOf(LocalProcessSpawner)).toMatchObject({ start_timeout: 1, cmd: ['lab'] })
  expect(loaded.valuesOf(SimpleSpawner)).toMatchObject({ start_timeout: 3, cmd: ['lab'] })
})

test('Application configures the hub', async () => {
  const loaded = await load({ argv: ['--Application.show_config=True', '--log-level=DEBUG'] })
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ show_config: true, log_level: 'DEBUG' })
  expect((await load({ argv: ['--debug'] })).valuesOf(JupyterHub).log_level).toBe(10)
})

test('JupyterHubApp is merged into JupyterHub, with a warning', async () => {
  const loaded = await load(yaml('JupyterHubApp: {port: 1}\nJupyterHub: {ip: x}'))
  expect(loaded.valuesOf(JupyterHub)).toMatchObject({ port: 1, ip: 'x' })
  expect(loaded.warnings).toEqual([
    'jupyterhub_config.yaml, line 1: JupyterHubApp is deprecated, use JupyterHub in its place.',
  ])
})

test('changes of a container come on top of what the parents say', async () => {
  const files = {
    'jupyterhub_config.mjs': 'export default (c) => { c.Spawner.args.push("s"); c.LocalProcessSpawner.args.push("l") }',
  }
  const loaded = await load({ files })
  expect(loaded.valuesOf(Spawner).args).toEqual(['--first', 's'])
  expect(loaded.valuesOf(LocalProcessSpawner).args).toEqual(['--local', 's', 'l'])
})

test('a command line option that a more specific class of the file overrules is warned of', async () => {
  const loaded = await load({ ...yaml('LocalProcessSpawner: {debug: false}'), argv: ['--Spawner.debug=True'] })
  expect(loaded.valuesOf(LocalProcessSpawner).debug).toBe(false)
  expect(loaded.warnings).toEqual([
    'Spawner.debug on the command line does not reach LocalProcessSpawner, for which the file sets LocalProcessSpawner.debug',
  ])
})

test('the notebook folder keeps its tilde on the command line, other text does not', async () => {
  const loaded = await load({ argv: ['--Spawner.notebook_dir=~/assignments', '--JupyterHub.db_url=~/x.sqlite'] })
  expect(loaded.valuesOf(Spawner).notebook_dir).toBe('~/assignments')
  expect(loaded.valuesOf(JupyterHub).db_url).toBe('/home/hub/x.sqlite')
  expect((await load({ argv: ['--JupyterHub.ip=~root/x'] })).valuesOf(JupyterHub).ip).toBe('/root/x')
})

test('None on the command line is null where null is allowed, and text elsewhere', async () => {
  const loaded = await load({ argv: ['--Spawner.mem_limit=None', '--Spawner.cmd=None', '--JupyterHub.ip=None'] })
  expect(loaded.valuesOf(Spawner)).toMatchObject({ mem_limit: null, cmd: null })
  expect(loaded.valuesOf(JupyterHub).ip).toBe('None')
})

test('deprecated literals and quotes of the command line are warned of with the option', async () => {
  const loaded = await load({ argv: [`--Spawner.args=['a']`, '--JupyterHub.ip="x"'] })
  expect(loaded.warnings.map((warning) => warning.split(': ')[0])).toEqual(['--Spawner.args', '--JupyterHub.ip'])
})

test('a deprecated option carries its value over to the new one, with a warning', async () => {
  const loaded = await load(yaml('Authenticator: {whitelist: [ada]}\nJupyterHub: {proxy_auth_token: t}'))
  expect(loaded.valuesOf(Authenticator).allowed_users).toEqual(new Set(['ada']))
  expect(loaded.valuesOf(Proxy).auth_token.reveal()).toBe('t')
  expect(loaded.warnings).toEqual([
    'jupyterhub_config.yaml, line 1: Authenticator.whitelist is deprecated since 1.2, use Authenticator.allowed_users',
    'jupyterhub_config.yaml, line 2: JupyterHub.proxy_auth_token is deprecated since 0.8, use Proxy.auth_token',
  ])
})

test('changes of a deprecated container are carried over as changes', async () => {
  const files = { 'jupyterhub_config.mjs': 'export default (c) => { c.Authenticator.whitelist.add("ada") }' }
  expect((await load({ files })).valuesOf(Authenticator).allowed_users).toEqual(new Set(['ada']))
})

test('where old and new name are set in one place the new one counts, whatever the order', async () => {
  const loaded = await load(yaml('Authenticator: {allowed_users: [bob], whitelist: [ada]}'))
  expect(loaded.valuesOf(Authenticator).allowed_users).toEqual(new Set(['bob']))
  expect(loaded.warnings[0]).toMatch(/use Authenticator\.allowed_users, which is set, too, and counts$/)
})

test('an old name on the command line counts more than the new one in the file', async () => {
  const loaded = await load({ ...yaml('Proxy: {auth_token: file}'), argv: ['--JupyterHub.proxy_auth_token=typed'] })
  expect(loaded.valuesOf(Proxy).auth_token.reveal()).toBe('typed')
})

test('a deprecated option may turn into something else, together with others', async () => {
  const url = async (text: string): Promise<string> => (await load(yaml(text))).valuesOf(Proxy).api_url
  expect(await url('JupyterHub: {proxy_api_ip: 10.0.0.1}')).toBe('http://10.0.0.1:8001')
  expect(await url('JupyterHub: {proxy_api_port: 5}')).toBe('http://127.0.0.1:5')
  expect(await url('JupyterHub: {proxy_api_ip: 10.0.0.1, proxy_api_port: 5}')).toBe('http://10.0.0.1:5')
  expect(await url('JupyterHub: {proxy_api_port: 5}\nProxy: {api_url: "http://x"}')).toBe('http://x')
  expect((await load({ argv: ['--JupyterHub.proxy_api_port=7'] })).valuesOf(Proxy).api_url).toBe('http://127.0.0.1:7')
})

test('an alias is another name, without a warning', async () => {
  const loaded = await load(yaml('Proxy: {api_token: t}'))
  expect(loaded.warnings).toEqual([])
  const { auth_token: token, api_token: alias } = loaded.valuesOf(Proxy)
  expect([token.reveal(), alias.reveal()]).toEqual(['t', 't'])
})

test('computed defaults see what was set and the environment', async () => {
  const loaded = await load({ ...yaml('Authenticator: {allowed_users: [ada]}'), env: { CONFIGPROXY_AUTH_TOKEN: 'e' } })
  expect(loaded.valuesOf(Authenticator).allow_existing_users).toBe(true)
  expect(loaded.valuesOf(Proxy).auth_token.reveal()).toBe('e')
  expect((await load({ argv: ['--port=5'] })).valuesOf(JupyterHub).bind_url).toBe('http://:5')
})

test('it can be told whether an option was set', async () => {
  const loaded = await load(yaml('Spawner: {debug: false}'))
  expect(loaded.isSet(Spawner, 'debug')).toBe(true)
  expect(loaded.isSet(LocalProcessSpawner, 'debug')).toBe(true)
  expect(loaded.isSet(Spawner, 'cmd')).toBe(false)
})

test('values are fresh copies each time', async () => {
  const loaded = await load(yaml('Spawner: {args: [a]}'))
  loaded.valuesOf(Spawner).args.push('b')
  expect(loaded.valuesOf(Spawner).args).toEqual(['a'])
})

test('an explanation tells the value, where it comes from and what it overrules', async () => {
  const loaded = await load({
    ...yaml('Spawner: {start_timeout: 1}\nLocalProcessSpawner: {start_timeout: 2}\nProxy: {auth_token: t}'),
    argv: ['--LocalProcessSpawner.start_timeout=3'],
  })
  const file = { from: 'file', file: 'jupyterhub_config.yaml' }
  expect(loaded.explain(LocalProcessSpawner, 'start_timeout')).toEqual({
    option: 'LocalProcessSpawner.start_timeout',
    text: '3',
    source: { from: 'command line', option: '--LocalProcessSpawner.start_timeout' },
    overruled: [
      { option: 'LocalProcessSpawner.start_timeout', source: { ...file, line: 2 } },
      { option: 'Spawner.start_timeout', source: { ...file, line: 1 } },
    ],
  })
  expect(loaded.explain(Spawner, 'cmd')).toMatchObject({
    text: "['jupyterhub-singleuser']",
    source: { from: 'default' },
  })
  expect(loaded.explain(Proxy, 'auth_token').text).toBe("'***'")
})

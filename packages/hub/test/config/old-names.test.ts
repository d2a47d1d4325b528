import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LoadedConfig, loadConfig, Secret } from '@hub/config'
import { tempDir } from '@hub/testkit'
import { expect, test } from 'vitest'
import { classes, plugins, runHelp } from '../../src/commands/command-tables.js'

async function load(line: string): Promise<LoadedConfig> {
  await using dir = await tempDir()
  await writeFile(join(dir.path, 'jupyterhub_config.py'), `import sys\n${line}\n`)
  // Before the folder goes.
  return await loadConfig({ ...runHelp, argv: [], plugins, cwd: dir.path, env: { PATH: process.env['PATH'] } })
}

/** The value of `Class.option`, as plain data. */
function valueAt(config: LoadedConfig, path: string): unknown {
  const [name = '', option = ''] = path.split('.')
  const configurable = [...classes, ...config.classes].find((each) => each.name === name)
  if (configurable === undefined) throw new Error(`there is no class ${name}`)
  const value = (config.valuesOf(configurable) as Record<string, unknown>)[option]
  return value instanceof Secret ? value.reveal() : value instanceof Set ? [...(value as Set<string>)].sort() : value
}

/** What an old configuration says, the name that the warning tells, and what it comes to. */
test.each([
  [`c.Authenticator.whitelist = {'mal', 'zoe'}`, 'allowed_users', 'Authenticator.allowed_users', ['mal', 'zoe']],
  [`c.Authenticator.blacklist = {'mal'}`, 'blocked_users', 'Authenticator.blocked_users', ['mal']],
  [`c.LocalAuthenticator.group_whitelist = {'crew'}`, 'allowed_groups', 'PAMAuthenticator.allowed_groups', ['crew']],
  [`c.PAMAuthenticator.group_whitelist = {'crew'}`, 'allowed_groups', 'PAMAuthenticator.allowed_groups', ['crew']],
  [`c.JupyterHub.admin_users = {'mal'}`, 'Authenticator.admin_users', 'Authenticator.admin_users', ['mal']],
  [`c.JupyterHub.proxy_auth_token = 'secret'`, 'auth_token', 'ConfigurableHTTPProxy.auth_token', 'secret'],
  [`c.ConfigurableHTTPProxy.api_token = 'secret'`, 'auth_token', 'ConfigurableHTTPProxy.auth_token', 'secret'],
  [`c.JupyterHub.proxy_api_ip = '10.0.1.4'`, 'api_url', 'ConfigurableHTTPProxy.api_url', 'http://10.0.1.4:8001'],
  [`c.JupyterHub.proxy_api_port = 5432`, 'api_url', 'ConfigurableHTTPProxy.api_url', 'http://127.0.0.1:5432'],
  [
    `c.JupyterHub.proxy_api_ip = '10.0.1.4'\nc.JupyterHub.proxy_api_port = 5432`,
    'api_url',
    'ConfigurableHTTPProxy.api_url',
    'http://10.0.1.4:5432',
  ],
  [`c.JupyterHub.proxy_cmd = 'chp'`, 'ConfigurableHTTPProxy.command', 'ConfigurableHTTPProxy.command', ['chp']],
  [`c.JupyterHub.debug_proxy = True`, 'ConfigurableHTTPProxy.debug', 'ConfigurableHTTPProxy.debug', true],
  [
    `c.JupyterHub.proxy_check_interval = 7`,
    'check_running_interval',
    'ConfigurableHTTPProxy.check_running_interval',
    7,
  ],
  [`c.JupyterHub.admin_access = True`, 'access:servers', 'JupyterHub.admin_access', true],
  [
    `c.JupyterHub.api_tokens = {'a' * 32: 'mal'}`,
    'JupyterHub.services',
    'JupyterHub.api_tokens',
    { ['a'.repeat(32)]: 'mal' },
  ],
  [
    `c.JupyterHub.service_tokens = {'a' * 32: 'cull'}`,
    'JupyterHub.services',
    'JupyterHub.service_tokens',
    { ['a'.repeat(32)]: 'cull' },
  ],
  [
    `c.JupyterHub.extra_log_file = '/var/log/jupyterhub.log'`,
    'extra_log_handlers',
    'JupyterHub.extra_log_file',
    '/var/log/jupyterhub.log',
  ],
  [`c.JupyterHub.hub_connect_port = 9999`, 'hub_connect_url', 'JupyterHub.hub_connect_port', 9999],
  [`c.JupyterHub.confirm_no_ssl = True`, 'no effect', 'JupyterHub.confirm_no_ssl', true],
  [`c.DummyAuthenticator.password = 'x'`, 'SharedPasswordAuthenticator', 'DummyAuthenticator.password', 'x'],
  [`c.Spawner.oauth_roles = ['user']`, 'oauth_client_allowed_scopes', 'LocalProcessSpawner.oauth_roles', ['user']],
  [`c.JupyterHubApp.port = 8001`, 'JupyterHub', 'JupyterHub.port', 8001],
])('%s works, and the warning says what to write (%s)', async (line, told, path, value) => {
  const config = await load(line)
  expect(config.warnings.join('\n')).toContain(told)
  expect(config.warnings.join('\n')).toContain('deprecated')
  expect(valueAt(config, path)).toEqual(value)
  // Secrets are never in a warning.
  expect(config.warnings.join('\n')).not.toMatch(/secret'|aaaa/)
})

test.each([
  [`c.JupyterHub.ip = ''`, 'JupyterHub.ip', ''],
  [`c.JupyterHub.port = 443`, 'JupyterHub.port', 443],
  [`c.JupyterHub.hub_ip = '10.0.1.4'`, 'JupyterHub.hub_ip', '10.0.1.4'],
  [`c.JupyterHub.hub_port = 54321`, 'JupyterHub.hub_port', 54321],
  [`c.JupyterHub.ssl_key = '/path/to/my.key'`, 'JupyterHub.ssl_key', '/path/to/my.key'],
  [`c.JupyterHub.ssl_cert = '/path/to/my.cert'`, 'JupyterHub.ssl_cert', '/path/to/my.cert'],
  [`c.JupyterHub.pid_file = '/run/jupyterhub/hub.pid'`, 'JupyterHub.pid_file', '/run/jupyterhub/hub.pid'],
  [`c.JupyterHub.db_url = 'sqlite:///jupyterhub.sqlite'`, 'JupyterHub.db_url', 'sqlite:///jupyterhub.sqlite'],
  [`c.ConfigurableHTTPProxy.pid_file = '/run/proxy.pid'`, 'ConfigurableHTTPProxy.pid_file', '/run/proxy.pid'],
  [`c.Authenticator.admin_users = {'mal', 'zoe'}`, 'PAMAuthenticator.admin_users', ['mal', 'zoe']],
  [`c.LocalAuthenticator.create_system_users = True`, 'PAMAuthenticator.create_system_users', true],
  [`c.Spawner.notebook_dir = '~/notebooks'`, 'LocalProcessSpawner.notebook_dir', '~/notebooks'],
  [`c.Spawner.args = ['--debug', '--profile=PHYS131']`, 'LocalProcessSpawner.args', ['--debug', '--profile=PHYS131']],
  [
    `c.Spawner.args = ['--NotebookApp.default_url=/notebooks/Welcome.ipynb']`,
    'LocalProcessSpawner.args',
    ['--NotebookApp.default_url=/notebooks/Welcome.ipynb'],
  ],
  [`c.Application.show_config = True`, 'JupyterHub.show_config', true],
  [
    `c.JupyterHub.services = [\n    {\n        'name': 'idle-culler',\n        'admin': True,\n        'command': [\n            sys.executable,\n            '-m', 'jupyterhub_idle_culler',\n            '--timeout=3600'\n        ],\n    }\n]`,
    'JupyterHub.services',
    [
      {
        name: 'idle-culler',
        admin: true,
        command: [expect.stringContaining('python'), '-m', 'jupyterhub_idle_culler', '--timeout=3600'],
      },
    ],
  ],
])('%s is taken as it stands, without a warning', async (line, path, value) => {
  const config = await load(line)
  expect(config.warnings).toEqual([])
  expect(valueAt(config, path)).toEqual(value)
})

test.each([
  ['sudospawner.SudoSpawner', 'SudoSpawner'],
  ['systemdspawner.SystemdSpawner', 'SystemdSpawner'],
  ['jupyterhub.spawner.LocalProcessSpawner', 'LocalProcessSpawner'],
])('the spawner class %s of the Python packages is ours', async (name, ours) => {
  const config = await load(`c.JupyterHub.spawner_class = '${name}'`)
  expect(config.classes.map((each) => each.name)).toContain(ours)
  expect((valueAt(config, 'JupyterHub.spawner_class') as { name: string }).name).toBe(ours)
})

test('None for a key of TLS is refused, as ever; to leave it out is the way', async () => {
  await expect(load('c.JupyterHub.ssl_key = None')).rejects.toThrow('JupyterHub.ssl_key')
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ClassRegistry,
  ConfigError,
  defineConfigurable,
  kind,
  type LoadedConfig,
  loadConfig,
  type LoadOptions,
  trait,
} from '../src/index.js'

export const Application = defineConfigurable({
  name: 'Application',
  help: 'What every command has.',
  traits: {
    log_level: trait.enumeration(['DEBUG', 'INFO', 'WARN', 'ERROR', 10, 20, 30, 40], {
      default: 30,
      help: 'Threshold of the log.',
    }),
    show_config: trait.bool({ default: false, help: 'Print the configuration instead of starting.' }),
  },
})

export const JupyterHub = defineConfigurable({
  name: 'JupyterHub',
  help: 'The hub.',
  parent: Application,
  formerNames: ['JupyterHubApp'],
  defaults: { log_level: 20 },
  removed: { statsd_host: 'removed in 6.0; scrape /hub/metrics instead.' },
  traits: {
    config_file: trait.str({ default: 'jupyterhub_config.py', help: 'The file to load.' }),
    generate_config: trait.bool({ default: false, help: 'Write a default file.' }),
    ip: trait.str({ default: '', help: 'Address to listen on; all when empty.' }),
    port: trait.int({
      default: 8000,
      help: 'Port to listen on.',
      validate: (port) => (port < 0 || port > 65535 ? 'a port is between 0 and 65535.' : undefined),
    }),
    base_url: trait.prefix({ default: '/', help: 'Prefix of everything.' }),
    bind_url: trait.str({
      default: (values) => `http://${String(values['ip'])}:${String(values['port'])}`,
      help: 'Where to listen, as a URL.',
    }),
    cookie_max_age_days: trait.float({ default: 14, unit: 'days', help: 'How long a login lasts.' }),
    cookie_secret: trait.secretBytes({ default: '', help: 'Signs cookies.' }),
    services: trait.list(kind.dict(kind.any()), { default: [], help: 'Services | helpers of the hub.' }),
    api_tokens: trait.dict(kind.str, { default: {}, help: 'Tokens by user.', sensitive: true }),
    db_url: trait.str({ default: 'sqlite:///jupyterhub.sqlite', help: 'The database.' }),
    spawner_class: trait.classRef<typeof Local | typeof Simple>('spawner', {
      default: 'localprocess',
      help: 'How servers are started.',
    }),
    proxy_auth_token: trait.secret({
      default: '',
      help: 'Shared with the proxy.',
      deprecated: { since: '0.8', use: 'Proxy.auth_token' },
    }),
    proxy_api_ip: trait.str({
      default: '',
      help: 'Where the proxy listens.',
      deprecated: { since: '0.8', use: 'Proxy.api_url', apply: proxyUrl },
    }),
    proxy_api_port: trait.int({
      default: 0,
      help: 'Where the proxy listens.',
      deprecated: { since: '0.8', use: 'Proxy.api_url', apply: proxyUrl },
    }),
    named_server_limit: trait.oneOf([kind.int, kind.callable<(user: string) => number>()], {
      default: 0,
      help: 'Limit, or a function of the user.',
    }),
  },
})

function proxyUrl(_value: unknown, read: (name: string) => unknown): Record<string, unknown> {
  const text = (value: unknown, missing: string): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : missing
  return {
    'Proxy.api_url': `http://${text(read('proxy_api_ip'), '127.0.0.1')}:${text(read('proxy_api_port'), '8001')}`,
  }
}

export const Proxy = defineConfigurable({
  name: 'Proxy',
  help: 'The proxy.',
  aliases: ['jupyterhub.proxy.Proxy'],
  traits: {
    auth_token: trait.secret({
      default: (_values, { env }) => env['CONFIGPROXY_AUTH_TOKEN'] ?? '',
      defaultText: 'CONFIGPROXY_AUTH_TOKEN of the environment',
      help: 'Shared secret.',
    }),
    api_token: trait.secret({ default: '', aliasOf: 'auth_token', help: '' }),
    api_url: trait.str({ default: 'http://127.0.0.1:8001', help: 'Its REST API. Stands in <angles> and `<code>`.' }),
    log_level: trait.enumeration(['debug', 'info'], { default: 'info', ignoreCase: true, help: 'Its log level.' }),
  },
})

export const Spawner = defineConfigurable({
  name: 'Spawner',
  help: 'Starts servers.',
  traits: {
    cmd: trait.command({ default: ['jupyterhub-singleuser'], nullable: true, help: 'The program to start.' }),
    args: trait.list(kind.str, { default: ['--first'], help: 'Appended to cmd.' }),
    environment: trait.oneOf([kind.dict(kind.str), kind.callable<(spawner: unknown) => Record<string, string>>()], {
      default: { FROM: 'default' },
      help: 'Extra environment.',
    }),
    mem_limit: trait.bytespec({ default: null, nullable: true, unit: 'bytes', help: 'Memory of a server.' }),
    cpu_limit: trait.float({ default: null, nullable: true, help: 'Processors of a server.' }),
    notebook_dir: trait.str({
      default: '',
      expandTilde: false,
      help: 'Where the server starts; ~ is the user’s home.',
    }),
    start_timeout: trait.int({ default: 60, unit: 's', help: 'Limit for starting.\n\nLonger paragraphs wrap.' }),
    debug: trait.bool({ default: false, help: 'Verbose servers.' }),
    pre_spawn_hook: trait.callable<(spawner: unknown) => unknown>({
      default: null,
      nullable: true,
      help: 'Called before a start.',
    }),
  },
})

export const LocalProcessSpawner = defineConfigurable({
  name: 'LocalProcessSpawner',
  help: 'Starts processes.',
  parent: Spawner,
  aliases: ['jupyterhub.spawner.LocalProcessSpawner'],
  defaults: { args: ['--local'] },
  traits: { kill_timeout: trait.int({ default: 5, unit: 's', since: '6.0', help: 'Wait after SIGKILL.' }) },
})

export const SimpleSpawner = defineConfigurable({
  name: 'SimpleSpawner',
  help: 'Starts processes without changing the user.',
  parent: LocalProcessSpawner,
  fixed: { debug: true },
  traits: { home_dir_template: trait.str({ default: '/tmp/{username}', help: 'Home of the server.' }) },
})

export const Authenticator = defineConfigurable({
  name: 'Authenticator',
  help: 'Who may log in.',
  traits: {
    allowed_users: trait.set(kind.str, { default: [], help: 'Names that may log in.' }),
    whitelist: trait.set(kind.str, { default: [], help: '', deprecated: { since: '1.2', use: 'allowed_users' } }),
    admin_users: trait.set(kind.str, { default: ['root'], help: 'Names of admins.' }),
    allow_existing_users: trait.bool({
      default: (values) => values['allowed_users'] instanceof Set && values['allowed_users'].size > 0,
      help: 'Whether known users may log in.',
    }),
  },
})

export class Local {
  static readonly configurable = LocalProcessSpawner
}
export class Simple {
  static readonly configurable = SimpleSpawner
}

export const spawners: ClassRegistry = {
  kind: 'spawner',
  names: { localprocess: Local, simple: { load: () => Promise.resolve(Simple), configurable: SimpleSpawner } },
}

export const classes = [JupyterHub, Spawner, Authenticator, Proxy]
export const flags = { debug: { set: { 'Application.log_level': 10 }, help: 'Log everything.' } }
export const aliases = {
  f: 'JupyterHub.config_file',
  config: 'JupyterHub.config_file',
  port: 'JupyterHub.port',
  'log-level': 'Application.log_level',
}

/** A folder of its own with these files. */
export async function folder(
  files: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'hub-config-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

type Options = Partial<LoadOptions> & { readonly files?: Readonly<Record<string, string>> }

/** Loads in a folder of its own. */
export async function load({ files = {}, ...options }: Options = {}): Promise<LoadedConfig> {
  await using here = await folder(files)
  const env = { PATH: process.env['PATH'], HOME: '/home/hub' }
  return await loadConfig({ classes, plugins: [spawners], flags, aliases, cwd: here.path, env, ...options })
}

export async function loadPython(text: string, options: Options = {}): Promise<LoadedConfig> {
  return load({ ...options, files: { 'jupyterhub_config.py': text, ...options.files } })
}

/** What a load that must fail is refused with. */
export async function refusal(loading: Promise<unknown>): Promise<ConfigError> {
  const outcome: unknown = await loading.then(
    () => new Error('nothing was refused'),
    (error: unknown) => error,
  )
  if (outcome instanceof ConfigError) return outcome
  throw outcome
}

import { defineConfigurable, kind, trait } from '@hub/config'

/** Options of whatever proxy the hub drives. */
export const proxyConfigurable = defineConfigurable({
  name: 'Proxy',
  help: 'The proxy in front of hub and servers.',
  aliases: ['jupyterhub.proxy.Proxy'],
  traits: {
    should_start: trait.bool({
      default: true,
      help: 'The hub starts and stops the proxy. False: it runs on its own and shares CONFIGPROXY_AUTH_TOKEN.',
    }),
    extra_routes: trait.dict(kind.str, {
      default: {},
      help: 'More routes: path → URL of what is to be reached there.',
    }),
  },
})

/** Options of the proxy that is driven over the REST API of configurable-http-proxy. */
export const configurableHttpProxy = defineConfigurable({
  name: 'ConfigurableHTTPProxy',
  parent: proxyConfigurable,
  help: 'A configurable-http-proxy: ours, or the npm package.',
  aliases: ['jupyterhub.proxy.ConfigurableHTTPProxy'],
  traits: {
    command: trait.command({
      default: 'configurable-http-proxy',
      help: 'Command that starts the proxy. By its bare name the one installed beside the hub is found first.',
    }),
    api_url: trait.str({
      default: 'http://127.0.0.1:8001',
      help: "Where the proxy's API listens; http+unix://%2Fpath for a socket.",
    }),
    auth_token: trait.secret({
      default: null,
      nullable: true,
      defaultText: 'CONFIGPROXY_AUTH_TOKEN, else made by the hub',
      help: "Secret that guards the proxy's API (openssl rand -hex 32).",
    }),
    api_token: trait.secret({
      default: null,
      nullable: true,
      help: 'The name that some guides give auth_token.',
      deprecated: { since: '0.8', use: 'auth_token' },
    }),
    check_running_interval: trait.int({
      default: 1,
      unit: 's',
      help: 'How often the hub looks whether the proxy is there.',
    }),
    pid_file: trait.str({
      default: 'jupyterhub-proxy.pid',
      help: "File to note the proxy's process number in. Empty: none.",
    }),
    log_level: trait.enumeration(['debug', 'info', 'warn', 'error'], {
      default: 'info',
      ignoreCase: true,
      help: 'What the proxy logs.',
    }),
    debug: trait.bool({ default: false, help: 'Same as log_level = debug.' }),
    concurrency: trait.int({ default: 10, help: 'Requests to the API under way at once.' }),
    command_umask: trait.int({ default: 0o007, since: '6.0', help: 'umask of the proxy process.' }),
  },
})

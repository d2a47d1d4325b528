import { kind, trait } from '@hub/config'
import type { SubdomainHook } from '../subdomains.js'

/** Where the hub and its proxy listen, and how others reach them. */
export const addressTraits = {
  bind_url: trait.str({
    default: '',
    defaultText: 'http://:8000',
    help: 'Where people reach the hub: scheme, address, port and path the proxy listens at. ip, port and base_url win over its parts.',
  }),
  ip: trait.str({ default: '', help: "Address the proxy listens on for people; '' means every interface." }),
  port: trait.int({ default: 8000, help: 'Port the proxy listens on for people.' }),
  base_url: trait.prefix({ default: '/', help: 'Path that everything is served under.' }),
  public_url: trait.str({
    default: '',
    since: '5.0',
    help: 'The URL people type, when it cannot be guessed from their requests: behind another proxy, for instance.',
  }),
  subdomain_host: trait.str({
    default: '',
    help: 'Give every user a host name of their own below this one (https://hub.example.org).',
  }),
  subdomain_hook: trait.oneOf([kind.callable<SubdomainHook>(), kind.str], {
    default: 'idna',
    since: '5.0',
    help: 'How host names below subdomain_host are made: idna, legacy (as before release 5), or a function of name, domain and kind (user or service).',
    validate: (value) =>
      typeof value === 'function' || value === 'idna' || value === 'legacy'
        ? undefined
        : 'Give idna, legacy, or a function.',
  }),
  ssl_key: trait.str({ default: '', help: 'Private key for https, a file in PEM format, handed to the proxy.' }),
  ssl_cert: trait.str({
    default: '',
    help: 'Certificate for https with its chain, a file in PEM format; it may contain the key too.',
  }),
  trusted_downstream_ips: trait.list(kind.str, {
    default: [],
    help: 'Addresses of your own proxies in front of the hub; they are skipped when the address of a browser is looked for.',
  }),
  confirm_no_ssl: trait.bool({
    default: false,
    help: 'Once needed to run without https.',
    deprecated: { since: '0.9', note: 'it has no effect' },
  }),
  hub_ip: trait.str({
    default: '127.0.0.1',
    help: "Address the hub itself listens on, for proxy and servers; '' means every interface.",
  }),
  hub_port: trait.int({ default: 8081, help: 'Port the hub itself listens on.' }),
  hub_bind_url: trait.str({
    default: '',
    help: 'Where the hub itself listens, as a URL; wins over hub_ip and hub_port.',
  }),
  hub_socket_mode: trait.int({
    default: 0o600,
    since: '6.0',
    help: 'File mode of the Unix socket the hub listens on.',
  }),
  hub_connect_ip: trait.str({
    default: '',
    defaultText: "hub_ip, or this machine's name when the hub listens on every interface",
    help: 'Host under which proxy and servers reach the hub.',
  }),
  hub_connect_url: trait.str({
    default: '',
    help: 'URL under which proxy and servers reach the hub; wins over hub_connect_ip.',
  }),
  hub_routespec: trait.str({
    default: '',
    defaultText: 'base_url, or / with subdomain_host',
    help: "Path that the proxy sends to the hub when no server's path fits better.",
  }),
  proxy_class: trait.classRef<unknown>('proxy', {
    default: 'configurable-http-proxy',
    help: 'Kind of proxy. There is one: a configurable-http-proxy, ours or the npm package.',
  }),
  proxy_auth_token: trait.secret({
    default: null,
    nullable: true,
    help: 'Secret shared with the proxy.',
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.auth_token' },
  }),
  proxy_api_ip: trait.str({
    default: '',
    help: "Address of the proxy's API.",
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.api_url', apply: proxyApiUrl },
  }),
  proxy_api_port: trait.int({
    default: 0,
    help: "Port of the proxy's API.",
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.api_url', apply: proxyApiUrlByPort },
  }),
  proxy_cmd: trait.command({
    default: [],
    help: 'Command that starts the proxy.',
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.command' },
  }),
}

function proxyApiUrl(ip: unknown, read: (trait: string) => unknown): Record<string, unknown> {
  const publicPort = Number(read('port') ?? 8000)
  const port = Number(read('proxy_api_port') ?? 0) || publicPort + 1
  return { 'ConfigurableHTTPProxy.api_url': `http://${textOf(ip) || '127.0.0.1'}:${port}` }
}

function proxyApiUrlByPort(port: unknown, read: (trait: string) => unknown): Record<string, unknown> {
  const ip = textOf(read('proxy_api_ip')) || '127.0.0.1'
  return { 'ConfigurableHTTPProxy.api_url': `http://${ip}:${Number(port)}` }
}

/** What was set may be of any kind still; a wrong one is reported elsewhere. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What a flag takes. `repeat`: may be given several times. */
export type FlagKind = 'text' | 'port' | 'milliseconds' | 'count' | 'choice' | 'switch' | 'repeat' | 'level'

export interface Flag {
  /** As it is typed, without the dashes. */
  readonly name: string
  readonly kind: FlagKind
  /** What stands for the value in the help; none for switches. */
  readonly value?: string
  readonly help: string
  /** What a `choice` may be. */
  readonly choices?: readonly string[]
}

const choice = (name: string, choices: readonly string[], help: string): Flag => ({
  ...{ name, kind: 'choice', choices, help },
  value: `<${choices.join('|')}>`,
})
const text = (name: string, value: string, help: string): Flag => ({ name, kind: 'text', value, help })
const port = (name: string, help: string): Flag => ({ name, kind: 'port', value: '<port>', help })
const flag = (name: string, help: string): Flag => ({ name, kind: 'switch', help })
const count = (name: string, help: string): Flag => ({ name, kind: 'count', value: '<n>', help })
const milliseconds = (name: string, help: string): Flag => ({ name, kind: 'milliseconds', value: '<ms>', help })

/** Every flag there is. Parsing, `--help` and the reference page are made of this table. */
export const flags: readonly Flag[] = [
  text('ip', '<address>', 'Address or host name the proxy listens on. Default: all interfaces'),
  port('port', 'Port the proxy listens on. Default: 8000'),
  text('socket', '<path>', 'Unix socket the proxy listens on, instead of an address and port'),
  text('ssl-key', '<file>', 'Private key (PEM) for https; passphrase in CONFIGPROXY_SSL_KEY_PASSPHRASE'),
  text('ssl-cert', '<file>', 'Certificate with its chain (PEM) for https; it may contain the key'),
  text('ssl-ca', '<file>', 'Authorities that client certificates are checked against'),
  flag('ssl-request-cert', 'Ask clients for a certificate; without an acceptable one they are refused'),
  flag('ssl-reject-unauthorized', 'Refuse clients without an acceptable certificate'),
  text('ssl-protocol', '<name>', 'TLS version to speak, and no other: TLSv1_2 or TLSv1_3'),
  text('ssl-min-version', '<name>', 'Oldest TLS version to speak: TLSv1_2 or TLSv1_3. Default: TLSv1_2'),
  {
    name: 'ssl-sni',
    kind: 'repeat',
    value: '<name=cert[,key]>',
    help: 'Certificate for clients that ask for this host name, *.example.org for all below; may be repeated',
  },
  text('ssl-ciphers', '<list>', 'Ciphers to offer, separated by colons'),
  flag('ssl-allow-rc4', 'Accepted, without effect: RC4 is not to be had any more'),
  text('ssl-dhparam', '<file>', 'Diffie-Hellman parameters (PEM)'),
  text('api-ip', '<address>', 'Address the REST API listens on. Default: localhost'),
  port('api-port', 'Port the REST API listens on. Default: one above --port, 8001 with --socket'),
  text('api-socket', '<path>', 'Unix socket the REST API listens on'),
  text('api-ssl-key', '<file>', 'Private key for the API; passphrase in CONFIGPROXY_API_SSL_KEY_PASSPHRASE'),
  text('api-ssl-cert', '<file>', 'Certificate for the API'),
  text('api-ssl-ca', '<file>', 'Authorities that clients of the API are checked against'),
  flag('api-ssl-request-cert', 'Ask clients of the API for a certificate'),
  flag('api-ssl-reject-unauthorized', 'Refuse clients of the API without an acceptable certificate'),
  text('client-ssl-key', '<file>', 'Private key shown to https targets'),
  text('client-ssl-cert', '<file>', 'Certificate shown to https targets'),
  text('client-ssl-ca', '<file>', 'Authorities that https targets are checked against'),
  flag('client-ssl-request-cert', 'Accepted, without effect'),
  flag('client-ssl-reject-unauthorized', 'Accepted, without effect: targets are always checked, unless --insecure'),
  text('default-target', '<url>', 'Where requests go that no route fits: a route / at the start'),
  text('error-target', '<url>', 'Server to ask for the page of an error: GET <url>/<status>?url=<request>'),
  text('error-path', '<folder>', 'Folder with <status>.html and error.html. Default: built-in pages'),
  port('redirect-port', 'Port that leads http requests to https'),
  port('redirect-to', 'Port named in those redirects. Default: the port of the proxy'),
  text('pid-file', '<file>', "File to write the process's number to"),
  flag('no-x-forward', 'Leave X-Forwarded-* headers alone'),
  choice(
    'x-forward',
    ['append', 'replace', 'keep'],
    'What to do with the X-Forwarded-* headers a client sends: append ours, replace them, or keep theirs. Default: append',
  ),
  text(
    'trusted-proxies',
    '<list>',
    "Front servers whose X-Forwarded-* headers are believed: addresses, networks, unix, separated by commas; everybody else's are replaced. Default: believe all",
  ),
  flag('no-prepend-path', "Do not put the path of a target before the request's"),
  flag('no-include-prefix', 'Cut the path of the route off before the request is passed on'),
  flag('auto-rewrite', "Put the client's host into redirects that name the target"),
  text('protocol-rewrite', '<scheme>', 'Put this scheme into redirects that name the target'),
  flag('change-origin', 'Make the Host header that of the target'),
  {
    name: 'custom-header',
    kind: 'repeat',
    value: '<name: value>',
    help: 'Header to set on every request; may be repeated',
  },
  flag('insecure', 'Do not check the certificates of https targets'),
  flag('host-routing', 'Choose routes by host first: /<host>/<path>'),
  text('metrics-ip', '<address>', 'Address metrics are served on. Default: all interfaces'),
  port('metrics-port', 'Port metrics are served on. Default: none; 0 picks a free one'),
  text('metrics-socket', '<path>', 'Unix socket metrics are served on'),
  { name: 'log-level', kind: 'level', value: '<level>', help: 'debug, info, warn or error. Default: info' },
  milliseconds('timeout', 'Close client connections that are silent for this long within a request. Default: never'),
  milliseconds('proxy-timeout', 'Give up on targets that are silent for this long. Default: never'),
  milliseconds('keep-alive-timeout', 'Close idle client connections after this. Default: 5000'),
  milliseconds(
    'stall-timeout',
    'Cut off who stands still in the middle of a request or an answer for this long; 0: never. Default: 300000',
  ),
  count(
    'max-requests-per-client',
    'Requests and WebSockets of one client at once; more are answered 429. Default: no limit',
  ),
  count(
    'max-requests-per-route',
    'Requests and WebSockets for one route at once; more are answered 503. Default: no limit',
  ),
  count('max-connections-per-client', 'Connections of one client at once; more are closed. Default: no limit'),
  text(
    'storage-backend',
    '<module|url>',
    'What keeps the routes: a module, or the URL of a server that several proxies share, redis://… or postgres://…; the words redis and postgres take the URL from CONFIGPROXY_STORAGE_URL. Default: in memory',
  ),
  text('routes-file', '<file>', 'File that keeps the routes over a restart'),
  milliseconds('drain-timeout', 'Let requests under way finish for this long after SIGTERM. Default: 1500'),
  choice('log-format', ['text', 'json'], 'What lines of the log look like. Default: text'),
  choice('access-log', ['combined', 'json'], 'Log each request, without its query. Default: no'),
  text('access-log-file', '<file>', 'File for the access log; opened anew on SIGHUP. Default: standard output'),
  {
    name: 'workers',
    kind: 'count',
    value: '<n>',
    help: 'Processes that serve the public port; above 1 the API and the table are in one more. Default: 1',
  },
]

export const environmentVariables: readonly { readonly name: string; readonly help: string }[] = [
  {
    name: 'CONFIGPROXY_AUTH_TOKEN',
    help: 'Token that callers of the API must show. Without it, everybody may change the routes',
  },
  { name: 'CONFIGPROXY_SSL_KEY_PASSPHRASE', help: 'Passphrase of --ssl-key' },
  { name: 'CONFIGPROXY_API_SSL_KEY_PASSPHRASE', help: 'Passphrase of --api-ssl-key' },
  {
    name: 'CONFIGPROXY_STORAGE_URL',
    help: 'URL for --storage-backend redis or postgres, so that its password is not on the command line',
  },
]

/** The answer to `--help`. */
export function helpText(): string {
  const left = (each: Flag): string => `  --${each.name}${each.value === undefined ? '' : ` ${each.value}`}`
  const width = Math.max(...flags.map((each) => left(each).length)) + 2
  const lines = flags.map((each) => `${left(each).padEnd(width)}${each.help}`)
  const variables = environmentVariables.map(({ name, help }) => `  ${name.padEnd(width - 2)}${help}`)
  return [
    'Usage: configurable-http-proxy [options]',
    '',
    'Forwards http requests and WebSockets by the longest prefix of their path; routes are changed over a REST API.',
    '',
    'Options:',
    `${'  -V, --version'.padEnd(width)}Print the version`,
    `${'  -h, --help'.padEnd(width)}Print this help`,
    ...lines,
    '',
    'Environment:',
    ...variables,
    '',
  ].join('\n')
}

/** Reference page in Markdown. */
export function flagReference(): string {
  const cell = (content: string): string => content.replaceAll('|', '\\|')
  return [
    '| flag | value | effect |',
    '|---|---|---|',
    ...flags.map(
      (each) =>
        `| \`--${each.name}\` | ${each.value === undefined ? '' : `\`${cell(each.value)}\``} | ${cell(each.help)} |`,
    ),
    '',
    '| environment variable | effect |',
    '|---|---|',
    ...environmentVariables.map(({ name, help }) => `| \`${name}\` | ${cell(help)} |`),
    '',
  ].join('\n')
}

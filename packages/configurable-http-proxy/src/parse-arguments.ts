import { parseLogLevel } from '@hub/daemon'
import { flags } from './flags.js'
import { chosen, lenientPort, milliseconds, portNumber, UsageError, wholeNumber, type Given } from './given.js'
import { defaultOptions, type ListenPlace, type ProxyOptions, type TlsOptions } from './options.js'
import { publicOptions, sniHosts } from './public-options.js'

type Environment = Readonly<Record<string, string | undefined>>

export type Parsed =
  | { readonly wants: 'help' | 'version' }
  | { readonly wants: 'run'; readonly options: ProxyOptions; readonly warnings: readonly string[] }

/** @throws {@link UsageError} */
export async function parseArguments(argv: readonly string[], environment: Environment): Promise<Parsed> {
  const { default: yargs } = await import('yargs')
  const switches = flags.filter(({ kind }) => kind === 'switch').map(({ name }) => name)
  const valued = flags.filter(({ kind }) => kind !== 'switch').map(({ name }) => name)
  const parsed = yargs([...argv])
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
    })
    .string(valued)
    .boolean([...switches, 'help', 'version'])
    .requiresArg(valued)
    .alias({ h: 'help', V: 'version' })
    .help(false)
    .version(false)
    .strictOptions()
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof UsageError ? error : new UsageError(readable(message, argv))
    })
    .parseSync()
  if (parsed['help'] === true) return { wants: 'help' }
  if (parsed['version'] === true) return { wants: 'version' }
  const stray = parsed._[0]
  if (stray !== undefined) throw new UsageError(`unexpected argument '${String(stray)}'`)
  const given = new Map<string, readonly string[]>()
  for (const { name } of flags) {
    const value: unknown = parsed[name]
    if (value === undefined || value === false) continue
    given.set(name, [value].flat().map(String))
  }
  return { wants: 'run', ...optionsOf(given, environment) }
}

/** yargs names options without the dashes that were typed. */
function readable(message: string | undefined, argv: readonly string[]): string {
  const valueless = /^Not enough arguments following: (.*)$/.exec(message ?? '')?.[1]
  if (valueless !== undefined) return `option '--${valueless}' needs a value`
  const unknown = /^Unknown arguments?: (.*)$/.exec(message ?? '')?.[1]?.split(', ')[0]
  if (unknown === undefined) return (message ?? 'the command line cannot be understood').replace(/\s+/g, ' ')
  const typed = argv.find((word) => word.replace(/^-+/, '').split('=')[0] === unknown) ?? `--${unknown}`
  return `unknown option '${typed.split('=')[0] ?? typed}'`
}

function optionsOf(given: Given, environment: Environment): { options: ProxyOptions; warnings: readonly string[] } {
  const warnings: string[] = []
  const text = (name: string): string | undefined => given.get(name)?.at(-1)
  const has = (name: string): boolean => given.has(name)
  const set = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
    value === undefined ? {} : ({ [key]: value } as Record<K, string>) // a computed key forgets its type
  if (has('socket') && (has('port') || has('ip')))
    throw new UsageError('--socket cannot be used together with --port or --ip')
  if (has('error-target') && has('error-path'))
    throw new UsageError('--error-target and --error-path cannot be used together')
  const listen = listenPlace(given, warnings)
  const hosts = sniHosts(given)
  const mainTls = tlsOptions(given, 'ssl', environment['CONFIGPROXY_SSL_KEY_PASSPHRASE'])
  if (hosts.length > 0 && mainTls === undefined)
    throw new UsageError('--ssl-sni needs --ssl-key and --ssl-cert, for clients that ask for no name or another')
  const tls = mainTls && (hosts.length > 0 ? { ...mainTls, hosts } : mainTls)
  const apiTls = tlsOptions(given, 'api-ssl', environment['CONFIGPROXY_API_SSL_KEY_PASSPHRASE'])
  const clientTls = tlsOptions(given, 'client-ssl', undefined)
  const redirectPort = portNumber(given, 'redirect-port')
  if (redirectPort !== undefined && tls === undefined)
    throw new UsageError('--redirect-port needs --ssl-key and --ssl-cert')
  const level = text('log-level') === undefined ? 'info' : parseLogLevel(text('log-level') ?? '')
  if (level === undefined || level === 'silent')
    throw new UsageError(`--log-level must be debug, info, warn or error, not '${text('log-level') ?? ''}'`)
  const metrics = metricsPlace(given)
  const storageBackend = storageNamed(text('storage-backend'), environment['CONFIGPROXY_STORAGE_URL'])
  if (has('routes-file') && storageBackend !== undefined)
    throw new UsageError('--routes-file and --storage-backend cannot be used together')
  if (has('access-log-file') && !has('access-log')) throw new UsageError('--access-log-file needs --access-log')
  const options: ProxyOptions = {
    ...defaultOptions,
    listen,
    api: apiPlace(given, listen),
    authToken: environment['CONFIGPROXY_AUTH_TOKEN'] ?? '',
    insecure: has('insecure'),
    ...publicOptions(given),
    prependPath: !has('no-prepend-path'),
    includePrefix: !has('no-include-prefix'),
    autoRewrite: has('auto-rewrite'),
    changeOrigin: has('change-origin'),
    customHeaders: customHeaders(given.get('custom-header') ?? []),
    hostRouting: has('host-routing'),
    logLevel: level,
    clientTimeoutMs: milliseconds(given, 'timeout') ?? 0,
    targetTimeoutMs: milliseconds(given, 'proxy-timeout') ?? 0,
    keepAliveTimeoutMs: milliseconds(given, 'keep-alive-timeout') ?? defaultOptions.keepAliveTimeoutMs,
    ...(tls === undefined ? {} : { tls }),
    ...(apiTls === undefined ? {} : { apiTls }),
    ...(clientTls === undefined ? {} : { clientTls }),
    ...tlsVersion(text('ssl-protocol'), text('ssl-min-version')),
    ...set('ciphers', text('ssl-ciphers')),
    ...set('dhparam', text('ssl-dhparam')),
    ...set('defaultTarget', text('default-target')),
    ...set('errorTarget', text('error-target')),
    ...set('errorPath', text('error-path')),
    ...set('protocolRewrite', text('protocol-rewrite')),
    ...set('storageBackend', storageBackend),
    ...set('routesFile', text('routes-file')),
    drainMs: wholeNumber(given, 'drain-timeout', 0) ?? defaultOptions.drainMs,
    logFormat: chosen(given, 'log-format', ['text', 'json']) ?? defaultOptions.logFormat,
    workers: wholeNumber(given, 'workers', 1) ?? defaultOptions.workers,
    ...accessLog(given),
    ...set('pidFile', text('pid-file')),
    ...(redirectPort === undefined ? {} : { redirect: { port: redirectPort, to: portNumber(given, 'redirect-to') } }),
    ...(metrics === undefined ? {} : { metrics }),
  }
  return { options, warnings }
}

function listenPlace(given: Given, warnings: string[]): ListenPlace {
  const socket = given.get('socket')?.at(-1)
  if (socket !== undefined) return { socket }
  const ip = given.get('ip')?.at(-1) ?? ''
  if (ip === '*') warnings.push("Interpreting --ip='*' as all interfaces. Leave --ip out for that.")
  return { host: ip === '*' ? '' : ip, port: lenientPort(given, 'port') ?? 8000 }
}

function apiPlace(given: Given, listen: ListenPlace): ListenPlace {
  const socket = given.get('api-socket')?.at(-1)
  if (socket !== undefined) return { socket }
  const standard = 'port' in listen ? listen.port + 1 : 8001
  return { host: given.get('api-ip')?.at(-1) ?? 'localhost', port: lenientPort(given, 'api-port') ?? standard }
}

function metricsPlace(given: Given): ListenPlace | undefined {
  const socket = given.get('metrics-socket')?.at(-1)
  if (socket !== undefined) return { socket }
  const port = portNumber(given, 'metrics-port')
  return port === undefined ? undefined : { host: given.get('metrics-ip')?.at(-1) ?? '', port }
}

function tlsOptions(given: Given, prefix: string, passphrase: string | undefined): TlsOptions | undefined {
  const file = (name: string): string | undefined => given.get(`${prefix}-${name}`)?.at(-1)
  const [key, cert, ca] = [file('key'), file('cert'), file('ca')]
  if (key === undefined && cert === undefined && (ca === undefined || prefix !== 'client-ssl')) return undefined
  if (key !== undefined && cert === undefined) throw new UsageError(`--${prefix}-key needs --${prefix}-cert`)
  return {
    ...(key === undefined ? {} : { key }),
    ...(cert === undefined ? {} : { cert }),
    ...(ca === undefined ? {} : { ca }),
    ...(passphrase === undefined ? {} : { passphrase }),
    requestCert: given.has(`${prefix}-request-cert`),
    rejectUnauthorized: given.has(`${prefix}-reject-unauthorized`) || given.has(`${prefix}-request-cert`),
  }
}

function tlsVersion(
  only: string | undefined,
  least: string | undefined,
): Pick<ProxyOptions, 'tlsVersion' | 'tlsMinVersion'> {
  if (only !== undefined && least !== undefined)
    throw new UsageError('--ssl-protocol and --ssl-min-version cannot be used together')
  if (least !== undefined) return { tlsMinVersion: versionNamed('ssl-min-version', least) }
  // OpenSSL's names for "any version".
  if (only === undefined || only === 'TLS' || only === 'SSLv23') return {}
  return { tlsVersion: versionNamed('ssl-protocol', only) }
}

function versionNamed(flag: string, name: string): 'TLSv1.2' | 'TLSv1.3' {
  if (name === 'TLSv1_2') return 'TLSv1.2'
  if (name === 'TLSv1_3') return 'TLSv1.3'
  throw new UsageError(`--${flag} must be TLSv1_2 or TLSv1_3, not '${name}'`)
}

function storageNamed(name: string | undefined, url: string | undefined): string | undefined {
  if (name !== 'redis' && name !== 'postgres') return name
  const scheme = name === 'redis' ? /^rediss?:\/\// : /^postgres(ql)?:\/\//
  if (url === undefined || !scheme.test(url))
    throw new UsageError(`--storage-backend ${name} needs a URL of ${name}: in the variable CONFIGPROXY_STORAGE_URL`)
  return url
}

function accessLog(given: Given): Pick<ProxyOptions, 'accessLog'> {
  const format = chosen(given, 'access-log', ['combined', 'json'])
  const file = given.get('access-log-file')?.at(-1)
  return format === undefined ? {} : { accessLog: { format, ...(file === undefined ? {} : { file }) } }
}

function customHeaders(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const text of texts) {
    const colon = text.indexOf(':')
    const name = text.slice(0, colon).trim()
    if (colon < 1 || name === '') throw new UsageError(`a colon was expected in custom header: ${text}`)
    headers[name] = text.slice(colon + 1).trim()
  }
  return headers
}

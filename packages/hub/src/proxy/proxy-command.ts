import { access, constants } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { CertificatePaths } from '@hub/api'
import type { Addresses } from '../config/addresses.js'
import { unixSocketPath } from './proxy-probe.js'

export interface ProxyCommandSettings {
  readonly command: readonly string[]
  readonly addresses: Addresses
  readonly apiUrl: string
  readonly logLevel: string
  readonly sslKey: string
  readonly sslCert: string
  /** What the proxy shows to those that use its API, and to servers and hub. */
  readonly internalTls: { readonly proxyApi: CertificatePaths; readonly proxyClient: CertificatePaths } | undefined
}

/** The command line a configurable-http-proxy is started with. */
export async function proxyCommandLine(
  settings: ProxyCommandSettings,
  path: string,
): Promise<readonly [string, ...string[]]> {
  const [program = 'configurable-http-proxy', ...rest] = settings.command
  const { publicBind, urls } = settings.addresses
  const listen =
    'socket' in publicBind
      ? ['--socket', publicBind.socket]
      : [...(publicBind.ip === '' ? [] : ['--ip', publicBind.ip]), '--port', String(publicBind.port)]
  return [
    ...(await findProgram(program, path)),
    ...rest,
    ...listen,
    ...apiFlags(settings.apiUrl),
    ...(urls.subdomains === undefined ? [] : ['--host-routing']),
    '--error-target',
    `${urls.connectUrl}${urls.hubPrefix}error`,
    '--log-level',
    settings.logLevel,
    ...(settings.sslKey === '' ? [] : ['--ssl-key', settings.sslKey]),
    ...(settings.sslCert === '' ? [] : ['--ssl-cert', settings.sslCert]),
    ...(settings.internalTls === undefined
      ? []
      : [...tlsFlags('api', settings.internalTls.proxyApi), ...tlsFlags('client', settings.internalTls.proxyClient)]),
  ]
}

function tlsFlags(family: 'api' | 'client', { keyFile, certFile, caFile }: CertificatePaths): string[] {
  const flag = `--${family}-ssl`
  return [
    ...[`${flag}-key`, keyFile, `${flag}-cert`, certFile, `${flag}-ca`, caFile],
    ...[`${flag}-request-cert`, `${flag}-reject-unauthorized`],
  ]
}

function apiFlags(apiUrl: string): string[] {
  const socket = unixSocketPath(apiUrl)
  if (socket !== undefined) return ['--api-socket', socket]
  const { hostname, port, protocol } = new URL(apiUrl)
  return [
    '--api-ip',
    hostname.replace(/^\[|\]$/g, ''),
    '--api-port',
    port === '' ? (protocol === 'https:' ? '443' : '80') : port,
  ]
}

/** By its bare name, the proxy installed beside the hub goes before one on PATH: it is of the same release. */
async function findProgram(program: string, path: string): Promise<[string, ...string[]]> {
  if (program !== 'configurable-http-proxy') return [program]
  const beside = besideTheHub()
  // Its own first line says the same flag, but is not read when node is named.
  if (beside !== undefined && (await exists(beside))) return [process.execPath, '--max-semi-space-size=4', beside]
  for (const folder of path.split(delimiter)) {
    const candidate = resolve(folder, program)
    if (folder !== '' && (await exists(candidate))) return [candidate]
  }
  return [program]
}

function besideTheHub(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('configurable-http-proxy/package.json')
    return join(dirname(manifest), 'bin', 'configurable-http-proxy.js')
  } catch {
    return undefined
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  )
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { DockerConfig } from './docker-config.js'

type Environment = Readonly<Record<string, string | undefined>>

const clients = new Map<string, Promise<Docker>>()

/** One for each way Docker is reached; dockerode is loaded at the first start only. */
export function dockerClient(config: DockerConfig, env: Environment): Promise<Docker> {
  const key = JSON.stringify([config.client_kwargs, config.tls_config, env['DOCKER_HOST'], env['DOCKER_CERT_PATH']])
  const known = clients.get(key)
  if (known !== undefined) return known
  const client = makeClient(config, env)
  clients.set(key, client)
  client.catch(() => clients.delete(key))
  return client
}

async function makeClient(config: DockerConfig, env: Environment): Promise<Docker> {
  const { default: DockerClient } = await import('dockerode')
  const { base_url: configured } = config.client_kwargs
  const url = typeof configured === 'string' ? configured : (env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock')
  const path = /^(?:http\+)?unix:\/\/(.*)$/.exec(url)?.[1]
  if (path !== undefined) return new DockerClient({ socketPath: `/${path.replace(/^\/+/, '')}` })
  const tls = await tlsFiles(config, env)
  const { hostname, port, protocol } = new URL(url)
  const secure = tls !== undefined || protocol === 'https:'
  return new DockerClient({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? (secure ? 2376 : 2375) : port),
    protocol: secure ? 'https' : 'http',
    ...tls,
  })
}

/** Undefined: without TLS. */
async function tlsFiles(
  config: DockerConfig,
  env: Environment,
): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer } | undefined> {
  const { ca_cert: caFile, client_cert: pair } = config.tls_config
  const [certFile, keyFile] = Array.isArray(pair) ? (pair as unknown[]) : []
  const directory = env['DOCKER_CERT_PATH']
  const isWanted = Object.keys(config.tls_config).length > 0 || (env['DOCKER_TLS_VERIFY'] ?? '') !== ''
  if (!isWanted) return undefined
  const read = async (configured: unknown, name: string): Promise<Buffer | undefined> => {
    const file =
      typeof configured === 'string' ? configured : directory === undefined ? undefined : join(directory, name)
    return file === undefined ? undefined : readFile(file)
  }
  const [ca, cert, key] = await Promise.all([
    read(caFile, 'ca.pem'),
    read(certFile, 'cert.pem'),
    read(keyFile, 'key.pem'),
  ])
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

/** The name of the host that Docker runs on, where it is another one. */
export function dockerHostName(config: DockerConfig, env: Environment): string | undefined {
  const { base_url: configured } = config.client_kwargs
  const url = typeof configured === 'string' ? configured : (env['DOCKER_HOST'] ?? '')
  return /^(tcp|https?):/.test(url) ? new URL(url).hostname : undefined
}

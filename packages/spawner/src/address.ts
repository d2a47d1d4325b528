import type { Log } from '@hub/api'
import type { ServerAddress } from './contract.js'

/** An address in one form. */
export interface ResolvedAddress {
  readonly protocol: 'http' | 'https'
  /** Without brackets; empty for every interface. */
  readonly host: string
  readonly port: number
}

/** What a spawner returned, in one form. Only scheme, host and port of a URL count; its path is the hub's to say. */
export function resolveAddress(address: ServerAddress, internalTls: boolean): ResolvedAddress {
  if (typeof address === 'string' || address instanceof URL) {
    const url = new URL(address)
    const protocol = url.protocol === 'https:' ? 'https' : 'http'
    return { protocol, host: unbracketed(url.hostname), port: Number(url.port) || (protocol === 'https' ? 443 : 80) }
  }
  return {
    protocol: (address.https ?? internalTls) ? 'https' : 'http',
    host: unbracketed(address.host),
    port: address.port,
  }
}

/** Where the hub and the proxy reach a server: one that listens on every interface is reached on this host. */
export function connectOrigin(address: ResolvedAddress): string {
  const host = ['', '0.0.0.0', '::', '*'].includes(address.host) ? '127.0.0.1' : address.host
  return `${address.protocol}://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** `Spawner.ip` as a server is told it. */
export function listenHost(ip: string, log: Log): string {
  const host = unbracketed(ip)
  if (host !== ip) log.warn('Spawner.ip should stand without brackets', { ip })
  return host
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

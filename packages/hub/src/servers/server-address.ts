import type { ServerAddress } from '@hub/spawner'

/** Where a running server is reached, as it is stored. */
export interface ServerAddressParts {
  readonly proto: string
  /** As the spawner said it; an all-interfaces address is connected to by loopback. */
  readonly ip: string
  readonly port: number
  /** The server's own prefix, beginning and ending with `/`. */
  readonly basePath: string
}

/** Of a URL only scheme, host and port count. @throws TypeError for what is no address */
export function addressParts(address: ServerAddress, basePath: string): ServerAddressParts {
  if (typeof address === 'string' || address instanceof URL) {
    const url = new URL(address)
    const proto = url.protocol.slice(0, -1)
    if (proto !== 'http' && proto !== 'https')
      throw new TypeError(`A server's URL must be http or https, not ${url.protocol}`)
    const port = url.port === '' ? (proto === 'https' ? 443 : 80) : Number(url.port)
    return { proto, ip: url.hostname.replace(/^\[|\]$/g, ''), port, basePath }
  }
  const { host, port, https } = address
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`A server's port must be 1 to 65535, not ${port}`)
  return { proto: https === true ? 'https' : 'http', ip: host.replace(/^\[|\]$/g, ''), port, basePath }
}

/** `scheme://host:port` to connect to. */
export function baseUrlOf({ proto, ip, port }: Pick<ServerAddressParts, 'proto' | 'ip' | 'port'>): string {
  const host = ip === '' || ip === '0.0.0.0' || ip === '*' ? '127.0.0.1' : ip === '::' ? '::1' : ip
  return `${proto}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

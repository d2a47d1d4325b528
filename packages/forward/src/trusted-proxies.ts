import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, type Socket } from 'node:net'
import { CodedError } from '@hub/api/base'

export class TrustedProxyError extends CodedError {
  override readonly name = 'TrustedProxyError'
  constructor(entry: string) {
    super(
      'trusted_proxy_unusable',
      500,
      `'${entry}' is no address of a trusted proxy: use an IP address, a network like 10.0.0.0/8, or 'unix'.`,
    )
  }
}

/** Front servers whose word on who asked is believed. */
export class TrustedProxies {
  private readonly addresses = new BlockList()
  private readonly unix: boolean
  /** A connection does not change its other end. */
  private readonly known = new WeakMap<Socket, boolean>()

  /**
   * @param entries - IP addresses, networks (`10.0.0.0/8`), and `unix` for whoever connects to a Unix socket
   * @throws {@link TrustedProxyError}
   */
  constructor(entries: readonly string[]) {
    this.unix = entries.includes('unix')
    for (const entry of entries) if (entry !== 'unix') this.add(entry)
  }

  includes(socket: Socket): boolean {
    let isTrusted = this.known.get(socket)
    if (isTrusted === undefined) {
      const { remoteAddress } = socket
      isTrusted = remoteAddress === undefined ? this.unix : this.has(remoteAddress)
      this.known.set(socket, isTrusted)
    }
    return isTrusted
  }

  /**
   * Who asked: the other end of the connection, or, if that is trusted, the last address in `X-Forwarded-For` that is
   * not. Undefined for a Unix socket nobody speaks for.
   */
  clientOf({ socket, headers }: IncomingMessage): string | undefined {
    if (!this.includes(socket)) return socket.remoteAddress
    // Node joins a header that comes twice.
    const told = String(headers['x-forwarded-for'] ?? '')
    let client = socket.remoteAddress
    for (const each of told.split(',').reverse()) {
      const address = each.trim()
      if (isIP(address) === 0) return client
      client = address
      if (!this.has(address)) return client
    }
    return client
  }

  private has(address: string): boolean {
    const family = isIP(address)
    return family !== 0 && this.addresses.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }

  private add(entry: string): void {
    const [, address = '', bits] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(entry) ?? []
    const family = isIP(address)
    const longest = family === 6 ? 128 : 32
    if (family === 0 || (bits !== undefined && Number(bits) > longest)) throw new TrustedProxyError(entry)
    const type = family === 6 ? 'ipv6' : 'ipv4'
    this.addresses.addSubnet(address, bits === undefined ? longest : Number(bits), type)
  }
}

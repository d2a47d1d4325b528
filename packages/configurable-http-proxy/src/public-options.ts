import type { ForwardedMode } from '@hub/forward'
import { TrustedProxies } from '@hub/forward'
import { chosen, UsageError, wholeNumber, type Given } from './given.js'
import { defaultOptions, type ProxyOptions, type TlsHost } from './options.js'

type PublicOptions = Pick<
  ProxyOptions,
  'xForward' | 'trustedProxies' | 'stallMs' | 'maxPerClient' | 'maxPerRoute' | 'maxConnectionsPerClient'
>

/** What is said of clients: who they are, how much they may ask for at once, and how slow they may be. */
export function publicOptions(given: Given): PublicOptions {
  const limit = (name: string): number => wholeNumber(given, name, 0) ?? 0
  return {
    xForward: forwardedMode(given),
    ...trustedProxies(given),
    stallMs: wholeNumber(given, 'stall-timeout', 0) ?? defaultOptions.stallMs,
    maxPerClient: limit('max-requests-per-client'),
    maxPerRoute: limit('max-requests-per-route'),
    maxConnectionsPerClient: limit('max-connections-per-client'),
  }
}

function forwardedMode(given: Given): ForwardedMode | boolean {
  const mode = chosen(given, 'x-forward', ['append', 'replace', 'keep'])
  const isOff = given.has('no-x-forward')
  if (isOff && mode !== undefined) throw new UsageError('--no-x-forward and --x-forward cannot be used together')
  return mode ?? !isOff
}

function trustedProxies(given: Given): Pick<ProxyOptions, 'trustedProxies'> {
  const texts = given.get('trusted-proxies')
  if (texts === undefined) return {}
  const entries = texts.flatMap((text) => text.split(',')).map((entry) => entry.trim())
  try {
    new TrustedProxies(entries)
  } catch (error) {
    throw new UsageError(`--trusted-proxies: ${error instanceof Error ? error.message : String(error)}`)
  }
  return { trustedProxies: entries }
}

/** `name=certificate[,key]` */
export function sniHosts(given: Given): readonly TlsHost[] {
  return (given.get('ssl-sni') ?? []).map((text) => {
    const [, name = '', cert = '', key] = /^([^=]+)=([^,]+)(?:,(.+))?$/.exec(text) ?? []
    if (!/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(name) || cert === '')
      throw new UsageError(`--ssl-sni must be <name>=<certificate file>[,<key file>], not '${text}'`)
    return { name, cert, ...(key === undefined ? {} : { key }) }
  })
}

import type { Log } from '@hub/api'

/** `Spawner.ip` as a server is told it: an IPv6 literal stands without brackets. */
export function listenHost(ip: string, log: Log): string {
  if (!ip.startsWith('[') || !ip.endsWith(']')) return ip
  log.warn('Spawner.ip should stand without brackets', { ip })
  return ip.slice(1, -1)
}

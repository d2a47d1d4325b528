import type { Log } from '@hub/api/base'

/** Flags of the command line that say where to listen, as numbers or as they were typed. */
export interface ListenFlags {
  readonly ip?: string
  readonly port?: number | string
  readonly socket?: string
  readonly apiIp?: string
  readonly apiPort?: number | string
  readonly apiSocket?: string
  readonly metricsIp?: string
  readonly metricsPort?: number | string
  readonly metricsSocket?: string
}

/** Arguments for `server.listen`: a path, or a port and an address. */
export type ListenTarget = [path: string] | [port: number, ip: string | undefined]

export interface ListenTargets {
  port?: number
  ip?: string | undefined
  proxyTarget: ListenTarget
  apiPort?: number
  apiTarget: ListenTarget
  metricsTarget?: ListenTarget
}

/** Where the servers of a {@link ConfigurableProxy} are to listen: `proxy.proxyServer.listen(...listen.proxyTarget)`. */
export function parseListenOptions(flags: ListenFlags, log: Pick<Log, 'warn'>): ListenTargets {
  const port = Number.parseInt(String(flags.port), 10) || 8000
  const apiPort = Number.parseInt(String(flags.apiPort), 10) || (flags.socket === undefined ? port + 1 : 8001)
  const isAny = flags.ip === '*'
  if (isAny) log.warn("Interpreting ip='*' as all interfaces. Leave it out for that.")
  const ip = isAny ? '' : flags.ip
  return {
    ...(flags.socket === undefined ? { port, ip, proxyTarget: [port, ip] } : { proxyTarget: [flags.socket] }),
    ...(flags.apiSocket === undefined
      ? { apiPort, apiTarget: [apiPort, flags.apiIp] }
      : { apiTarget: [flags.apiSocket] }),
    ...metricsTarget(flags),
  }
}

function metricsTarget({ metricsIp, metricsPort, metricsSocket }: ListenFlags): Pick<ListenTargets, 'metricsTarget'> {
  if (metricsSocket !== undefined) return { metricsTarget: [metricsSocket] }
  if (metricsPort === undefined || metricsPort === '') return {}
  return { metricsTarget: [Number.parseInt(String(metricsPort), 10), metricsIp] }
}

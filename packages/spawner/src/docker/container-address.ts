import type Docker from 'dockerode'
import type { ServerAddress } from '../contract.js'
import type { DockerConfig } from './docker-config.js'

export interface AddressFacts {
  readonly config: DockerConfig
  readonly port: number
  /** Of another host that Docker runs on. */
  readonly dockerHost: string | undefined
}

/** Where a container that runs is reached; undefined: nowhere (yet). */
export function containerAddress(
  container: Docker.ContainerInspectInfo,
  facts: AddressFacts,
): ServerAddress | undefined {
  const { config, port, dockerHost } = facts
  const { NetworkSettings: network, Name: name } = container
  if (config.use_internal_hostname) return { host: name.replace(/^\//, ''), port }
  if (config.network_name === 'host') return { host: dockerHost ?? '127.0.0.1', port }
  if (config.use_internal_ip) {
    const own: Docker.NetworkInfo | undefined = network.Networks[config.network_name]
    const host = own?.IPAddress ?? ''
    return host === '' ? undefined : { host, port }
  }
  const published: { HostPort: string }[] | null | undefined = network.Ports[`${port}/tcp`]
  const hostPort = Number(published?.[0]?.HostPort ?? 0)
  const isEverywhere = config.host_ip === '0.0.0.0' || config.host_ip === '' || config.host_ip === '::'
  return hostPort === 0
    ? undefined
    : { host: dockerHost ?? (isEverywhere ? '127.0.0.1' : config.host_ip), port: hostPort }
}

import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { SpawnError } from '../spawn-error.js'
import type { Spawner } from '../spawner.js'
import type { DockerConfig } from './docker-config.js'
import { apiOptions } from './kwargs.js'
import { fill, type Namespace, namespaceOf } from './names.js'

/** On containers of a hub: tells whether the one that is there is what a new one would be. */
export const SPEC_LABEL = 'org.jupyterhub.spec'

export interface ContainerRequest {
  readonly name: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  readonly port: number
  readonly command: readonly string[] | undefined
}

/** What Docker is to make, in the words of its API. */
export function containerOptions(
  spawner: Spawner,
  config: DockerConfig,
  { name, image, env, port, command }: ContainerRequest,
): Docker.ContainerCreateOptions {
  const namespace = namespaceOf(spawner, config, image)
  const exposed = `${port}/tcp`
  const publishes = !config.use_internal_ip && config.network_name !== 'host'
  const host: Docker.HostConfig = {
    Binds: binds(spawner, config, namespace),
    Mounts: mounts(config, namespace),
    NetworkMode: config.network_name,
    Links: Object.entries(config.links).map(([container, alias]) => `${container}:${alias}`),
    ...(publishes ? { PortBindings: { [exposed]: [{ HostIp: config.host_ip, HostPort: '' }] } } : {}),
    ...(config.mem_limit === null ? {} : { Memory: config.mem_limit }),
    ...(config.mem_guarantee === null ? {} : { MemoryReservation: config.mem_guarantee }),
    ...(config.cpu_limit === null
      ? {}
      : { CpuPeriod: 100_000, CpuQuota: Math.max(1000, Math.trunc(config.cpu_limit * 100_000)) }),
    ...apiOptions('extra_host_config', config.extra_host_config),
  }
  const extra = apiOptions('extra_create_kwargs', config.extra_create_kwargs)
  const options: Docker.ContainerCreateOptions = {
    Image: image,
    ExposedPorts: { [exposed]: {} },
    ...(command === undefined ? {} : { Cmd: [...command] }),
    ...extra,
    HostConfig: host,
  }
  const labels = { 'org.jupyterhub.user': spawner.user.name, 'org.jupyterhub.server': spawner.serverName }
  return {
    ...options,
    name,
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    // The administrator's own are typed by the kind of the option alone.
    Labels: { ...(extra['Labels'] as Record<string, string> | undefined), ...labels, [SPEC_LABEL]: spec(options, env) },
  }
}

/** Of all that a container is made of, but for its token, which a container that is gone on with keeps. */
function spec(options: Docker.ContainerCreateOptions, env: Readonly<Record<string, string>>): string {
  const lasting = Object.entries(env).filter(([name]) => name !== 'JUPYTERHUB_API_TOKEN' && name !== 'JPY_API_TOKEN')
  return createHash('sha256')
    .update(JSON.stringify([options, lasting.sort()]))
    .digest('hex')
    .slice(0, 32)
}

function binds(spawner: Spawner, config: DockerConfig, namespace: Namespace): string[] {
  const of = (option: 'volumes' | 'read_only_volumes', byDefault: string): string[] =>
    Object.entries(config[option]).map(([source, target]) => {
      const { bind = '', mode = byDefault } = typeof target === 'string' ? { bind: target } : target
      const from = config.format_volume_name?.(source, spawner) ?? fill(option, source, namespace)
      assertInside(from, option)
      return `${from}:${fill(option, bind, namespace)}:${byDefault === 'ro' ? 'ro' : mode}`
    })
  return [...of('volumes', 'rw'), ...of('read_only_volumes', 'ro')]
}

function mounts(config: DockerConfig, namespace: Namespace): Docker.MountConfig {
  return config.mounts.map((mount) => {
    const entries = Object.entries(mount as Readonly<Record<string, unknown>>).map(([key, value]) => {
      const name = key.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())
      const isPath = name === 'Source' || name === 'Target'
      const filled = isPath ? fill('mounts', String(value), namespace) : value
      if (name === 'Source') assertInside(String(filled), 'mounts')
      return [name, filled]
    })
    // Docker says what is wrong with a mount that is none.
    return { Type: 'volume', ...Object.fromEntries(entries) } as Docker.MountSettings
  })
}

/** With {raw_username} the name of a user is part of a path of the host. */
function assertInside(path: string, option: string): void {
  if (!path.split('/').includes('..') && !path.includes(':')) return
  throw new SpawnError({
    reason: 'bad_volume',
    statusCode: 500,
    message: 'The server could not be started: your user name cannot be part of a path. Tell your administrator.',
    logMessage: `DockerSpawner.${option} would mount ${JSON.stringify(path)}, which leads elsewhere. Use {username} in it.`,
  })
}

type Kwargs = Readonly<Record<string, unknown>>
export type KwargsOption = 'extra_create_kwargs' | 'extra_host_config'

const HOST_CONFIG = [
  ...[
    'auto_remove',
    'binds',
    'blkio_weight',
    'cap_add',
    'cap_drop',
    'cgroup_parent',
    'cpu_period',
    'cpu_quota',
    'cpu_shares',
  ],
  ...[
    'cpuset_cpus',
    'cpuset_mems',
    'device_cgroup_rules',
    'device_requests',
    'dns',
    'dns_opt',
    'dns_search',
    'group_add',
  ],
  ...['init', 'ipc_mode', 'isolation', 'kernel_memory', 'log_config', 'mem_swappiness', 'nano_cpus', 'network_mode'],
  ...[
    'oom_kill_disable',
    'oom_score_adj',
    'pid_mode',
    'pids_limit',
    'port_bindings',
    'privileged',
    'publish_all_ports',
  ],
  ...[
    'restart_policy',
    'runtime',
    'security_opt',
    'shm_size',
    'storage_opt',
    'sysctls',
    'ulimits',
    'userns_mode',
    'volumes_from',
  ],
]
const CREATE = [
  ...[
    'domainname',
    'entrypoint',
    'healthcheck',
    'hostname',
    'labels',
    'mac_address',
    'stop_signal',
    'stop_timeout',
    'tty',
  ],
  ...['user', 'working_dir'],
]

/** docker-py's names whose API name is not the same in another spelling. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  dns_opt: 'DnsOptions',
  mem_limit: 'Memory',
  mem_reservation: 'MemoryReservation',
  memswap_limit: 'MemorySwap',
  read_only: 'ReadonlyRootfs',
  extra_hosts: 'ExtraHosts',
  devices: 'Devices',
  tmpfs: 'Tmpfs',
  command: 'Cmd',
  detach: '',
}
const OTHER: Readonly<Record<KwargsOption, readonly string[]>> = {
  extra_host_config: ['mem_limit', 'mem_reservation', 'memswap_limit', 'read_only', 'extra_hosts', 'devices', 'tmpfs'],
  extra_create_kwargs: ['command', 'detach'],
}
const KNOWN: Readonly<Record<KwargsOption, ReadonlySet<string>>> = {
  extra_host_config: new Set([...HOST_CONFIG, ...OTHER.extra_host_config]),
  extra_create_kwargs: new Set([...CREATE, ...OTHER.extra_create_kwargs]),
}
/** Sizes that may be written as `1g`. */
const SIZES = new Set(['ShmSize', 'Memory', 'MemoryReservation', 'MemorySwap', 'KernelMemory'])

/** Keys in the words of Docker's API, from those or docker-py's. */
export function apiOptions(option: KwargsOption, kwargs: Kwargs): Record<string, unknown> {
  const mistake = kwargsMistake(option, kwargs)
  if (mistake !== undefined) throw new TypeError(`DockerSpawner.${option}: ${mistake}`)
  const entries = Object.entries(kwargs).map(([key, value]) => [apiName(key), apiValue(apiName(key), value)] as const)
  return Object.fromEntries(entries.filter(([name]) => name !== ''))
}

/** For the check of a configuration: what is wrong with the option, or undefined. */
export function kwargsMistake(option: KwargsOption, kwargs: Kwargs): string | undefined {
  for (const [key, value] of Object.entries(kwargs)) {
    if (!/^[A-Z]/.test(key) && !KNOWN[option].has(key))
      return `"${key}" is no option of it. It takes ${[...KNOWN[option]].sort().join(', ')}, or names of Docker's API.`
    if (SIZES.has(apiName(key)) && typeof value === 'string' && bytes(value) === undefined)
      return `"${key}" must be a number of bytes, or such as 512m or 2g.`
  }
  return undefined
}

function apiName(key: string): string {
  if (/^[A-Z]/.test(key)) return key
  return OTHER_NAMES[key] ?? key.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

function apiValue(name: string, value: unknown): unknown {
  if (SIZES.has(name) && typeof value === 'string') return bytes(value)
  if (name === 'ExtraHosts' && isRecord(value))
    return Object.entries(value).map(([host, ip]) => `${host}:${String(ip)}`)
  if (name === 'Tmpfs' && Array.isArray(value)) return Object.fromEntries(value.map((path) => [String(path), '']))
  if (name === 'Devices' && Array.isArray(value))
    return value.map((device: unknown) => (typeof device === 'string' ? deviceOf(device) : device))
  return value
}

/** `/dev/fuse`, `/dev/sda:/dev/xvda:r`. */
function deviceOf(text: string): object {
  const [host = '', inside = host, permissions = 'rwm'] = text.split(':')
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: permissions }
}

function bytes(text: string): number | undefined {
  const match = /^(\d+)\s*([bkmgt]?)b?$/i.exec(text.trim())
  return match === null
    ? undefined
    : Number(match[1]) * 1024 ** ' kmgt'.indexOf((match[2] ?? '').toLowerCase().replace(/^b?$/, ' '))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { Account } from '@hub/api/accounts'
import { expand, type UnitNames } from './expand.js'
import type { SystemdConfig } from './systemd-config.js'
import { runtimeDirectory, stateDirectory } from './unit-name.js'

export interface UnitRequest {
  readonly unit: string
  readonly names: UnitNames
  readonly config: SystemdConfig
  /** Undefined: a dynamic user. */
  readonly account: Account | undefined
  readonly environmentFile: string
}

/** A dynamic user has a name of its own, which keeps the servers of one user one account. */
export function unitUser(account: Account | undefined, { USERID }: UnitNames): string {
  return account === undefined ? `jupyter-${USERID}` : String(account.uid)
}

/** The properties of a server's unit, as arguments of systemd-run. The administrator's own come in place of ours. */
export function unitProperties({ unit, names, config, account, environmentFile }: UnitRequest): string[] {
  const filled = (texts: readonly string[] | null): string[] => (texts ?? []).map((text) => expand(text, names))
  const own: Record<string, readonly string[]> = {
    // The start then fails at once where the program cannot be run.
    Type: ['exec'],
    Description: [`JupyterHub server of ${names.USERNAME}${names.SERVERNAME === '' ? '' : ` (${names.SERVERNAME})`}`],
    RuntimeDirectory: [runtimeDirectory(unit)],
    RuntimeDirectoryMode: ['700'],
    RuntimeDirectoryPreserve: ['restart'],
    // One kernel that takes too much memory does not end the server.
    OOMPolicy: ['continue'],
    EnvironmentFile: [environmentFile],
    ...(account === undefined
      ? { DynamicUser: ['yes'], User: [unitUser(account, names)], StateDirectory: [stateDirectory(names)] }
      : { User: [unitUser(account, names)], Group: [String(account.gid)] }),
    ...yes('PrivateTmp', config.isolate_tmp),
    ...yes('PrivateDevices', config.isolate_devices),
    ...yes('NoNewPrivileges', config.disable_user_sudo),
    ReadOnlyPaths: filled(config.readonly_paths),
    ReadWritePaths: filled(config.readwrite_paths),
    ...limits(config),
  }
  for (const [name, value] of Object.entries(config.unit_extra_properties))
    own[upstreamName(name)] = filled(typeof value === 'string' ? [value] : value)
  // Beside others: without the file a server has no token, and without the directory nobody would remove the file.
  for (const [name, value] of [
    ['EnvironmentFile', environmentFile],
    ['RuntimeDirectory', runtimeDirectory(unit)],
  ] as const)
    if (!own[name]?.includes(value)) own[name] = [...(own[name] ?? []), value]
  return Object.entries(own).flatMap(([name, values]) => values.map((value) => `--property=${name}=${value}`))
}

function yes(property: string, on: boolean): Record<string, readonly string[]> {
  return on ? { [property]: ['yes'] } : {}
}

function limits(config: SystemdConfig): Record<string, readonly string[]> {
  return {
    ...(config.mem_limit === null ? {} : { MemoryAccounting: ['yes'], MemoryMax: [String(config.mem_limit)] }),
    ...(config.mem_guarantee === null ? {} : { MemoryLow: [String(config.mem_guarantee)] }),
    // A quota of 0 would mean none.
    ...(config.cpu_limit === null
      ? {}
      : { CPUAccounting: ['yes'], CPUQuota: [`${Math.max(1, Math.trunc(config.cpu_limit * 100))}%`] }),
  }
}

/** Names that systemd has had before, which would stand beside ours rather than in their place. */
function upstreamName(name: string): string {
  return (
    { ReadOnlyDirectories: 'ReadOnlyPaths', ReadWriteDirectories: 'ReadWritePaths', MemoryLimit: 'MemoryMax' }[name] ??
    name
  )
}

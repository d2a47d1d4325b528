import type { HelperHost } from '@hub/api'

/** A host with more work than this a core, or less memory left than this part, is taken only when all are like that. */
const BUSY_LOAD_A_CORE = 1.5
const SCARCE_MEMORY = 0.1

/**
 * Hosts in the order in which they are asked for a place: fewest servers a core first. Servers are counted rather than load
 * measured, because of many starts at once the load tells only afterwards.
 */
export function leastLoadedFirst<H extends { readonly host: HelperHost }>(hosts: readonly H[]): H[] {
  return hosts
    .filter(({ host }) => host.max_servers === 0 || host.servers < host.max_servers)
    .sort(
      ({ host: one }, { host: other }) =>
        Number(isBusy(one)) - Number(isBusy(other)) ||
        serversACore(one) - serversACore(other) ||
        freeMemory(other) - freeMemory(one),
    )
}

const isBusy = (host: HelperHost): boolean =>
  host.load_1m / Math.max(1, host.cpus) > BUSY_LOAD_A_CORE || freeMemory(host) < SCARCE_MEMORY

const serversACore = ({ servers, cpus }: HelperHost): number => servers / Math.max(1, cpus)

const freeMemory = ({ memory_available_bytes: free, memory_bytes: all }: HelperHost): number =>
  all > 0 ? free / all : 1

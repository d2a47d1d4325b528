import { readFile } from 'node:fs/promises'
import { availableParallelism, freemem, hostname, loadavg, totalmem } from 'node:os'
import type { HelperHost } from '@hub/api'
import type { HelperSettings } from './config.js'
import type { Servers } from './servers.js'
import { version } from './version.js'

/** How much there is to do on this host. */
export async function hostFacts(servers: Servers, settings: HelperSettings): Promise<HelperHost> {
  return {
    name: hostname(),
    version,
    cpus: availableParallelism(),
    load_1m: loadavg()[0] ?? 0,
    memory_bytes: totalmem(),
    memory_available_bytes: await availableMemory(),
    servers: [...servers.records.values()].filter(({ phase }) => phase.at !== 'exited').length,
    max_servers: settings.max_servers,
    cgroups: servers.cgroups !== undefined,
  }
}

/** What can be had without swapping; free memory alone leaves out what the system only caches. */
async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '')
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1]
  return kib === undefined ? freemem() : Number(kib) * 1024
}

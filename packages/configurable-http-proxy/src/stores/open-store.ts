import type { Log } from '@hub/api/base'
import type { ProxyOptions } from '../options.js'
import { lowerHost } from '../route-key.js'
import { MemoryRouteStore, type RouteStore } from '../route-store.js'
import { FileRouteStore } from './file-route-store.js'
import { loadStorageBackend, PluginRouteStore } from './plugin-route-store.js'
import { connectPostgres } from './postgres-table.js'
import { connectRedis } from './redis-table.js'
import { SharedRouteStore } from './shared-route-store.js'

/** A table of which there is a copy in memory that can be followed. */
export type TableInMemory = RouteStore & { readonly memory: MemoryRouteStore }

/** The store that the options name. Nothing is read or connected before its `open`. */
export function storeOf(options: ProxyOptions, log: Log): TableInMemory | PluginRouteStore {
  const { storageBackend, routesFile } = options
  const connect = storageBackend === undefined ? undefined : serverNamed(storageBackend)
  if (storageBackend !== undefined && connect === undefined)
    return new PluginRouteStore(loadStorageBackend(storageBackend, { ...options, log }), log)
  const memory = memoryStoreOf(options, routesFile !== undefined || connect !== undefined)
  if (connect !== undefined) return new SharedRouteStore(connect, memory, log)
  return routesFile === undefined ? memory : new FileRouteStore(routesFile, memory, log)
}

export function memoryStoreOf(
  { hostRouting }: Pick<ProxyOptions, 'hostRouting'>,
  notesActivity = false,
): MemoryRouteStore {
  return new MemoryRouteStore({ matched: hostRouting ? lowerHost : undefined, notesActivity })
}

/** The routes are kept by a module of which each process makes one of its own. */
export function isPlugin({ storageBackend }: Pick<ProxyOptions, 'storageBackend'>): boolean {
  return storageBackend !== undefined && serverNamed(storageBackend) === undefined
}

function serverNamed(url: string): ConstructorParameters<typeof SharedRouteStore>[0] | undefined {
  if (/^rediss?:\/\//i.test(url)) return (events) => connectRedis(url, events)
  if (/^postgres(ql)?:\/\//i.test(url)) return (events) => connectPostgres(url, events)
  return undefined
}

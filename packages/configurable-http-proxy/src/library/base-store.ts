import { CodedError } from '@hub/api/base'
import type { RouteData } from '../route-store.js'
import { routeKey } from '../route-key.js'
import type { StorageBackend, StoredRoute } from '../stores/plugin-route-store.js'

/** A storage back end that lacks a method which every one must have. */
export class NotImplementedError extends CodedError {
  override readonly name = 'NotImplementedError'
  constructor(method: string) {
    super('storage_method_missing', 500, `The storage back end has no method '${method}': it must implement it.`)
  }
}

/**
 * What storage back ends written for upstream's package extend. They bring the other methods; `get` and `cleanPath` may
 * stay as they are here.
 */
export abstract class BaseStore implements StorageBackend {
  getTarget(_path: string): ReturnType<StorageBackend['getTarget']> {
    throw new NotImplementedError('getTarget')
  }

  getAll(): Promise<Record<string, StoredRoute>> {
    throw new NotImplementedError('getAll')
  }

  add(_path: string, _data: RouteData): Promise<unknown> {
    throw new NotImplementedError('add')
  }

  update(_path: string, _data: Partial<StoredRoute>): Promise<unknown> {
    throw new NotImplementedError('update')
  }

  remove(_path: string): Promise<unknown> {
    throw new NotImplementedError('remove')
  }

  /** Reads the whole table; override it where one route can be had for less. */
  async get(path: string): Promise<StoredRoute | undefined> {
    const routes = await this.getAll()
    const key = this.cleanPath(path)
    return Object.hasOwn(routes, key) ? routes[key] : undefined
  }

  cleanPath(path: string): string {
    return routeKey(path)
  }
}

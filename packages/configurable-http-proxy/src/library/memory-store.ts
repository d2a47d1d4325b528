import { PathTrie } from '../path-trie.js'
import { routeKey } from '../route-key.js'
import type { RouteData } from '../route-store.js'
import type { StorageBackend, StoredRoute } from '../stores/plugin-route-store.js'

/** A table in memory by the interface of storage back ends. Changes are made before the promise is given back. */
export class MemoryStore implements StorageBackend {
  readonly #routes = new Map<string, StoredRoute>()
  readonly #trie = new PathTrie<string>()

  get(path: string): Promise<StoredRoute | undefined> {
    return Promise.resolve(this.#routes.get(this.cleanPath(path)))
  }

  getAll(): Promise<Record<string, StoredRoute>> {
    return Promise.resolve(Object.fromEntries(this.#routes))
  }

  getTarget(path: string): Promise<{ readonly prefix: string; readonly data: StoredRoute } | undefined> {
    const prefix = this.#trie.find(path)
    const data = prefix === undefined ? undefined : this.#routes.get(prefix)
    return Promise.resolve(prefix === undefined || data === undefined ? undefined : { prefix, data })
  }

  add(path: string, data: RouteData): Promise<void> {
    const key = this.cleanPath(path)
    this.#routes.set(key, data)
    this.#trie.set(key, key)
    return Promise.resolve()
  }

  update(path: string, data: Partial<StoredRoute>): Promise<void> {
    const key = this.cleanPath(path)
    const known = this.#routes.get(key)
    if (known !== undefined) this.#routes.set(key, { ...known, ...data })
    return Promise.resolve()
  }

  remove(path: string): Promise<StoredRoute | undefined> {
    const key = this.cleanPath(path)
    const known = this.#routes.get(key)
    this.#routes.delete(key)
    this.#trie.delete(key)
    return Promise.resolve(known)
  }

  cleanPath(path: string): string {
    return routeKey(path)
  }
}

import { PathTrie } from '../path-trie.js'
import type { RouteData } from '../route-store.js'
import type { StoredRoute } from '../stores/plugin-route-store.js'
import { BaseStore } from './base-store.js'

/** A table in memory by the interface of storage back ends. Changes are made before the promise is given back. */
export class MemoryStore extends BaseStore {
  readonly #routes = new Map<string, StoredRoute>()
  readonly #trie = new PathTrie<string>()

  override get(path: string): Promise<StoredRoute | undefined> {
    return Promise.resolve(this.#routes.get(this.cleanPath(path)))
  }

  override getAll(): Promise<Record<string, StoredRoute>> {
    return Promise.resolve(Object.fromEntries(this.#routes))
  }

  override getTarget(path: string): Promise<{ readonly prefix: string; readonly data: StoredRoute } | undefined> {
    const prefix = this.#trie.find(path)
    const data = prefix === undefined ? undefined : this.#routes.get(prefix)
    return Promise.resolve(prefix === undefined || data === undefined ? undefined : { prefix, data })
  }

  override add(path: string, data: RouteData): Promise<void> {
    const key = this.cleanPath(path)
    this.#routes.set(key, data)
    this.#trie.set(key, key)
    return Promise.resolve()
  }

  override update(path: string, data: Partial<StoredRoute>): Promise<void> {
    const key = this.cleanPath(path)
    const known = this.#routes.get(key)
    if (known !== undefined) this.#routes.set(key, { ...known, ...data })
    return Promise.resolve()
  }

  override remove(path: string): Promise<StoredRoute | undefined> {
    const key = this.cleanPath(path)
    const known = this.#routes.get(key)
    this.#routes.delete(key)
    this.#trie.delete(key)
    return Promise.resolve(known)
  }
}

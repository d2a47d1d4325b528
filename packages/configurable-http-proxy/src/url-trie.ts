/**
 * Upstream's trie of URL prefixes, for programs that import it from `configurable-http-proxy/lib/trie.js`. The proxy itself
 * looks routes up in `PathTrie`, whose cost does not grow with the number of routes.
 */
export class URLTrie<Data = unknown> {
  /** What this node was added with; undefined: it only leads to others. */
  data: Data | undefined
  branches: Record<string, URLTrie<Data>> = {}

  constructor(readonly prefix = '/') {}

  /** Number of branches. */
  get size(): number {
    return Object.keys(this.branches).length
  }

  add(path: string, data: Data): void {
    const [first, ...rest] = partsOf(path)
    if (first === undefined) this.data = data
    else {
      if (!Object.hasOwn(this.branches, first)) this.branches[first] = new URLTrie(join(this.prefix, first))
      this.branches[first]?.add(rest.join('/'), data)
    }
  }

  /** Removes the path with everything below it, and nodes that lead nowhere then. */
  remove(path: string): void {
    const parts = partsOf(path)
    const [first, ...rest] = parts
    if (first === undefined) {
      this.data = undefined
      return
    }
    const branch = this.branches[first]
    if (branch === undefined) return
    if (rest.length > 0) branch.remove(rest.join('/'))
    if (rest.length === 0 || (branch.size === 0 && branch.data === undefined))
      this.branches = Object.fromEntries(Object.entries(this.branches).filter(([name]) => name !== first))
  }

  /** The node of the longest prefix that has data. */
  get(path: string): URLTrie<Data> | undefined {
    const [first, ...rest] = partsOf(path)
    const below = first !== undefined && Object.hasOwn(this.branches, first) ? this.branches[first] : undefined
    return below?.get(rest.join('/')) ?? (this.data === undefined ? undefined : this)
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '')
const join = (prefix: string, part: string): string => `${prefix === '/' ? '' : prefix}/${part}`

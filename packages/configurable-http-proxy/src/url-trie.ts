/**
 * Upstream's trie of URL prefixes, for programs that import it from `configurable-http-proxy/lib/trie.js`. The proxy itself
 * looks routes up in `PathTrie`, whose cost does not grow with the number of routes.
 */
export class URLTrie<Data = unknown> {
  /** What this node was added with; undefined: it only leads to others. */
  data: Data | undefined
  branches: Record<string, URLTrie<Data>> = {}

  readonly prefix: string

  constructor(prefix = '/') {
    this.prefix = trimPrefix(prefix)
  }

  /** Number of branches. */
  get size(): number {
    return Object.keys(this.branches).length
  }

  add(path: string | readonly string[], data: Data): void {
    const [first, ...rest] = partsOf(path)
    if (first === undefined) {
      this.data = data
      return
    }
    const branch = this.branch(first) ?? new URLTrie<Data>(join(this.prefix, first))
    branch.add(rest, data)
    // Not by assignment: a part may be called `__proto__`.
    Object.defineProperty(this.branches, first, { value: branch, enumerable: true, configurable: true, writable: true })
  }

  /** Removes the path, and nodes that lead nowhere then; longer paths stay. */
  remove(path: string | readonly string[]): void {
    const [first, ...rest] = partsOf(path)
    if (first === undefined) {
      this.data = undefined
      return
    }
    const branch = this.branch(first)
    if (branch === undefined) return
    branch.remove(rest)
    if (branch.size === 0 && branch.data === undefined) Reflect.deleteProperty(this.branches, first)
  }

  /** The node of the longest prefix that has data. */
  get(path: string | readonly string[]): URLTrie<Data> | undefined {
    const [first, ...rest] = partsOf(path)
    const below = first === undefined ? undefined : this.branch(first)?.get(rest)
    return below ?? (this.data === undefined ? undefined : this)
  }

  private branch(part: string): URLTrie<Data> | undefined {
    return Object.hasOwn(this.branches, part) ? this.branches[part] : undefined
  }
}

/** A slash first, and one less at the end. */
export function trimPrefix(prefix: string): string {
  const led = prefix.startsWith('/') ? prefix : `/${prefix}`
  return led.length > 1 && led.endsWith('/') ? led.slice(0, -1) : led
}

/** `/prefix/string/` as `['prefix', 'string']` */
export function stringToPath(text: string): string[] {
  const inner = text.replace(/^\/+|\/+$/g, '')
  return inner === '' ? [] : inner.split('/')
}

const partsOf = (path: string | readonly string[]) => (typeof path === 'string' ? stringToPath(path) : path)
const join = (prefix: string, part: string): string => `${prefix === '/' ? '' : prefix}/${part}`

interface Node<T> {
  value: T | undefined
  // A Map, not an object: a segment may be called `constructor` or `__proto__`.
  children: Map<string, Node<T>> | undefined
}

/**
 * Values by path; finds the one with the longest path that is a prefix of another by whole segments.
 * Slashes at either end do not count, doubled ones inside do: they make an empty segment.
 */
export class PathTrie<T> {
  private readonly root: Node<T> = { value: undefined, children: undefined }

  set(path: string, value: T): void {
    let node = this.root
    for (const segment of segments(path)) {
      node.children ??= new Map()
      let child = node.children.get(segment)
      if (!child) {
        child = { value: undefined, children: undefined }
        node.children.set(segment, child)
      }
      node = child
    }
    node.value = value
  }

  /** Values of longer paths stay. */
  delete(path: string): void {
    const way: { readonly node: Node<T>; readonly segment: string }[] = []
    let node = this.root
    for (const segment of segments(path)) {
      const child = node.children?.get(segment)
      if (!child) return
      way.push({ node, segment })
      node = child
    }
    node.value = undefined
    // Branches that lead nowhere are pruned, or names that come and go would pile up.
    for (const step of way.reverse()) {
      const child = step.node.children?.get(step.segment)
      if (!child || child.value !== undefined || (child.children && child.children.size > 0)) return
      step.node.children?.delete(step.segment)
    }
  }

  /** The value of the longest path that is a prefix of `path`. */
  find(path: string): T | undefined {
    let node = this.root
    let found = node.value
    const end = lastNonSlash(path) + 1
    let start = firstNonSlash(path)
    while (node.children && start < end) {
      let slash = path.indexOf('/', start)
      if (slash < 0 || slash > end) slash = end
      const child = node.children.get(path.slice(start, slash))
      if (!child) break
      node = child
      if (node.value !== undefined) found = node.value
      start = slash + 1
    }
    return found
  }
}

function segments(path: string): string[] {
  const inner = path.slice(firstNonSlash(path), lastNonSlash(path) + 1)
  return inner === '' ? [] : inner.split('/')
}

function firstNonSlash(path: string): number {
  let at = 0
  while (path[at] === '/') at++
  return at
}

function lastNonSlash(path: string): number {
  let at = path.length - 1
  while (path[at] === '/') at--
  return at
}

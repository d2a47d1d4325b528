import { useSyncExternalStore } from 'react'

/** Where in the panel one is: what stands after `#` in the address. */
export interface Route {
  readonly path: string
  readonly query: URLSearchParams
}

function parse(hash: string): Route {
  const text = hash.replace(/^#/, '')
  const [path = '', query = ''] = text.split('?', 2)
  return { path: path === '' ? '/' : path, query: new URLSearchParams(query) }
}

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => window.location.hash))
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** The address of a place in the panel; what is undefined or empty is left out. */
export function href(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value))
  const text = search.toString()
  return `#${path}${text === '' ? '' : `?${text}`}`
}

export function goTo(path: string, query?: Query): void {
  window.location.hash = href(path, query)
}

/** Changes the address without a step in the browser's history: for what is typed. */
export function replaceWith(path: string, query?: Query): void {
  window.history.replaceState(null, '', href(path, query))
  window.dispatchEvent(new HashChangeEvent('hashchange'))
}

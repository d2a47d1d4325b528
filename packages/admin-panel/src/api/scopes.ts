import { useQuery } from '@tanstack/react-query'
import { call } from './connection.js'
import { endpoints } from './endpoints.js'

export const whoamiQuery = {
  queryKey: ['whoami'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => (await call(endpoints.whoami, { signal })).body,
  staleTime: 60_000,
}

export interface Scopes {
  /** Held for everything. */
  readonly has: (scope: string) => boolean
  /** Held for something at least: the hub decides on each object. */
  readonly hasAny: (scope: string) => boolean
  readonly isKnown: boolean
  readonly name: string
}

/** What the person who looks at the panel may do. Until it is known, nothing. */
export function useScopes(): Scopes {
  const { data } = useQuery(whoamiQuery)
  const held = data?.scopes ?? []
  return {
    has: (scope) => held.includes(scope),
    hasAny: (scope) => held.some((one) => one === scope || one.startsWith(`${scope}!`)),
    isKnown: data !== undefined,
    name: data?.name ?? '',
  }
}

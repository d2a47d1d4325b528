import type { Identified } from './visitor.js'

export type ScopeFilterValue = { readonly kind: 'user' | 'server' | 'group' | 'service'; readonly value: string }

/** `hidden` is answered with 404: the caller holds the scope for others, and must not learn whether this one exists. */
export type Decision = 'granted' | 'hidden' | 'forbidden'

/** Whether any one of `scopes` covers what the request names. */
export type Authorize = (
  visitor: Identified,
  scopes: readonly string[],
  filter: ScopeFilterValue | undefined,
  postFilter: boolean,
) => Promise<Decision>

import type { listUsers } from '@hub/api'
import type { Call } from '@hub/api/client'
import { defaultPageLimit } from '../api/page-facts.js'
import type { Query } from '../routing.js'

/** What of the users is shown: the address carries all of it, so that a view can be kept and sent around. */
export interface UserView {
  readonly offset: number
  readonly limit: number
  readonly name_filter: string
  readonly sort: string
  readonly state: string
  readonly group: string
  readonly admin: string
  /** Days without activity; empty: whatever. */
  readonly idle_days: string
}

export function viewOf(query: URLSearchParams): UserView {
  const text = (name: string): string => query.get(name) ?? ''
  const number = (name: string, otherwise: number): number => {
    const value = Number.parseInt(text(name), 10)
    return Number.isNaN(value) || value < 0 ? otherwise : value
  }
  return {
    offset: number('offset', 0),
    limit: Math.max(1, number('limit', defaultPageLimit())),
    name_filter: text('name_filter'),
    sort: text('sort'),
    state: text('state'),
    group: text('group'),
    admin: text('admin'),
    idle_days: text('idle_days'),
  }
}

/** The part of the address for a view; what is as usual is left out. */
export const addressOf = (view: UserView): Query => ({
  ...view,
  offset: view.offset === 0 ? undefined : view.offset,
  limit: view.limit === defaultPageLimit() ? undefined : view.limit,
})

const dayMs = 86_400_000

/** The conditions of a view, as the REST API takes them. */
export function conditionsOf(view: UserView): Readonly<Record<string, string | undefined>> {
  const days = Number.parseInt(view.idle_days, 10)
  const given = (value: string): string | undefined => (value === '' ? undefined : value)
  return {
    name_filter: given(view.name_filter),
    state: given(view.state),
    group: given(view.group),
    admin: given(view.admin),
    idle_since: Number.isNaN(days) ? undefined : new Date(Date.now() - days * dayMs).toISOString(),
  }
}

export const isFiltered = (view: UserView): boolean =>
  [view.name_filter, view.state, view.group, view.admin, view.idle_days].some((value) => value !== '')

/** The request for the page of users that a view shows. */
export const usersCall = (view: UserView): Call<typeof listUsers> => ({
  query: {
    ...conditionsOf(view),
    include_stopped_servers: 1,
    offset: view.offset,
    limit: view.limit,
    sort: view.sort === '' ? undefined : view.sort,
  },
  isPaged: true,
})

/** The view that the address asks for; undefined: it asks for another place. */
export function viewInAddress(hash: string): UserView | undefined {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  return path === '' || path === '/' ? viewOf(new URLSearchParams(query)) : undefined
}

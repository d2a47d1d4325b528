import { keepPreviousData, type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import type { UserModel } from '@hub/api'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
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

const usersQuery = (view: UserView) =>
  queryOptions({
    queryKey: ['users', view],
    queryFn: async ({ signal }) => {
      const query = {
        ...conditionsOf(view),
        include_stopped_servers: 1,
        offset: view.offset,
        limit: view.limit,
        sort: view.sort === '' ? undefined : view.sort,
      }
      const { body } = await call(endpoints.listUsers, { query, isPaged: true, signal })
      return asPage<UserModel[]>(body)
    },
  })

/** Pending servers are looked at more often. */
const everyMs = { pending: 1_500, calm: 15_000 }

export function useUsers(view: UserView) {
  return useQuery({
    ...usersQuery(view),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isPending) ? everyMs.pending : everyMs.calm),
  })
}

const isPending = (user: UserModel): boolean =>
  Object.values(user.servers ?? {}).some((server) => server.pending !== null)

/** Begins to load what the address asks for. */
export function prefetchUsers(queries: QueryClient): void {
  const [path = '', query = ''] = window.location.hash.replace(/^#/, '').split('?', 2)
  if (path === '' || path === '/') {
    queries.query(usersQuery(viewOf(new URLSearchParams(query)))).catch(() => undefined) // the table shows the error
  }
}

/** Every user of a view, page by page. */
export async function* allUsers(view: UserView, signal: AbortSignal): AsyncGenerator<UserModel, void> {
  for (let offset = 0; ;) {
    const query = { ...conditionsOf(view), include_stopped_servers: 1, offset, limit: 200 }
    const { body } = await call(endpoints.listUsers, { query, isPaged: true, signal })
    const page = asPage<UserModel[]>(body)
    yield* page.items
    if (page._pagination.next === null) return
    offset = page._pagination.next.offset
  }
}

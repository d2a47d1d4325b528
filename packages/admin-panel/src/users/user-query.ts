import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import type { UserModel } from '@hub/api'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { conditionsOf, usersCall, type UserView } from './user-view.js'

const usersQuery = (view: UserView) =>
  queryOptions({
    queryKey: ['users', view],
    queryFn: async ({ signal }) => {
      const { body } = await call(endpoints.listUsers, { ...usersCall(view), signal })
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

import { userColumns, type User } from '../database/entities/user.js'
import { count, selectRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql, type SqlValue } from '../database/sql.js'

export interface UserQuery {
  /** `active`: some server has an address; `ready`: some server is up; `inactive`: no server has an address. */
  readonly state?: 'active' | 'ready' | 'inactive' | undefined
  /** Part of the name in any case; `%` and `_` are wildcards, as upstream has it. */
  readonly nameFilter?: string | undefined
  readonly sort?: UserOrder | undefined
  /** Restricts to these users and the members of these groups, together. */
  readonly visible?: { readonly userNames: readonly string[]; readonly groupNames: readonly string[] } | undefined
  readonly offset: number
  readonly limit: number
}

export interface UserOrder {
  readonly by: 'id' | 'name' | 'lastActivity'
  readonly descending: boolean
}

export interface UserPage {
  readonly users: readonly User[]
  /** How many there are without offset and limit. */
  readonly total: number
}

/** One page of users, with as many queries whatever its size. */
export async function listPage(sql: Sql, query: UserQuery): Promise<UserPage> {
  const { where, params } = condition(sql, query)
  const users = await selectRows(sql, userColumns, `${where} ${order(query.sort)} LIMIT ? OFFSET ?`, [
    ...params,
    query.limit,
    query.offset,
  ])
  // A page that is not full, and not beyond the end, tells the total by itself.
  const isLast = users.length < query.limit && (users.length > 0 || query.offset === 0)
  const total = isLast
    ? query.offset + users.length
    : await count(sql, `SELECT COUNT(*) AS n FROM users ${where}`, params)
  return { users, total }
}

const SERVERS_OF_USER =
  'SELECT 1 FROM spawners s LEFT JOIN server_states l ON l.spawner_id = s.id WHERE s.user_id = users.id'

const stateConditions = {
  active: `EXISTS (${SERVERS_OF_USER} AND s.server_id IS NOT NULL)`,
  inactive: `NOT EXISTS (${SERVERS_OF_USER} AND s.server_id IS NOT NULL)`,
  ready: `EXISTS (${SERVERS_OF_USER} AND s.server_id IS NOT NULL AND (l.phase IS NULL OR l.phase = 'ready'))`,
} as const

function condition(sql: Sql, query: UserQuery): { where: string; params: readonly SqlValue[] } {
  const terms: string[] = []
  const params: SqlValue[] = []
  if (query.state !== undefined) terms.push(stateConditions[query.state])
  if (query.nameFilter !== undefined) {
    terms.push('LOWER(users.name) LIKE LOWER(?)')
    params.push(`%${query.nameFilter}%`)
  }
  if (query.visible !== undefined) {
    const inGroup =
      'users.id IN (SELECT m.user_id FROM user_group_map m JOIN groups g ON g.id = m.group_id ' +
      `WHERE ${isOneOf(sql, 'g.name', 'varchar')})`
    terms.push(`(${isOneOf(sql, 'users.name', 'varchar')} OR ${inGroup})`)
    params.push(listParameter(sql, query.visible.userNames), listParameter(sql, query.visible.groupNames))
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, params }
}

const columns = { id: 'users.id', name: 'users.name', lastActivity: 'users.last_activity' } as const

/** Users that were never active count as the oldest; the databases disagree about that unless told. */
function order({ by, descending }: UserOrder = { by: 'id', descending: false }): string {
  const [direction, nulls] = descending ? ['DESC', 'NULLS LAST'] : ['ASC', 'NULLS FIRST']
  const tie = by === 'id' ? '' : `, users.id ${direction}`
  return `ORDER BY ${columns[by]} ${direction}${by === 'lastActivity' ? ` ${nulls}` : ''}${tie}`
}

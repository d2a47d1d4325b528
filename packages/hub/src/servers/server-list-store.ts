import { encodeTimestamp } from '../database/codecs.js'
import { count } from '../database/rows.js'
import { decodeServerRecord, selectServerRecords, type ServerRecord } from '../database/server-record.js'
import { isOneOf, listParameter, type Sql, type SqlValue } from '../database/sql.js'

export interface ServerQuery {
  readonly state?: 'active' | 'ready' | 'pending' | 'failed' | undefined
  /** The owner's name. */
  readonly userName?: string | undefined
  /** Part of the owner's name in any case. */
  readonly nameFilter?: string | undefined
  /** Not active since then, or never. */
  readonly idleSince?: Date | undefined
  readonly sort?: ServerOrder | undefined
  /** Restricts to servers of these users, to those of the members of these groups, and to these (`user/name`), together. */
  readonly visible?:
    | {
        readonly userNames: readonly string[]
        readonly groupNames: readonly string[]
        readonly fullNames: readonly string[]
      }
    | undefined
  readonly offset: number
  readonly limit: number
}

export interface ServerOrder {
  readonly by: 'id' | 'user' | 'since' | 'lastActivity'
  readonly descending: boolean
}

export interface ServerPage {
  readonly records: readonly ServerRecord[]
  /** How many there are without offset and limit. */
  readonly total: number
}

/** One page of the servers of all users. */
export async function listServerPage(sql: Sql, query: ServerQuery): Promise<ServerPage> {
  const { where, params } = condition(sql, query)
  const rows = await sql.all(`${selectServerRecords} ${where} ${order(query.sort)} LIMIT ? OFFSET ?`, [
    ...params,
    query.limit,
    query.offset,
  ])
  const isLast = rows.length < query.limit && (rows.length > 0 || query.offset === 0)
  const total = isLast
    ? query.offset + rows.length
    : await count(
        sql,
        'SELECT COUNT(*) AS n FROM spawners JOIN users ON users.id = spawners.user_id ' +
          `LEFT JOIN server_states ON server_states.spawner_id = spawners.id ${where}`,
        params,
      )
  return { records: rows.map(decodeServerRecord), total }
}

const stateConditions = {
  active: 'spawners.server_id IS NOT NULL',
  ready: "spawners.server_id IS NOT NULL AND (server_states.phase IS NULL OR server_states.phase = 'ready')",
  pending: "server_states.phase IN ('requested', 'starting', 'stopping', 'unknown')",
  failed: "server_states.phase = 'failed'",
} as const

function condition(sql: Sql, query: ServerQuery): { where: string; params: readonly SqlValue[] } {
  const terms: string[] = []
  const params: SqlValue[] = []
  const add = (term: string, ...values: SqlValue[]): void => {
    terms.push(term)
    params.push(...values)
  }
  if (query.state !== undefined) add(stateConditions[query.state])
  if (query.userName !== undefined) add('users.name = ?', query.userName)
  if (query.nameFilter !== undefined) add('LOWER(users.name) LIKE LOWER(?)', `%${query.nameFilter}%`)
  if (query.idleSince !== undefined) {
    add('(spawners.last_activity IS NULL OR spawners.last_activity < ?)', encodeTimestamp(query.idleSince))
  }
  if (query.visible !== undefined) {
    const { userNames, groupNames, fullNames } = query.visible
    add(
      `(${isOneOf(sql, 'users.name', 'varchar')}` +
        ' OR users.id IN (SELECT m.user_id FROM user_group_map m JOIN groups g ON g.id = m.group_id ' +
        `WHERE ${isOneOf(sql, 'g.name', 'varchar')})` +
        ` OR ${isOneOf(sql, "users.name || '/' || spawners.name", 'varchar')})`,
      listParameter(sql, userNames),
      listParameter(sql, groupNames),
      listParameter(sql, fullNames),
    )
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, params }
}

const columns = {
  id: 'spawners.id',
  user: 'users.name',
  since: 'server_states.since',
  lastActivity: 'spawners.last_activity',
} as const

/** Servers without such a time count as the oldest. */
function order({ by, descending }: ServerOrder = { by: 'id', descending: false }): string {
  const [direction, nulls] = descending ? ['DESC', 'NULLS LAST'] : ['ASC', 'NULLS FIRST']
  const isTime = by === 'since' || by === 'lastActivity'
  const tie = by === 'id' ? '' : `, spawners.id ${direction}`
  return `ORDER BY ${columns[by]} ${direction}${isTime ? ` ${nulls}` : ''}${tie}`
}

import type { UserStateFilter } from '@hub/api'
import { encodeTimestamp } from '../database/codecs.js'
import { count } from '../database/rows.js'
import { isOneOf, listParameter, type Sql, type SqlValue } from '../database/sql.js'
import { selectProfiles, type UserProfile } from './user-profile-store.js'

export interface UserQuery {
  /**
   * `active`: some server has an address; `ready`: some server is up; `inactive`: no server has an address;
   * `pending`: some server is on its way up or down; `failed`: the last start of some server failed.
   */
  readonly state?: UserStateFilter | undefined
  /** Part of the name in any case; `%` and `_` are wildcards, as upstream has it. */
  readonly nameFilter?: string | undefined
  /** Members of this group. */
  readonly group?: string | undefined
  readonly admin?: boolean | undefined
  /** Not active since then, or never. */
  readonly idleSince?: Date | undefined
  readonly sort?: UserOrder | undefined
  /** Restricts to these users and the members of these groups, together. */
  readonly visible?: { readonly userNames: readonly string[]; readonly groupNames: readonly string[] } | undefined
  readonly offset: number
  readonly limit: number
  /** Whether to count those beyond the page too, which takes time where there are many; by default they are. */
  readonly counted?: boolean | undefined
}

export interface UserOrder {
  /** `started`: when the newest of the servers that run was started. `servers`: how many of them have an address. */
  readonly by: 'id' | 'name' | 'lastActivity' | 'created' | 'admin' | 'started' | 'servers'
  readonly descending: boolean
}

export interface UserPage {
  readonly profiles: readonly UserProfile[]
  /** How many there are without offset and limit; where that was not asked for, those up to the end of this page. */
  readonly total: number
}

/** One page of users, with one statement whatever its size, and perhaps one that counts. */
export async function listPage(sql: Sql, query: UserQuery): Promise<UserPage> {
  const { where, params } = condition(sql, query)
  const { sort = { by: 'id', descending: false } } = query
  const join = sort.by === 'started' ? NEWEST_START : sort.by === 'servers' ? RUNNING : ''
  const profiles = await selectProfiles(sql, `${join} ${where} ${order(sort)} LIMIT ? OFFSET ?`, [
    ...params,
    query.limit,
    query.offset,
  ])
  // A page that is not full, and not beyond the end, tells the total by itself.
  const isLast = profiles.length < query.limit && (profiles.length > 0 || query.offset === 0)
  const total =
    isLast || query.counted === false
      ? query.offset + profiles.length
      : await count(sql, `SELECT COUNT(*) AS n FROM users ${where}`, params)
  return { profiles, total }
}

// Few users have servers that run: each of these is answered from that side, whatever the number of users.
const WITH_ADDRESS = 'SELECT s.user_id FROM spawners s WHERE s.server_id IS NOT NULL AND s.user_id IS NOT NULL'
const IN_PHASE =
  'SELECT s.user_id FROM server_states l JOIN spawners s ON s.id = l.spawner_id WHERE s.user_id IS NOT NULL'
const READY =
  'SELECT s.user_id FROM spawners s LEFT JOIN server_states l ON l.spawner_id = s.id ' +
  "WHERE s.server_id IS NOT NULL AND (l.phase IS NULL OR l.phase = 'ready')"

const stateConditions = {
  active: `users.id IN (${WITH_ADDRESS})`,
  inactive: `users.id NOT IN (${WITH_ADDRESS})`,
  ready: `users.id IN (${READY})`,
  pending: `users.id IN (${IN_PHASE} AND l.phase IN ('requested', 'starting', 'stopping', 'unknown'))`,
  failed: `users.id IN (${IN_PHASE} AND l.phase = 'failed')`,
} as const

const NEWEST_START =
  'LEFT JOIN (SELECT user_id, MAX(started) AS started FROM spawners WHERE started IS NOT NULL GROUP BY user_id) newest ' +
  'ON newest.user_id = users.id'

const RUNNING =
  'LEFT JOIN (SELECT user_id, COUNT(*) AS n FROM spawners WHERE server_id IS NOT NULL GROUP BY user_id) running ' +
  'ON running.user_id = users.id'

const MEMBERS = 'SELECT m.user_id FROM user_group_map m JOIN groups g ON g.id = m.group_id WHERE'

function condition(sql: Sql, query: UserQuery): { where: string; params: readonly SqlValue[] } {
  const terms: string[] = []
  const params: SqlValue[] = []
  const add = (term: string, ...values: SqlValue[]): void => {
    terms.push(term)
    params.push(...values)
  }
  if (query.state !== undefined) add(stateConditions[query.state])
  if (query.nameFilter !== undefined) add('LOWER(users.name) LIKE LOWER(?)', `%${query.nameFilter}%`)
  if (query.group !== undefined) add(`users.id IN (${MEMBERS} g.name = ?)`, query.group)
  if (query.admin !== undefined) add(query.admin ? 'users.admin' : 'NOT COALESCE(users.admin, FALSE)')
  if (query.idleSince !== undefined) {
    add('(users.last_activity IS NULL OR users.last_activity < ?)', encodeTimestamp(query.idleSince))
  }
  if (query.visible !== undefined) {
    const inGroup = `users.id IN (${MEMBERS} ${isOneOf(sql, 'g.name', 'varchar')})`
    add(
      `(${isOneOf(sql, 'users.name', 'varchar')} OR ${inGroup})`,
      listParameter(sql, query.visible.userNames),
      listParameter(sql, query.visible.groupNames),
    )
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, params }
}

const columns = {
  id: 'users.id',
  name: 'users.name',
  lastActivity: 'users.last_activity',
  created: 'users.created',
  admin: 'COALESCE(users.admin, FALSE)',
  started: 'newest.started',
  servers: 'COALESCE(running.n, 0)',
} as const

/** Users without such a time count as the oldest; the databases disagree about that unless told. */
function order({ by, descending }: UserOrder): string {
  const [direction, nulls] = descending ? ['DESC', 'NULLS LAST'] : ['ASC', 'NULLS FIRST']
  const isTime = by === 'lastActivity' || by === 'created' || by === 'started'
  // Whichever way round, as upstream has it.
  const tie = by === 'id' ? '' : ', users.id'
  return `ORDER BY ${columns[by]} ${direction}${isTime ? ` ${nulls}` : ''}${tie}`
}

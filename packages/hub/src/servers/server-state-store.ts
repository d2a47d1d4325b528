import { encodeTimestamp } from '../database/codecs.js'
import type { ServerPhase } from '../database/entities/server-state.js'
import type { Sql } from '../database/sql.js'

export type { ServerPhase } from '../database/entities/server-state.js'

export interface PhaseChange {
  readonly to: ServerPhase
  readonly at: Date
  /** When the new phase must have ended; none for `ready`, `stopped` and `failed`. */
  readonly deadline?: Date | null
  /** `user:ada`, `service:culler`, `hub`. */
  readonly actor: string
  readonly reason?: string | null
  readonly failure?: { readonly status: number | null; readonly message: string } | null
}

/** A change that holds only for a server in one of these phases, and in this generation. */
export interface Transition extends PhaseChange {
  readonly from: readonly ServerPhase[]
  readonly generation: number
}

/**
 * Takes a stopped or failed server for a new start. Of any number of callers, in any number of hubs, one wins.
 *
 * @returns the generation of the start, to be named in its transitions; undefined when another has it
 */
export async function claim(sql: Sql, spawnerId: number, change: Omit<PhaseChange, 'to'>): Promise<number | undefined> {
  // A server without a row of ours is stopped unless upstream gave it an address.
  const [row] = await sql.all<{ generation: number }>(
    'INSERT INTO server_states (phase, since, deadline, actor, reason, failure_status, failure_message, generation, spawner_id) ' +
      `SELECT ${typedParameters(sql)}, 1, id FROM spawners WHERE id = ? AND ` +
      '(server_id IS NULL OR id IN (SELECT spawner_id FROM server_states)) ' +
      'ON CONFLICT (spawner_id) DO UPDATE SET phase = excluded.phase, since = excluded.since, deadline = excluded.deadline, ' +
      'actor = excluded.actor, reason = excluded.reason, failure_status = NULL, failure_message = NULL, ' +
      "generation = server_states.generation + 1 WHERE server_states.phase IN ('stopped', 'failed') RETURNING generation",
    [...assigned({ ...change, to: 'requested' }), spawnerId],
  )
  return row?.generation
}

/** PostgreSQL cannot tell the type of a bare parameter in a SELECT. */
function typedParameters(sql: Sql): string {
  if (sql.kind === 'sqlite') return '?, ?, ?, ?, ?, ?, ?'
  return '?::varchar, ?::timestamp, ?::timestamp, ?::varchar, ?::varchar, ?::integer, ?::varchar'
}

/** @returns whether the server was where the transition says, and now is where it leads */
export async function transition(sql: Sql, spawnerId: number, change: Transition): Promise<boolean> {
  // Generation 0 is that of a server which upstream started: it may have no row yet.
  if (change.generation === 0) await ensureRow(sql, spawnerId, change.at)
  const from = change.from.map((phase) => `'${phase}'`).join(', ')
  const won = await sql.run(
    `UPDATE server_states SET ${ASSIGNMENTS} WHERE spawner_id = ? AND generation = ? AND phase IN (${from})`,
    [...assigned(change), spawnerId, change.generation],
  )
  return won === 1
}

const ASSIGNMENTS = 'phase = ?, since = ?, deadline = ?, actor = ?, reason = ?, failure_status = ?, failure_message = ?'

function assigned(change: PhaseChange) {
  return [
    change.to,
    encodeTimestamp(change.at),
    change.deadline ? encodeTimestamp(change.deadline) : null,
    change.actor,
    change.reason ?? null,
    change.failure?.status ?? null,
    change.failure?.message ?? null,
  ]
}

/** A server without a row of ours is running if it has an address. */
function ensureRow(sql: Sql, spawnerId: number, at: Date): Promise<number> {
  return sql.run(
    'INSERT INTO server_states (spawner_id, phase, generation, since) ' +
      `SELECT id, CASE WHEN server_id IS NULL THEN 'stopped' ELSE 'ready' END, 0, '${encodeTimestamp(at)}' ` +
      'FROM spawners WHERE id = ? ON CONFLICT DO NOTHING',
    [spawnerId],
  )
}

/**
 * Takes over what another hub, upstream's, changed on the same database while ours did not run: it knows only addresses.
 * For the start of the hub, before it looks at {@link listUnfinished}; half-done starts and stops are left for that.
 *
 * @returns the number of servers that had changed
 */
export async function reconcile(sql: Sql, at: Date): Promise<number> {
  const since = encodeTimestamp(at)
  const stopped = await sql.run(
    `UPDATE server_states SET phase = 'stopped', since = ?, deadline = NULL, actor = 'hub', reason = 'stopped by another hub' ` +
      "WHERE phase IN ('ready', 'unknown') AND spawner_id IN (SELECT id FROM spawners WHERE server_id IS NULL)",
    [since],
  )
  const started = await sql.run(
    `UPDATE server_states SET phase = 'ready', since = ?, deadline = NULL, actor = 'hub', reason = 'started by another hub', ` +
      'failure_status = NULL, failure_message = NULL, generation = generation + 1 ' +
      "WHERE phase IN ('stopped', 'failed') AND spawner_id IN (SELECT id FROM spawners WHERE server_id IS NOT NULL)",
    [since],
  )
  return stopped + started
}

import type { Column } from '../columns.js'
import { cascade, integer, nullableInteger, nullableText, nullableTimestamp, text, timestamp } from '../columns.js'
import { defineTable } from '../table.js'

export const serverPhases = ['requested', 'starting', 'ready', 'stopping', 'stopped', 'failed', 'unknown'] as const

/** Where a server stands in its life; see docs on the life of servers. */
export type ServerPhase = (typeof serverPhases)[number]

/** Ours, not upstream's: the state machine of one row of `spawners`. */
export interface ServerStateRow {
  readonly spawnerId: number
  readonly phase: ServerPhase
  /** Counts the starts, so that whatever still runs for an earlier one cannot change a later one. */
  readonly generation: number
  readonly since: Date
  /** When this phase must have ended. */
  readonly deadline: Date | null
  /** Who asked for it: `user:ada`, `service:culler`, `hub`. */
  readonly actor: string | null
  readonly reason: string | null
  readonly failureStatus: number | null
  readonly failureMessage: string | null
}

// Only our own code writes this column, and only these words.
const phase = text('phase', 15, { notNull: true }) as Column<ServerPhase>

export const serverStates = defineTable<ServerStateRow>(
  'server_states',
  {
    spawnerId: integer('spawner_id', { references: cascade('spawners') }),
    phase,
    generation: integer('generation'),
    since: timestamp('since'),
    deadline: nullableTimestamp('deadline'),
    actor: nullableText('actor', 300),
    reason: nullableText('reason', 1023),
    failureStatus: nullableInteger('failure_status'),
    failureMessage: nullableText('failure_message', 4095),
  },
  { primaryKey: ['spawnerId'] },
)

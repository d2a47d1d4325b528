import type { JsonObject } from '@hub/api'
import { serverStates, type ServerPhase } from './entities/server-state.js'
import { servers, type ServerRow } from './entities/server.js'
import { spawners, type SpawnerRow } from './entities/spawner.js'
import type { RawRow } from './sql.js'

/** Where a server stands in its life. */
export interface ServerLife {
  readonly phase: ServerPhase
  readonly generation: number
  readonly since: Date
  readonly deadline: Date | null
  readonly actor: string | null
  readonly reason: string | null
  readonly failure: { readonly status: number | null; readonly message: string } | null
}

/** A server of a user with everything the database knows of it. */
export interface ServerRecord {
  readonly id: number
  readonly userId: number
  readonly userName: string
  /** `''` is the default server. */
  readonly name: string
  readonly displayName: string | null
  readonly started: Date | null
  readonly lastActivity: Date | null
  readonly userOptions: JsonObject | null
  /** The spawner's own state. */
  readonly state: JsonObject | null
  readonly oauthClientId: string | null
  /** Set from the start of a spawn to the end of a stop. */
  readonly address: ServerRow | null
  readonly life: ServerLife
}

/** What {@link decodeServerRecord} reads, of the tables that {@link joinServerRecords} joins. */
export const serverRecordColumns =
  `${spawners.select('spawner__')}, "users"."name" AS "owner_name", ` +
  `${servers.select('server__')}, ${serverStates.select('life__')}`

/** The names that {@link serverRecordColumns} gives to them. */
export const serverRecordNames: readonly string[] = [
  ...spawners.names('spawner__'),
  'owner_name',
  ...servers.names('server__'),
  ...serverStates.names('life__'),
]

/** Follows what has `spawners`. */
export const joinServerRecords =
  'LEFT JOIN servers ON servers.id = spawners.server_id LEFT JOIN server_states ON server_states.spawner_id = spawners.id'

/** One query for spawner, owner, address and state machine; what follows is WHERE and ORDER BY. */
export const selectServerRecords = `SELECT ${serverRecordColumns} FROM spawners JOIN users ON users.id = spawners.user_id ${joinServerRecords}`

export function decodeServerRecord(raw: RawRow): ServerRecord {
  const { serverId, ...spawner } = spawners.decode(raw, 'spawner__')
  const address = serverId === null || raw['server__id'] === null ? null : servers.decode(raw, 'server__')
  // The join is on users.id, and users.name is never null in rows that a hub wrote.
  const userName = raw['owner_name'] as string
  return { ...spawner, userName, address, life: decodeLife(raw, address !== null, spawner.started) }
}

/** What {@link decodeServerRecord} makes of a row of `spawners` that has just been inserted. */
export function newServerRecord({ serverId: _, ...spawner }: SpawnerRow, userName: string): ServerRecord {
  return { ...spawner, userName, address: null, life: lifeWithoutRow(false, null) }
}

function decodeLife(raw: RawRow, hasAddress: boolean, started: Date | null): ServerLife {
  if (raw['life__spawner_id'] === null) return lifeWithoutRow(hasAddress, started)
  const { spawnerId: _, failureStatus, failureMessage, ...life } = serverStates.decode(raw, 'life__')
  return { ...life, failure: failureMessage === null ? null : { status: failureStatus, message: failureMessage } }
}

/** Without a row of ours (a database of upstream's), a server is running if it has an address. */
function lifeWithoutRow(hasAddress: boolean, started: Date | null): ServerLife {
  const phase = hasAddress ? 'ready' : 'stopped'
  return {
    phase,
    generation: 0,
    since: started ?? new Date(0),
    deadline: null,
    actor: null,
    reason: null,
    failure: null,
  }
}

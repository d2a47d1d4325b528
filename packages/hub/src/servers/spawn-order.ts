import type { JsonObject, Log } from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import type { StubbornWrites } from '../database/stubborn-writes.js'
import type { HubEvents } from '../events.js'
import type { InternalTls } from '../internal-tls/internal-tls.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import type { LaunchRecords } from './launch-records.js'
import type { LiveServer } from './live-servers.js'
import type { ServerOwner } from './server-owner.js'
import type { ServerRecord } from './server-store.js'
import type { SpawnFailure } from './spawn-failure.js'
import type { ClientTls } from './wait-until-up.js'
import type { ServerWatch } from './watch.js'

/** One start that somebody has asked for; limits have been checked, and nobody else is at it. */
export interface SpawnOrder {
  readonly owner: ServerOwner
  readonly live: LiveServer
  /** The server as it was before: stopped. */
  readonly previous: ServerRecord
  /** Null: as at the previous start. */
  readonly userOptions: JsonObject | null
  readonly displayName?: string
  /** Who asked: `user:ada`, `service:culler`, `hub`. */
  readonly actor: string
  /** Query of the request, which spawners may look at. */
  readonly query?: Readonly<Record<string, readonly string[]>>
}

export interface SpawnDeps {
  readonly records: LaunchRecords
  readonly writes: StubbornWrites
  readonly authenticator: Authenticator
  readonly proxy: HubProxy
  readonly watch: ServerWatch
  readonly events: HubEvents
  readonly log: Log
  readonly tls: ClientTls | undefined
  /** Issues the certificates of servers; undefined: they talk in the clear. */
  readonly certificates: Pick<InternalTls, 'forServer'> | undefined
  readonly random: () => number
  /** Told the version of each server that comes up. */
  readonly onServerVersion: (version: string | null) => void
  /** Told each failure, for `consecutive_failure_limit`; undefined: the start succeeded. */
  readonly onOutcome: (failure: SpawnFailure | undefined) => void
}

import { appendFile } from 'node:fs/promises'
import type { Log } from '@hub/api'
import type { EventHandler } from '../config/monitoring.js'
import type { HubEvents } from '../events.js'

const schema = 'https://schema.jupyter.org/jupyterhub/events/server-action'

/** One start or stop of a server, as the schema of that name lays it down. */
export interface ServerActionRecord {
  readonly __timestamp__: string
  readonly __schema__: typeof schema
  readonly __schema_version__: '1'
  readonly __metadata_version__: 1
  readonly action: 'start' | 'stop'
  readonly username: string
  /** Empty: the default server. */
  readonly servername: string
}

export interface EventLogDeps {
  readonly handlers: readonly EventHandler[]
  readonly events: HubEvents
  readonly log: Log
  readonly now: () => Date
}

/**
 * Tells auditors of servers that came up or were stopped through the hub. Not of servers that were found dead, of what
 * failed, or of what goes with the hub.
 */
export class EventLog {
  /** Lines of one file are written one after another. */
  #written: Promise<void> = Promise.resolve()

  constructor(private readonly deps: EventLogDeps) {
    if (deps.handlers.length === 0) return
    deps.events.on('serverStarted', ({ user, server }) => {
      this.#tell('start', user, server)
    })
    deps.events.on('serverStopped', ({ user, server, succeeded, exited, withHub }) => {
      if (succeeded && !exited && !withHub) this.#tell('stop', user, server)
    })
  }

  /** Settles when what was told so far is written. */
  async flush(): Promise<void> {
    await this.#written
  }

  #tell(action: 'start' | 'stop', username: string, servername: string): void {
    const record: ServerActionRecord = {
      __timestamp__: this.deps.now().toISOString(),
      __schema__: schema,
      __schema_version__: '1',
      __metadata_version__: 1,
      action,
      username,
      servername,
    }
    this.#written = this.#written.then(async () => {
      for (const handler of this.deps.handlers) {
        await hand(record, handler).catch((error: unknown) => {
          this.deps.log.error('an event could not be recorded; look at EventLogger.handlers', { action, error })
        })
      }
    })
  }
}

async function hand(record: ServerActionRecord, handler: EventHandler): Promise<void> {
  if (typeof handler === 'function') {
    await handler(record)
    return
  }
  const line = `${JSON.stringify(record)}\n`
  if (handler === '-') process.stdout.write(line)
  // Opened anew for each line, so that the file may be rotated at any time.
  else await appendFile(handler, line, { mode: 0o640 })
}

import type { Log } from '@hub/api/base'
import { removeLog, trimLog } from './log-file.js'
import type { Servers } from './servers.js'

const TICK_MS = 500
/** Servers that are this young are looked at each tick: a start that fails is to be known at once. */
const YOUNG_MS = 60_000
const TICKS_FOR_OLD = 4
const TICKS_FOR_LOGS = 20
const RESERVED_MS = 60_000
/** Ended servers are kept for whoever wants to read their logs. */
const KEPT_MS = 24 * 3_600_000
const KEPT_COUNT = 1_000

/** Looks after the servers between requests: notices their end, keeps logs short, forgets what is old. @returns ends it */
export function watchServers(servers: Servers, maxLogBytes: number, log: Log): () => void {
  let tick = 0
  let isBusy = false
  const look = async (): Promise<void> => {
    tick++
    const now = Date.now()
    for (const record of [...servers.records.values()]) {
      const isYoung = now - record.facts.createdAt.getTime() < YOUNG_MS
      if (record.phase.at === 'running' && (isYoung || tick % TICKS_FOR_OLD === 0)) await servers.refresh(record)
    }
    servers.forgetOld(now, RESERVED_MS)
    if (tick % TICKS_FOR_LOGS === 0) {
      for (const id of [...servers.records.keys()]) await trimLog(servers.logOf(id), maxLogBytes)
      await forgetEnded(servers, now)
    }
  }
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    look()
      .catch((error: unknown) => log.error('could not look after the servers; it is tried again', { error }))
      .finally(() => (isBusy = false))
  }, TICK_MS)
  return () => clearInterval(timer)
}

async function forgetEnded(servers: Servers, now: number): Promise<void> {
  const ended = [...servers.records.values()]
    .flatMap(({ phase, facts }) => (phase.at === 'exited' ? [{ id: facts.id, when: phase.when.getTime() }] : []))
    .sort((one, other) => other.when - one.when)
  const old = ended.filter(({ when }, index) => index >= KEPT_COUNT || now - when > KEPT_MS)
  for (const { id } of old) await forget(servers, id)
  if (old.length > 0) await servers.save()
}

export async function forget(servers: Servers, id: string): Promise<void> {
  servers.records.delete(id)
  await removeLog(servers.logOf(id))
}

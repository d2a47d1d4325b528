import { readFile, stat } from 'node:fs/promises'
import type { Log } from '@hub/api/base'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupProcesses, identifyProcess, isAlive } from '@hub/spawner/host'
import { endServer } from './end-server.js'
import { readSpawnAnswer, removeAnswer } from './mediator.js'
import type { ServerRecord } from './server-record.js'
import { namesOf, type Servers } from './servers.js'

/** How long an answer of a start that a killed helper had under way may still take. */
const ANSWER_WAIT_MS = 5_000
/** Clocks of files and processes differ by their grain. */
const GRAIN_MS = 2_000
const TICK_MS = 10

/** Brings what the state file says in line with what runs, after a restart of the helper. */
export async function recover(servers: Servers, records: readonly ServerRecord[], log: Log): Promise<void> {
  for (const record of records) servers.records.set(record.facts.id, record)
  await Promise.all(
    records.map(async (record) => {
      if (record.phase.at === 'starting') await findStarted(servers, record, record.phase.since, log)
      else if (record.phase.at === 'running') await servers.refresh(record)
    }),
  )
  await servers.save()
  const running = records.filter(({ phase }) => phase.at === 'running').length
  if (records.length > 0) log.info('servers found again', { running, ended: records.length - running })
}

/**
 * A start that was under way when the helper was killed: the mediator's answer names the process. Without one nothing was
 * started, or it is ended with its cgroup.
 */
async function findStarted(servers: Servers, record: ServerRecord, since: Date, log: Log): Promise<void> {
  const file = servers.answerOf(record.facts.id)
  // Only a start of just now can still be under way.
  const until = Math.max(Date.now(), since.getTime()) + (Date.now() - since.getTime() < 60_000 ? ANSWER_WAIT_MS : 0)
  let answer = await readSpawnAnswer(file)
  while (answer === undefined && Date.now() < until) {
    await sleep(100)
    answer = await readSpawnAnswer(file)
  }
  if (answer?.ok === true && (await isStartOf(record, answer.pid, since))) {
    record.phase = { at: 'running', identity: await identifyProcess(answer.pid) }
    log.info('a server was found whose start was cut short', { ...namesOf(record), pid: answer.pid })
    await servers.save()
  } else {
    if (record.cgroup !== null && (await cgroupProcesses(record.cgroup)) !== undefined)
      await endServer(record, undefined, [], { kill: () => Promise.resolve(false), log })
    await servers.exited(record)
  }
  await removeAnswer(file)
}

/** Whether the process is the user's and not older than the start: a pid alone may be another's by now. */
async function isStartOf(record: ServerRecord, pid: number, since: Date): Promise<boolean> {
  const [found, identity, uptime] = await Promise.all([
    stat(`/proc/${pid}`).catch(() => undefined),
    identifyProcess(pid),
    readFile('/proc/uptime', 'latin1').catch(() => ''),
  ])
  if (found?.uid !== record.facts.uid || !(await isAlive(identity))) return false
  const bootedAt = Date.now() - Number(uptime.split(' ')[0]) * 1000
  return bootedAt + (identity.start_time ?? 0) * TICK_MS >= since.getTime() - GRAIN_MS
}

import { type JsonObject, type Log, serverPrefix } from '@hub/api'
import type { Database } from '../database/index.js'
import type { StubbornWrites } from '../database/stubborn-writes.js'
import { abortable } from './deadline.js'
import type { LiveServer } from './live-servers.js'
import { addressParts, baseUrlOf } from './server-address.js'
import * as phases from './server-state-store.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'
import type { ServerWatch } from './watch.js'
import { type ClientTls, waitUntilUp } from './wait-until-up.js'

type ServerRecord = serverStore.ServerRecord

export interface ResumeDeps {
  readonly database: Database
  readonly writes: StubbornWrites
  readonly servers: Servers
  readonly watch: ServerWatch
  /** Adds the route of a server that is ready. */
  readonly addRoute: (record: ServerRecord) => Promise<void>
  readonly isBlocked: (userName: string) => Promise<boolean>
  readonly baseUrl: string
  readonly tls: ClientTls | undefined
  readonly log: Log
  readonly now: () => Date
}

/** What an earlier hub left of a server. */
type Verdict =
  | { readonly kind: 'running' }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'to-stop'; readonly reason: string }
  | { readonly kind: 'unknown' }

const pollTimeoutMs = 30_000

/** The check of servers that an earlier hub left, under way. */
export interface Resuming {
  readonly count: number
  /** Settles when all are in a definite state. */
  readonly done: Promise<void>
}

/**
 * Brings every server that an earlier hub left running or half-way into a definite state: a running one is watched and
 * routed again, one whose start was broken off goes on to ready if its process is there, one that was being stopped is
 * stopped, and the traces of one that is gone are removed.
 *
 * When this resolves, all of them are marked as being checked, so that nobody starts or stops one meanwhile.
 */
export async function resumeServers(records: readonly ServerRecord[], deps: ResumeDeps): Promise<Resuming> {
  const found = await Promise.all(records.map(async (record) => ({ record, live: await deps.servers.adopt(record) })))
  const all = found.map(({ record, live }) => resume(record, live, deps))
  return { count: all.length, done: Promise.all(all).then(() => undefined) }
}

/** Marks the server before anything is awaited. */
async function resume(record: ServerRecord, live: LiveServer, deps: ResumeDeps): Promise<void> {
  const log = deps.log.child({ user: record.userName, server: record.name })
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => (finish = resolve))
  live.work = { kind: 'checking', done }
  try {
    const verdict = await deps.writes.run('look at a server', () => judge(record, live, deps, log))
    live.work = undefined
    await deps.writes.run('resume a server', () => act(verdict, record, live, deps, log))
  } catch (error) {
    log.error('could not resume a server', { error })
  } finally {
    if (live.work === undefined || live.work.kind === 'checking') live.work = undefined
    finish()
  }
}

/** Finds out, without changing anything. */
async function judge(record: ServerRecord, live: LiveServer, deps: ResumeDeps, log: Log): Promise<Verdict> {
  const { phase } = record.life
  const state = record.state ?? {}
  if (phase === 'requested') return { kind: 'gone', reason: 'the hub ended before the start began' }
  if (phase === 'starting' && isEmpty(state))
    return { kind: 'gone', reason: 'the hub ended before a process was started' }
  const poll = await deps.watch.pollOnce(live, state, AbortSignal.timeout(pollTimeoutMs))
  if (poll === undefined)
    return phase === 'stopping' ? { kind: 'to-stop', reason: 'a stop was under way' } : { kind: 'unknown' }
  if (poll.status === 'exited')
    return { kind: 'gone', reason: `ended while the hub was down (${poll.code ?? 'unknown'})` }
  if (phase === 'stopping') return { kind: 'to-stop', reason: 'a stop was under way when the hub ended' }
  if (await deps.isBlocked(record.userName)) return { kind: 'to-stop', reason: 'the user is blocked' }
  return (await answers(record, live, deps, log))
    ? { kind: 'running' }
    : { kind: 'to-stop', reason: 'it does not answer' }
}

async function act(
  verdict: Verdict,
  record: ServerRecord,
  live: LiveServer,
  deps: ResumeDeps,
  log: Log,
): Promise<void> {
  switch (verdict.kind) {
    case 'running':
      log.info(`${record.userName} still running`)
      await enter(record, 'ready', deps)
      // One that was only starting has no route yet; those that were ready are in the first check of routes.
      if (record.life.phase !== 'ready') await deps.addRoute(record)
      live.isUp = true
      deps.watch.begin(live, record.state ?? {})
      return
    case 'unknown':
      log.warn('it cannot be known whether the server still runs; it stays routed and is looked at again')
      await enter(record, 'unknown', deps)
      live.isUp = true
      deps.watch.begin(live, record.state ?? {}, true)
      return
    case 'gone':
      log.warn(`${record.userName} appears to have stopped while the Hub was down`, { reason: verdict.reason })
      await (
        await deps.servers.stopFound(record, { actor: 'hub', reason: verdict.reason }, true)
      ).done
      return
    case 'to-stop':
      log.warn('stopping a server that was found', { reason: verdict.reason })
      await (
        await deps.servers.stopFound(record, { actor: 'hub', reason: verdict.reason }, false)
      ).done
  }
}

/** The server's address, which its spawner may know better than the database, answers HTTP. */
async function answers(record: ServerRecord, live: LiveServer, deps: ResumeDeps, log: Log): Promise<boolean> {
  const basePath = serverPrefix(deps.baseUrl, record.userName, record.name)
  const address = await currentAddress(record, live, basePath, deps, log)
  if (address === undefined) return false
  const url = new URL(`${basePath}api`, baseUrlOf(address))
  const signal = AbortSignal.timeout(live.spawner.config.http_timeout * 1_000)
  try {
    await waitUntilUp({ url, log, ...(deps.tls === undefined ? {} : { tls: deps.tls }) }, signal)
    return true
  } catch {
    log.error(`${record.userName} does not appear to be running at ${url.href}, shutting it down`)
    return false
  }
}

async function currentAddress(record: ServerRecord, live: LiveServer, basePath: string, deps: ResumeDeps, log: Log) {
  const signal = AbortSignal.timeout(pollTimeoutMs)
  const told = await abortable(live.spawner.addressOf(record.state ?? {}, signal), signal)
  const stored = record.address
  if (told === undefined) {
    return stored === null || stored.port === null
      ? undefined
      : { proto: stored.proto, ip: stored.ip, port: stored.port }
  }
  const address = addressParts(told, basePath)
  if (stored === null || stored.ip !== address.ip || stored.port !== address.port || stored.proto !== address.proto) {
    if (stored !== null && stored.port !== null)
      log.warn('the server has moved', { from: baseUrlOf({ ...stored, port: stored.port }), to: baseUrlOf(address) })
    await deps.database.write((tx) =>
      serverStore.setAddress(tx, record.id, { proto: address.proto, ip: address.ip, port: address.port }),
    )
  }
  return address
}

async function enter(record: ServerRecord, to: 'ready' | 'unknown', deps: ResumeDeps): Promise<void> {
  if (record.life.phase === to) return
  await deps.database.write((tx) =>
    phases.transition(tx, record.id, {
      from: [record.life.phase],
      to,
      generation: record.life.generation,
      at: deps.now(),
      actor: 'hub',
      reason: 'found after a restart of the hub',
    }),
  )
}

const isEmpty = (state: JsonObject): boolean => Object.keys(state).length === 0

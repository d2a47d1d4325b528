import type { RouteKey } from '../route-key.js'
import type { RouteData, RouteRow } from '../route-store.js'
import { callDeadlineMs, within, type SharedTable, type TableEvents } from './shared-table.js'

/** A connection that says nothing to this is a dead one. */
const heartbeatMs = 2_000

/** Moves times forward of routes that are there: hash of routes, hash of times; then key, time, key, time… */
const noteScript = `for i = 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
    local known = tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or '0')
    if tonumber(ARGV[i + 1]) > known then redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
  end
end`
/** Lua's stack is bounded. */
const notedAtOnce = 1_000

/**
 * Routes in Redis: the hash `PREFIX:routes` has the data of each, `PREFIX:activity` the times in milliseconds; what has
 * changed is told on the channel `PREFIX:changes`.
 *
 * @param url - `redis:` or `rediss:`; `?prefix=` keeps several tables apart, `configurable-http-proxy` by default
 */
export async function connectRedis(url: string, events: TableEvents): Promise<SharedTable> {
  const { createClient, ErrorReply } = await import('@redis/client')
  const place = new URL(url)
  const prefix = place.searchParams.get('prefix') ?? 'configurable-http-proxy'
  place.search = ''
  const names = { routes: `${prefix}:routes`, activity: `${prefix}:activity`, changes: `${prefix}:changes` }
  const open = () =>
    createClient({
      url: place.href,
      name: 'configurable-http-proxy',
      // The oldest protocol: servers before 6 know no other.
      RESP: 2,
      disableOfflineQueue: true,
      // Coming back is the store's business: it has to read the table anew then.
      socket: { connectTimeout: callDeadlineMs, reconnectStrategy: false },
    })
  const client = open()
  const listener = open()
  const timers: { heartbeat?: NodeJS.Timeout } = {}
  let isClosed = false
  const close = (): void => {
    isClosed = true
    clearInterval(timers.heartbeat)
    for (const each of [client, listener]) if (each.isOpen) each.destroy()
  }
  const lost = (error: Error): void => {
    if (isClosed) return
    close()
    events.lost(error)
  }
  for (const each of [client, listener]) each.on('error', lost)
  // A call that is not answered in time leaves a connection of which nothing is certain.
  const call = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await within(work, `Redis, ${what}`)
    } catch (error) {
      // An answer that says no leaves the connection as good as before.
      if (!(error instanceof ErrorReply)) lost(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
  try {
    await within(Promise.all([client.connect(), listener.connect()]), 'Redis, connecting', 2 * callDeadlineMs)
    await within(
      listener.subscribe(names.changes, (key) => events.changed(key)),
      'Redis, subscribing',
    )
  } catch (error) {
    close()
    throw error
  }
  timers.heartbeat = setInterval(() => {
    void call('asking whether it is there', Promise.all([client.ping(), listener.ping()])).catch(() => {})
  }, heartbeatMs).unref()

  return {
    async readAll() {
      const [routes, times] = await call(
        'reading the table',
        Promise.all([client.hGetAll(names.routes), client.hGetAll(names.activity)]),
      )
      return new Map(Object.entries(routes).map(([key, data]) => [key, row(data, times[key])]))
    },
    async read(keys) {
      const [routes, times] = await call(
        'reading routes',
        Promise.all([client.hmGet(names.routes, [...keys]), client.hmGet(names.activity, [...keys])]),
      )
      const found = new Map<RouteKey, RouteRow>()
      for (const [index, key] of keys.entries()) {
        const data = routes[index]
        if (data !== null && data !== undefined) found.set(key, row(data, times[index]))
      }
      return found
    },
    async write(key, data, lastActivity) {
      const change = client
        .multi()
        .hSet(names.routes, key, JSON.stringify(data))
        .hSet(names.activity, key, String(lastActivity))
        .publish(names.changes, key)
      await call('writing a route', change.exec())
    },
    async remove(key) {
      const change = client.multi().hDel(names.routes, key).hDel(names.activity, key).publish(names.changes, key)
      const [removed] = await call('removing a route', change.exec())
      return Number(removed) > 0
    },
    async noteActivity(activity) {
      for (let at = 0; at < activity.length; at += notedAtOnce) {
        const note = client.eval(noteScript, {
          keys: [names.routes, names.activity],
          arguments: activity.slice(at, at + notedAtOnce).flatMap(([key, time]) => [key, String(time)]),
        })
        await call('writing activity', note)
      }
    },
    async readActivity() {
      const times = await call('reading activity', client.hGetAll(names.activity))
      return Object.entries(times).map(([key, time]) => [key, Number(time)] as const)
    },
    close: () => {
      close()
      return Promise.resolve()
    },
  }
}

function row(data: string, time: string | null | undefined): RouteRow {
  // Written by `write`, of this or another proxy.
  return { data: JSON.parse(data) as RouteData, lastActivity: Number(time ?? 0) }
}

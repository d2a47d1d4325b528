// The hub with a database that is slow, and with one that is away: node bench/slow-database.mjs [users, 2,000 by default]
// Needs the packages built, and PostgreSQL. AWAY is how many seconds the database is silent, and then refused, at the end.
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { fakeServers, startPostgres, startTcpGate, startTestHub, waitFor } from '@hub/testkit'

const users = Number(process.argv[2] ?? 2_000)
const awaySeconds = Number(process.env.AWAY ?? 30)
const rounds = 50

const postgres = await startPostgres()
const url = new URL(await postgres.createDatabase('slow'))
const gate = await startTcpGate({ host: url.hostname, port: Number(url.port) })
url.port = String(gate.port)
const servers = await fakeServers()
const hub = await startTestHub({
  dbUrl: url.href,
  config: { JupyterHub: { spawner_class: servers.spawnerClass, allow_named_servers: true } },
})

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
const worst = (times) => Math.max(...times)

async function timed(call) {
  const startedAt = performance.now()
  const page = await call()
  return { ms: performance.now() - startedAt, status: page.status }
}

async function measure(calls) {
  const table = {}
  for (const [name, call] of Object.entries(calls)) {
    const times = []
    for (let n = 0; n < rounds; n++) {
      const { ms, status } = await timed(() => call(n))
      if (status >= 400) throw new Error(`${name}: ${status}`)
      times.push(ms)
    }
    table[name] = { median: median(times).toFixed(1), worst: worst(times).toFixed(1) }
  }
  return table
}

let run = 0
const calls = () => {
  run++
  const name = (n) => `u${run}-${n}`
  return {
    'GET /user': () => hub.api('GET', '/user', undefined, token),
    'GET /users/NAME': (n) => hub.api('GET', `/users/user-${n}`),
    'GET /users?limit=100': () => hub.api('GET', '/users?limit=100'),
    'POST /users/U/activity': (n) =>
      hub.api('POST', `/users/user-${n}/activity`, { last_activity: new Date().toISOString() }),
    'POST /users/NAME': (n) => hub.api('POST', `/users/${name(n)}`),
    'POST /users/U/tokens': (n) => hub.api('POST', `/users/user-${n}/tokens`, {}),
    'start a server': (n) => hub.api('POST', `/users/${name(n)}/server`),
    'stop a server': (n) => hub.api('DELETE', `/users/${name(n)}/server`),
    'DELETE /users/NAME': (n) => hub.api('DELETE', `/users/${name(n)}`),
  }
}

/** What is answered, how fast, while the database is away. */
async function during(what, leave) {
  leave()
  const startedAt = performance.now()
  const seen = { proxied: [], health: [], list: [] }
  const browser = hub.browser()
  const again = async (into, call) => {
    while (performance.now() - startedAt < awaySeconds * 1_000) {
      into.push(await timed(call))
      await delay(100)
    }
  }
  await Promise.all([
    again(seen.proxied, () => browser.get('/user/user-0/page')),
    again(seen.health, () => browser.get('/hub/health')),
    again(seen.list, () => hub.api('GET', '/users?limit=1')),
  ])
  const endedAt = performance.now()
  gate.open()
  await waitFor(async () => (await hub.api('POST', `/users/after-${what}`)).status === 201, { deadlineMs: 60_000 })
  const summary = Object.fromEntries(
    Object.entries(seen).map(([name, all]) => [
      name,
      {
        answers: all.length,
        statuses: [...new Set(all.map(({ status }) => status))].join(' '),
        median: median(all.map(({ ms }) => ms)).toFixed(1),
        worst: worst(all.map(({ ms }) => ms)).toFixed(1),
      },
    ]),
  )
  console.log(
    `${what} for ${awaySeconds} s (milliseconds); writing again ${(performance.now() - endedAt).toFixed(0)} ms after its return`,
  )
  console.table(summary)
}

const usernames = Array.from({ length: users }, (_, n) => `user-${n}`)
await hub.api('POST', '/users', { usernames })
const token = (await hub.api('POST', '/users/user-0/tokens', {})).json().token
await hub.api('POST', '/users/user-0/server')
try {
  for (const ms of [0, 10]) {
    gate.delayMs = ms
    console.log(`${users} users, ${ms} ms more for each statement (milliseconds)`)
    console.table(await measure(calls()))
  }
  gate.delayMs = 0
  await during('silent', () => gate.freeze())
  await during('refused', () => gate.cut())
} finally {
  await hub[Symbol.asyncDispose]()
  await servers[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
  await postgres.stop()
}

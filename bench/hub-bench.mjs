#!/usr/bin/env node
// hub-bench.mjs NAME=START_COMMAND … : a hub's own cost, hub by hub, with the smallest possible single-user server.
//
// Each START_COMMAND is a shell command that runs a hub and its proxy in the foreground. It is told by the environment:
// BENCH_DIR (an empty folder, its cwd), BENCH_PORT (public), BENCH_HUB_PORT, BENCH_PROXY_API_PORT, BENCH_TOKEN (to be
// accepted as the service `bench` with admin rights), BENCH_MOCKSU (the single-user server's command), BENCH_DB.
// Settings: USERS (2000), SPAWNS (200), CONC (50 spawns at once), SECS (4 per rate), KEEP (keeps the folders).
// Needs gcc and wrk. Prints a line of JSON for each hub, then a table. Quote ratios of one run, never times alone.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, pool, rate, sleep } from './lib/client.mjs'
import { cpuSeconds, killByCommand, memoryMb } from './lib/processes.mjs'

const setting = (name, otherwise) => Number(process.env[name] ?? otherwise)
const USERS = setting('USERS', 2000)
const SPAWNS = setting('SPAWNS', 200)
const AT_ONCE = setting('CONC', 50)
const SECONDS = setting('SECS', 4)
const TOKEN = 'b'.repeat(64)
const FIRST_PORT = 19_300
const LONGEST_START_MS = 60_000
const LONGEST_SPAWN_MS = 90_000
const LONGEST_STOP_MS = 30_000

const work = mkdtempSync(join(tmpdir(), 'hub-bench-'))
const mocksu = join(work, 'mocksu')
execFileSync('gcc', ['-O2', '-static', '-o', mocksu, join(import.meta.dirname, 'mocksu.c')])

const rows = []
for (const [index, spec] of process.argv.slice(2).entries()) {
  const at = spec.indexOf('=')
  const row = await benchmark(spec.slice(0, at), spec.slice(at + 1), FIRST_PORT + 10 * index)
  rows.push(row)
  console.log(JSON.stringify(row))
}
if (!process.env.KEEP) rmSync(work, { recursive: true, force: true })
const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => !['name', 'log'].includes(name))
for (const name of names) console.log(name.padEnd(20), ...rows.map((row) => `${row.name}=${row[name]}`))
process.exit(0)

async function benchmark(name, command, port) {
  const result = { name }
  const hub = hubRunner(name, command, port)
  try {
    result.start_s = await hub.start()
    await sleep(1500)
    result.rss_idle_mb = memoryMb(hub.pid())
    const users = Array.from({ length: USERS }, (_, index) => `user-${String(index).padStart(5, '0')}`)
    await measureUsers(hub, users, result)
    measureRates(port, result)
    await measureList(hub, result)
    const started = users.slice(0, SPAWNS)
    await measureSpawns(hub, started, result)
    await measureRestart(hub, started, result)
    await measureStops(hub, started, result)
  } catch (error) {
    result.error = error.message
    result.log = hub.logTail()
  }
  await hub.stop()
  killByCommand(mocksu)
  return result
}

/** Starts, kills and ends one hub. */
function hubRunner(name, command, port) {
  const dir = mkdtempSync(join(work, `${name}-`))
  const call = createClient(port, TOKEN)
  const env = {
    ...process.env,
    BENCH_DIR: dir,
    BENCH_PORT: `${port}`,
    BENCH_HUB_PORT: `${port + 1}`,
    BENCH_PROXY_API_PORT: `${port + 2}`,
    BENCH_TOKEN: TOKEN,
    BENCH_MOCKSU: mocksu,
    BENCH_DB: `${dir}/hub.sqlite`,
    CONFIGPROXY_AUTH_TOKEN: 'benchproxytoken',
  }
  let child
  const signal = (pid, which) => {
    try {
      process.kill(pid, which)
    } catch {
      // gone already
    }
  }
  const isUp = () =>
    call('GET', '/hub/api/').then(
      ({ status }) => status === 200,
      () => false,
    )
  return {
    call,
    pid: () => child.pid,
    /** Seconds until the API answers. */
    async start() {
      child = spawn('bash', ['-c', `exec env ${command} >>${dir}/log 2>&1`], { cwd: dir, env, detached: true })
      const since = Date.now()
      while (!(await isUp())) {
        if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}`)
        if (Date.now() - since > LONGEST_START_MS) throw new Error(`not up after ${LONGEST_START_MS} ms`)
        await sleep(25)
      }
      return (Date.now() - since) / 1000
    },
    crash: () => signal(child.pid, 'SIGKILL'),
    async stop() {
      const ended = new Promise((done) => child.once('exit', done))
      signal(child.pid, 'SIGTERM')
      if (child.exitCode === null) await Promise.race([ended, sleep(LONGEST_STOP_MS)])
      signal(-child.pid, 'SIGKILL')
    },
    logTail: () => readFileSync(`${dir}/log`, 'utf8').split('\n').slice(-8).join(' | ').slice(0, 1500),
  }
}

async function measureUsers(hub, users, result) {
  const since = Date.now()
  for (let index = 0; index < users.length; index += 500) {
    const { status, text } = await hub.call('POST', '/hub/api/users', { usernames: users.slice(index, index + 500) })
    if (status !== 201) throw new Error(`adding users: ${status} ${text.slice(0, 200)}`)
  }
  result.add_users_per_s = Math.round(users.length / ((Date.now() - since) / 1000))
  result.rss_users_mb = memoryMb(hub.pid())
}

function measureRates(port, result) {
  const get = (path, connections) => rate({ port, token: TOKEN, path, connections, seconds: SECONDS })
  result.rps_whoami = get('/hub/api/user', 16)
  result.rps_user = get('/hub/api/users/user-00007', 16)
  result.rps_users100 = get('/hub/api/users?limit=100', 8)
  result.rps_login = get('/hub/login', 16)
  const activity = { path: '/hub/api/users/user-00007/activity', method: 'POST', body: { last_activity: new Date() } }
  result.rps_activity = rate({ port, token: TOKEN, connections: 16, seconds: SECONDS, ...activity })
}

async function measureList(hub, result) {
  const since = Date.now()
  let seen = 0
  for (;;) {
    const page = (await hub.call('GET', `/hub/api/users?limit=200&offset=${seen}`)).json()
    if (page.length === 0) break
    seen += page.length
  }
  result.list_all_s = (Date.now() - since) / 1000
  result.listed = seen
}

async function measureSpawns(hub, users, result) {
  const cpuBefore = cpuSeconds(hub.pid())
  const since = Date.now()
  const answers = await pool(users, AT_ONCE, (user) => spawnOne(hub, user))
  const seconds = (Date.now() - since) / 1000
  const times = answers.filter((answer) => typeof answer === 'number').sort((a, b) => a - b)
  result.spawn_ok = times.length
  result.spawn_per_s = Number((times.length / seconds).toFixed(1))
  result.spawn_p50_ms = times[times.length >> 1]
  result.spawn_p95_ms = times[Math.floor(times.length * 0.95)]
  result.spawn_cpu_ms_each = Number((((cpuSeconds(hub.pid()) - cpuBefore) * 1000) / users.length).toFixed(1))
  if (times.length < users.length) result.spawn_err = answers.find((answer) => typeof answer === 'string')
  result.routed_ok = (await pool(users, 20, (user) => isRouted(hub, user))).filter(Boolean).length
  result.rss_running_mb = memoryMb(hub.pid())
}

/** Milliseconds until the server is ready, or what went wrong. */
async function spawnOne(hub, user) {
  const since = Date.now()
  for (;;) {
    const { status } = await hub.call('POST', `/hub/api/users/${user}/server`)
    if (status === 201) return Date.now() - since
    if (status === 202) break
    if (status !== 429) return `status ${status}`
    await sleep(200)
  }
  for (;;) {
    const model = (await hub.call('GET', `/hub/api/users/${user}`)).json()
    if (model.servers['']?.ready) return Date.now() - since
    if (Date.now() - since > LONGEST_SPAWN_MS) return 'timeout'
    await sleep(100)
  }
}

async function isRouted(hub, user) {
  const answer = await hub.call('GET', `/user/${user}/x`).catch(() => undefined)
  return answer?.status === 200
}

/** `kill -9` of the hub with all its servers running. */
async function measureRestart(hub, users, result) {
  hub.crash()
  await sleep(300)
  result.restart_s = await hub.start()
  const since = Date.now()
  const survived = await pool(users, 20, async (user) => {
    while (Date.now() - since < 30_000) {
      if (await isRouted(hub, user)) return true
      await sleep(100)
    }
    return false
  })
  result.survived = survived.filter(Boolean).length
}

async function measureStops(hub, users, result) {
  const since = Date.now()
  await pool(users, AT_ONCE, (user) => hub.call('DELETE', `/hub/api/users/${user}/server`))
  while (Date.now() - since < LONGEST_SPAWN_MS) {
    const active = (await hub.call('GET', '/hub/api/users?state=active&limit=1')).json()
    if (active.length === 0) break
    await sleep(100)
  }
  result.stop_per_s = Number((users.length / ((Date.now() - since) / 1000)).toFixed(1))
}

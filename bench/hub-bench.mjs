#!/usr/bin/env node
// hub-bench.mjs NAME=START_COMMAND ... — the hub's own cost, hub by hub, with the smallest possible single-user server.
// Each START_COMMAND is a shell command that runs a hub (and its proxy) in the foreground; it is given, by env:
// BENCH_DIR (an empty folder, its cwd), BENCH_PORT (public port), BENCH_HUB_PORT, BENCH_PROXY_API_PORT, BENCH_TOKEN (a token
// that must be accepted as an admin service 'bench'), BENCH_MOCKSU (the single-user server's command), BENCH_DB.
// Env: USERS (default 2000), SPAWNS (200), CONC (50), SECS (4). Prints one JSON line per hub, then a table.
import { spawn, execSync, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, readFileSync, readdirSync } from 'node:fs'
import http from 'node:http'
const USERS = +(process.env.USERS ?? 2000),
  SPAWNS = +(process.env.SPAWNS ?? 200),
  CONC = +(process.env.CONC ?? 50),
  SECS = +(process.env.SECS ?? 4)
const TOKEN = 'b'.repeat(64),
  here = new URL('.', import.meta.url).pathname
const mocksu = '/tmp/mocksu.' + process.pid
execFileSync('gcc', ['-O2', '-static', '-o', mocksu, here + 'mocksu.c'])
const sleep = (ms) => new Promise((r) => setTimeout(r, ms))
const agent = new http.Agent({ keepAlive: true, maxSockets: 200 })
async function req(...a) {
  for (let i = 0; ; i++)
    try {
      return await req1(...a)
    } catch (e) {
      if (i >= 3 || !/hang up|ECONNRESET/.test(e.message)) throw e
    }
}
function req1(port, method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : JSON.stringify(body)
    const r = http.request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          authorization: `token ${TOKEN}`,
          ...(data ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) } : {}),
          ...headers,
        },
      },
      (s) => {
        let b = ''
        s.setEncoding('utf8')
        s.on('data', (d) => (b += d))
        s.on('end', () => resolve({ status: s.statusCode, body: b, headers: s.headers }))
      },
    )
    r.setTimeout(120000, () => r.destroy(new Error('timeout')))
    r.on('error', reject)
    r.end(data)
  })
}
const json = (r) => {
  try {
    return JSON.parse(r.body)
  } catch {
    return null
  }
}
function tree(pid) {
  // the process and its descendants, the single-user servers left out
  const kids = {}
  for (const d of readdirSync('/proc'))
    if (/^\d+$/.test(d))
      try {
        const s = readFileSync(`/proc/${d}/stat`, 'utf8')
        const pp = +s.slice(s.lastIndexOf(')') + 2).split(' ')[1]
        ;(kids[pp] ??= []).push(+d)
      } catch {}
  const out = []
  const walk = (p) => {
    let cmd = ''
    try {
      cmd = readFileSync(`/proc/${p}/cmdline`, 'utf8')
    } catch {}
    if (!cmd.includes('mocksu')) out.push(p)
    for (const k of kids[p] ?? []) walk(k)
  }
  walk(pid)
  return out
}
function rss(pid) {
  let kb = 0
  for (const p of tree(pid))
    try {
      kb += +(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${p}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {}
  return +(kb / 1024).toFixed(1)
}
function cpu(pid) {
  let t = 0
  for (const p of tree(pid))
    try {
      const s = readFileSync(`/proc/${p}/stat`, 'utf8')
      const f = s.slice(s.lastIndexOf(')') + 2).split(' ')
      t += +f[11] + +f[12]
    } catch {}
  return t / 100
}
function wrk(port, path, conns, method = 'GET', body) {
  const lua = `/tmp/wrk.${process.pid}.lua`
  execSync(`cat > ${lua}`, {
    input: `wrk.method="${method}"\nwrk.headers["Authorization"]="token ${TOKEN}"\n${body ? `wrk.headers["Content-Type"]="application/json"\nwrk.body=[==[${body}]==]\n` : ''}`,
  })
  const o = execSync(
    `wrk -t1 -c${conns} -d${SECS}s --latency --timeout 30s -s ${lua} http://127.0.0.1:${port}${path}`,
    { encoding: 'utf8' },
  )
  rmSync(lua)
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(o)?.[1]
  const n = +(/(\d+) requests in/.exec(o)?.[1] ?? 0)
  return bad && +bad > n / 100 ? `BAD ${bad}/${n}` : +(/Requests\/sec:\s+([\d.]+)/.exec(o)?.[1] ?? 0)
}
async function pool(items, n, f) {
  const it = items[Symbol.iterator]()
  const out = []
  await Promise.all(
    Array.from({ length: n }, async () => {
      for (const x of { [Symbol.iterator]: () => it }) out.push(await f(x))
    }),
  )
  return out
}
async function up(port, t0, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error('hub exited ' + child.exitCode)
    try {
      const r = await req(port, 'GET', '/hub/api/')
      if (r.status === 200) return (Date.now() - t0) / 1000
    } catch {}
    if (Date.now() - t0 > 60000) throw new Error('not up in 60 s')
    await sleep(25)
  }
}
let slot = 0
async function bench(name, command) {
  const dir = mkdtempSync('/tmp/hubbench.'),
    base = 19300 + 10 * slot++,
    m = { name }
  const env = {
    ...process.env,
    BENCH_DIR: dir,
    BENCH_PORT: `${base}`,
    BENCH_HUB_PORT: `${base + 1}`,
    BENCH_PROXY_API_PORT: `${base + 2}`,
    BENCH_TOKEN: TOKEN,
    BENCH_MOCKSU: mocksu,
    BENCH_DB: `${dir}/hub.sqlite`,
    CONFIGPROXY_AUTH_TOKEN: 'benchproxytoken',
  }
  const start = () => spawn('bash', ['-c', `exec ${command} >>${dir}/log 2>&1`], { cwd: dir, env, detached: true })
  let child = start()
  const stop = async () => {
    const done = new Promise((r) => child.once('exit', r))
    try {
      process.kill(child.pid, 'SIGTERM')
    } catch {}
    await Promise.race([done, sleep(30000)])
  }
  try {
    m.start_s = await up(base, Date.now(), child)
    await sleep(1500)
    m.rss_idle_mb = rss(child.pid)
    const names = Array.from({ length: USERS }, (_, i) => `user-${String(i).padStart(5, '0')}`)
    let t = Date.now()
    for (let i = 0; i < USERS; i += 500) {
      const r = await req(base, 'POST', '/hub/api/users', { usernames: names.slice(i, i + 500) })
      if (r.status !== 201) throw new Error(`add users ${r.status} ${r.body.slice(0, 200)}`)
    }
    m.add_users_per_s = Math.round(USERS / ((Date.now() - t) / 1000))
    m.rss_users_mb = rss(child.pid)
    m.rps_whoami = wrk(base, '/hub/api/user', 16)
    m.rps_user = wrk(base, '/hub/api/users/user-00007', 16)
    m.rps_users100 = wrk(base, '/hub/api/users?limit=100', 8)
    m.rps_login = wrk(base, '/hub/login', 16)
    m.rps_activity = wrk(
      base,
      '/hub/api/users/user-00007/activity',
      16,
      'POST',
      JSON.stringify({ last_activity: new Date().toISOString() }),
    )
    t = Date.now()
    let seen = 0,
      off = 0
    for (;;) {
      const r = json(await req(base, 'GET', `/hub/api/users?limit=200&offset=${off}`))
      if (!r?.length) break
      seen += r.length
      off += r.length
    }
    m.list_all_s = (Date.now() - t) / 1000
    m.listed = seen
    const c0 = cpu(child.pid)
    t = Date.now()
    const lat = await pool(names.slice(0, SPAWNS), CONC, async (u) => {
      const t1 = Date.now()
      for (;;) {
        const r = await req(base, 'POST', `/hub/api/users/${u}/server`)
        if (r.status === 429) {
          await sleep(200)
          continue
        }
        if (![201, 202].includes(r.status)) return `ERR ${r.status}`
        if (r.status === 201) return Date.now() - t1
        break
      }
      for (;;) {
        const s = json(await req(base, 'GET', `/hub/api/users/${u}`))
        if (s?.servers?.['']?.ready) return Date.now() - t1
        if (Date.now() - t1 > 90000) return 'ERR timeout'
        await sleep(100)
      }
    })
    const ok = lat.filter((x) => typeof x === 'number').sort((a, b) => a - b)
    m.spawn_ok = ok.length
    m.spawn_per_s = +(ok.length / ((Date.now() - t) / 1000)).toFixed(1)
    m.spawn_p50_ms = ok[ok.length >> 1]
    m.spawn_p95_ms = ok[Math.floor(ok.length * 0.95)]
    m.spawn_cpu_ms_each = +(((cpu(child.pid) - c0) * 1000) / SPAWNS).toFixed(1)
    if (ok.length < SPAWNS) m.spawn_err = lat.find((x) => typeof x === 'string')
    let via = 0
    await pool(names.slice(0, SPAWNS), 20, async (u) => {
      const r = await req(base, 'GET', `/user/${u}/x`)
      if (r.status === 200) via++
    })
    m.routed_ok = via
    m.rss_running_mb = rss(child.pid)
    t = Date.now()
    try {
      process.kill(child.pid, 'SIGKILL')
    } catch {}
    await sleep(300)
    child = start()
    m.restart_s = await up(base, Date.now(), child)
    via = 0
    const t2 = Date.now()
    await pool(names.slice(0, SPAWNS), 20, async (u) => {
      for (;;) {
        try {
          const r = await req(base, 'GET', `/user/${u}/x`)
          if (r.status === 200) {
            via++
            return
          }
        } catch {}
        if (Date.now() - t2 > 30000) return
        await sleep(100)
      }
    })
    m.survived = via
    t = Date.now()
    await pool(names.slice(0, SPAWNS), CONC, async (u) => {
      await req(base, 'DELETE', `/hub/api/users/${u}/server`)
    })
    for (;;) {
      const r = json(await req(base, 'GET', `/hub/api/users?state=active&limit=1`))
      if (!r?.length || Date.now() - t > 90000) break
      await sleep(100)
    }
    m.stop_per_s = +(SPAWNS / ((Date.now() - t) / 1000)).toFixed(1)
  } catch (e) {
    m.error = String(e.message)
    try {
      m.log = readFileSync(`${dir}/log`, 'utf8').split('\n').slice(-8).join(' | ').slice(0, 1500)
    } catch {}
  }
  await stop()
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {}
  for (const d of readdirSync('/proc'))
    if (/^\d+$/.test(d))
      try {
        if (readFileSync(`/proc/${d}/cmdline`, 'utf8').includes(mocksu)) process.kill(+d, 'SIGKILL')
      } catch {}
  if (!process.env.KEEP) rmSync(dir, { recursive: true, force: true })
  return m
}
const rows = []
for (const spec of process.argv.slice(2)) {
  const i = spec.indexOf('=')
  const m = await bench(spec.slice(0, i), spec.slice(i + 1))
  rows.push(m)
  console.log(JSON.stringify(m))
}
rmSync(mocksu, { force: true })
const keys = [...new Set(rows.flatMap((r) => Object.keys(r)))].filter((k) => !['name', 'log'].includes(k))
for (const k of keys) console.log(k.padEnd(20), ...rows.map((r) => `${r.name}=${r[k]}`))
process.exit(0)

// proxy-soak.mjs: SECONDS of mixed load through our proxy: small and large answers, uploads, event streams, WebSockets, clients
// that leave in the middle, routes that come and go. Prints memory and open descriptors on the way and at the end, when all is quiet.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { cpuSeconds, memoryMb } from './lib/processes.mjs'
import { startProxies } from './lib/proxies.mjs'
import { openWebSocket, startEcho } from './lib/web-sockets.mjs'

const SECONDS = Number(process.env.SECONDS ?? 600)
const CLIENTS = Number(process.env.CLIENTS ?? 4)
const SETTLE_MS = 10_000
const big = Buffer.alloc(1024 * 1024, 'x')

const target = createServer((incoming, answer) => {
  if (incoming.method === 'POST') {
    let size = 0
    incoming.on('data', (chunk) => (size += chunk.length))
    incoming.on('end', () => answer.end(String(size)))
  } else if (incoming.url.endsWith('/events')) {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => answer.write('data: tick\n\n'), 20)
    answer.on('close', () => clearInterval(timer))
  } else answer.end(incoming.url.endsWith('/big') ? big : 'small')
})
target.listen(0, '127.0.0.1')
await once(target, 'listening')
const echo = await startEcho()
const [{ port, pid, api, stop }] = await startProxies([])
await api('POST', '/api/routes/', { target: `http://127.0.0.1:${target.address().port}` })
await api('POST', '/api/routes/ws', { target: `http://127.0.0.1:${echo.port}` })

const counts = {}
const count = (what) => (counts[what] = (counts[what] ?? 0) + 1)

/** Resolves with the size of the answer; `leaveAfterMs`: the client goes before its end. */
function ask(method, path, body, leaveAfterMs) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, agent: false }, (answer) => {
      let size = 0
      answer.on('data', (chunk) => (size += chunk.length))
      answer.on('end', () => resolve(size))
      answer.on('error', () => resolve(-1))
    })
    asked.on('error', (error) => (leaveAfterMs === undefined ? reject(error) : resolve(-1)))
    asked.end(body)
    if (leaveAfterMs !== undefined) setTimeout(() => asked.destroy(), leaveAfterMs)
  })
}

const kinds = {
  small: async () => expect((await ask('GET', '/user/a/small')) === 5),
  big: async () => expect((await ask('GET', '/user/a/big')) === big.length),
  upload: async () => expect((await ask('POST', '/user/a/up', big)) === String(big.length).length),
  'events, left': () => ask('GET', '/user/a/events', undefined, 100),
  'big, left': () => ask('GET', '/user/a/big', undefined, 2),
  'upload, left': () => ask('POST', '/user/a/up', big, 2),
  websocket: async () => {
    const socket = await openWebSocket(port)
    socket.write(Buffer.alloc(100_000, 'y'))
    let size = 0
    for await (const chunk of socket) if ((size += chunk.length) >= 100_000) break
    socket.destroy()
    expect(size === 100_000)
  },
  'route, added and removed': async () => {
    const path = `/api/routes/user/r${Math.random()}`
    await api('POST', path, { target: 'http://127.0.0.1:9' })
    await api('DELETE', path)
  },
}

function expect(holds) {
  if (!holds) throw new Error('not the answer that was to be')
}

function report(label) {
  const fds = readdirSync(`/proc/${pid}/fd`).length
  console.log(`${label}: ${memoryMb(pid)} MB, ${fds} descriptors, ${cpuSeconds(pid).toFixed(1)} s of cpu`)
}

report('before')
const until = Date.now() + SECONDS * 1000
const clients = Array.from({ length: CLIENTS }, async () => {
  while (Date.now() < until) {
    for (const [kind, run] of Object.entries(kinds)) {
      await run().then(
        () => count(kind),
        (error) => count(`failed: ${kind}: ${error.message}`),
      )
    }
  }
})
const reporting = setInterval(() => report(`${Math.round((until - Date.now()) / 1000)} s to go`), 60_000)
await Promise.all(clients)
clearInterval(reporting)
await wait(SETTLE_MS)
report('after')
console.log(counts)
await stop()
echo.stop()
target.close()
target.closeAllConnections()

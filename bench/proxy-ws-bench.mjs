// proxy-ws-bench.mjs [NAME=COMMAND...]: WebSocket round trips through proxies, side by side, in turns.
// CONNECTIONS open sockets, each with IN_FLIGHT messages on their way; what a message costs the proxy in cpu (its own, and
// what the kernel does for it), and its memory. nginx stands for what is near the limit.
import { performance } from 'node:perf_hooks'
import { cpuSplit, memoryMb } from './lib/processes.mjs'
import { startNginx } from './lib/nginx.mjs'
import { startProxies } from './lib/proxies.mjs'
import { openWebSocket, startEcho } from './lib/web-sockets.mjs'

const CONNECTIONS = Number(process.env.CONNECTIONS ?? 200)
const IN_FLIGHT = Number(process.env.IN_FLIGHT ?? 1)
const SECONDS = Number(process.env.SECS ?? 4)
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const MESSAGE_BYTES = Number(process.env.MESSAGE_BYTES ?? 200)

const echo = await startEcho()
const proxies = await startProxies(process.argv.slice(2))
for (const { api } of proxies) await api('POST', '/api/routes/', { target: `http://127.0.0.1:${echo.port}` })
const nginx = process.env.NONGINX ? undefined : await startNginx(echo.port)
if (nginx) proxies.push(nginx)
const results = new Map(proxies.map(({ name }) => [name, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const proxy of proxies) results.get(proxy.name).push(await measure(proxy))
}
for (const [name, list] of results) {
  const text = list.map(({ rate, user, system, mb }) => `${rate}/s,${user}+${system}us-cpu,${mb}MB`).join(' ')
  const total = list.map(({ user, system }) => user + system).sort((a, b) => a - b)
  console.log(`${name}: ${text} median ${total[Math.floor(total.length / 2)].toFixed(1)}us`)
}
await Promise.all(proxies.map(({ stop }) => stop()))
echo.stop()

async function measure({ port, pid }) {
  const message = Buffer.alloc(MESSAGE_BYTES, 'x')
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openWebSocket(port)))
  let count = 0
  let isOver = false
  for (const socket of sockets) {
    let missing = MESSAGE_BYTES
    socket.on('data', (bytes) => {
      for (missing -= bytes.length; missing <= 0; missing += MESSAGE_BYTES) {
        count++
        if (!isOver) socket.write(message)
      }
    })
    for (let i = 0; i < IN_FLIGHT; i++) socket.write(message)
  }
  const before = cpuSplit(pid)
  const startedAt = performance.now()
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
  isOver = true
  const seconds = (performance.now() - startedAt) / 1_000
  const after = cpuSplit(pid)
  const each = (used) => Number(((used * 1e6) / count).toFixed(1))
  const result = {
    rate: Math.round(count / seconds),
    user: each(after.user - before.user),
    system: each(after.system - before.system),
    mb: memoryMb(pid),
  }
  for (const socket of sockets) socket.destroy()
  return result
}

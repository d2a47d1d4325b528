// proxy-idle-ws-bench.mjs [NAME=COMMAND...]: what SOCKETS open WebSockets that say nothing cost a proxy in memory, and how
// much of it comes back when they are closed. Side by side, one proxy after the other.
import { setTimeout as wait } from 'node:timers/promises'
import { startNginx } from './lib/nginx.mjs'
import { cpuSeconds, memoryMb } from './lib/processes.mjs'
import { startProxies } from './lib/proxies.mjs'
import { openWebSocket, startEcho } from './lib/web-sockets.mjs'

const SOCKETS = Number(process.env.SOCKETS ?? 10_000)
const SETTLE_MS = Number(process.env.SETTLE_MS ?? 5_000)
const AT_A_TIME = 50

const echo = await startEcho()
const proxies = await startProxies(process.argv.slice(2))
for (const { api } of proxies) await api('POST', '/api/routes/', { target: `http://127.0.0.1:${echo.port}` })
const nginx = await startNginx(echo.port)
if (nginx) proxies.push(nginx)
for (const { name, port, pid, stop } of proxies) {
  const before = memoryMb(pid)
  const cpuBefore = cpuSeconds(pid)
  const sockets = []
  while (sockets.length < SOCKETS) {
    const more = Math.min(AT_A_TIME, SOCKETS - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: more }, () => openWebSocket(port)))))
  }
  const cpu = ((cpuSeconds(pid) - cpuBefore) * 1e6) / SOCKETS
  await wait(SETTLE_MS)
  const open = memoryMb(pid)
  for (const socket of sockets) socket.destroy()
  await wait(SETTLE_MS)
  const kb = (((open - before) * 1024) / SOCKETS).toFixed(1)
  console.log(
    `${name}: ${before} MB, with ${SOCKETS} open ${open} MB (${kb} KB each, ${cpu.toFixed(0)}us-cpu to open), after ${memoryMb(pid)} MB`,
  )
  await stop()
}
echo.stop()

// proxy-ws-bench.mjs [NAME=COMMAND...]: WebSocket round trips through proxies, side by side, in turns.
// CONNECTIONS open sockets, each with one message on its way; what a message costs the proxy in cpu, and its memory.
import { performance } from 'node:perf_hooks'
import { fork } from 'node:child_process'
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { cpuSeconds, memoryMb } from './lib/processes.mjs'
import { startProxies } from './lib/proxies.mjs'

const CONNECTIONS = Number(process.env.CONNECTIONS ?? 200)
const SECONDS = Number(process.env.SECS ?? 4)
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const MESSAGE_BYTES = Number(process.env.MESSAGE_BYTES ?? 200)

if (process.argv[2] === '--echo') echoServer()
else await main()

/** Agrees to every handshake and sends every byte back: frames do not matter to a proxy. */
function echoServer() {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    let head = ''
    const onHead = (bytes) => {
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', onHead)
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      socket.pipe(socket)
    }
    socket.on('data', onHead)
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('disconnect', () => process.exit())
}

async function main() {
  const echo = fork(import.meta.filename, ['--echo'])
  const [echoPort] = await once(echo, 'message')
  const proxies = await startProxies(process.argv.slice(2))
  const results = new Map(proxies.map(({ name }) => [name, []]))
  for (const { api } of proxies) await api('POST', '/api/routes/', { target: `http://127.0.0.1:${echoPort}` })
  for (let round = 0; round < ROUNDS; round++) {
    for (const proxy of proxies) results.get(proxy.name).push(await measure(proxy))
  }
  for (const [name, list] of results) {
    console.log(`${name}: ${list.map(({ rate, cpuUs, mb }) => `${rate}/s,${cpuUs}us-cpu,${mb}MB`).join(' ')}`)
  }
  await Promise.all(proxies.map(({ stop }) => stop()))
  echo.disconnect()
}

async function measure({ port, pid }) {
  const message = Buffer.alloc(MESSAGE_BYTES, 'x')
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)))
  let count = 0
  let isOver = false
  for (const socket of sockets) {
    let missing = MESSAGE_BYTES
    socket.on('data', (bytes) => {
      missing -= bytes.length
      if (missing > 0) return
      missing = MESSAGE_BYTES
      count++
      if (!isOver) socket.write(message)
    })
    socket.write(message)
  }
  const before = cpuSeconds(pid)
  const startedAt = performance.now()
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
  isOver = true
  const seconds = (performance.now() - startedAt) / 1_000
  const result = {
    rate: Math.round(count / seconds),
    cpuUs: Number((((cpuSeconds(pid) - before) * 1e6) / count).toFixed(1)),
    mb: memoryMb(pid),
  }
  for (const socket of sockets) socket.destroy()
  return result
}

async function open(port) {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  let head = ''
  while (!head.includes('\r\n\r\n')) head += (await once(socket, 'data'))[0].toString('latin1')
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
  return socket
}

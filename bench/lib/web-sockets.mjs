import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { cpus } from 'node:os'

if (process.argv[2] === '--echo') serveEcho()

/** Agrees to every handshake and sends every byte back: frames do not matter to a proxy. */
function serveEcho() {
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
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
  process.on('disconnect', () => process.exit())
}

/** Starts the echo in a process of its own, and keeps it and this one off the cpu of the proxies. */
export async function startEcho() {
  const echo = fork(import.meta.filename, ['--echo'])
  if (cpus().length > 1) {
    for (const pid of [process.pid, echo.pid])
      execFileSync('taskset', ['-a', '-p', '-c', '1', pid], { stdio: 'ignore' })
  }
  const [port] = await once(echo, 'message')
  return { port, stop: () => echo.disconnect() }
}

/** An open WebSocket through the proxy at this port; everything after the handshake is up to the caller. */
export async function openWebSocket(port, localAddress) {
  const socket = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) })
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  let head = ''
  while (!head.includes('\r\n\r\n')) head += (await once(socket, 'data'))[0].toString('latin1')
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
  return socket
}

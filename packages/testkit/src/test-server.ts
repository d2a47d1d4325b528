import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'

/** A small HTTP server on a free port, for tests that need a target; it echoes short WebSocket messages. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Requests so far, oldest first, as `METHOD path`. */
  readonly requests: string[]
}

export async function testServer(answer: RequestListener = answerOk, host = '127.0.0.1'): Promise<TestServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answer(request, response)
  })
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    requests.push(`UPGRADE ${request.url ?? ''}`)
    upgraded.add(socket)
    echoFrames(request, socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has an address')
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const answerOk: RequestListener = (request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ url: request.url, headers: request.headers }))
}

/** Answers the handshake and sends each short frame back unmasked. */
function echoFrames(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.on('error', () => {})
  let buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const length = (buffer[1] ?? 0) & 0x7f
      if (buffer.length < 6 + length || buffer.length < 6) return
      const [first = 0] = buffer
      const mask = buffer.subarray(2, 6)
      const payload = Buffer.from(buffer.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
      buffer = buffer.subarray(6 + length)
      const isClose = (first & 0x0f) === 8
      socket.write(Buffer.concat([Buffer.from([first, length]), payload]))
      if (isClose) {
        socket.end()
        return
      }
    }
  })
}

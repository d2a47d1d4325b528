import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { freePort, handshake, startProxy, startTarget, until } from './support.js'

setFlagsFromString('--expose_gc')
// Typed as what the flag above makes of it.
const collectGarbage = runInNewContext('gc') as () => void

/** Ends when the connection is over, whoever ended it. */
type Visit = (port: number) => Promise<void>

/** Sends `text` and, once something has come back or at once, leaves in one of two ways. */
function visit(text: string, leave: 'close' | 'reset' | 'stay', after: 'connect' | 'answer' = 'answer'): Visit {
  return (port) =>
    new Promise((resolve) => {
      const socket: Socket = connect(port, '127.0.0.1')
      const go = (): void => {
        if (leave === 'close') socket.destroy()
        else if (leave === 'reset') socket.resetAndDestroy()
      }
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.on('connect', () => {
        if (text !== '') socket.write(text)
        if (after === 'connect') setImmediate(go)
      })
      socket.on('data', after === 'answer' ? go : () => {})
    })
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const upload = `PUT /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`

/** Of each kind this share of the whole; most are of the kinds that cost least. */
const kinds: readonly (readonly [share: number, visit: Visit])[] = [
  [0.3, visit('', 'reset', 'connect')],
  [0.3, visit('', 'close', 'connect')],
  [0.12, visit('GET / HT', 'reset', 'connect')],
  [0.04, visit('nonsense\r\n\r\n', 'stay')],
  [0.03, visit(get('/none'), 'close')],
  [0.03, visit(get('/ok'), 'reset', 'connect')],
  [0.03, visit(get('/ok'), 'close')],
  [0.02, visit(get('/stream'), 'reset')],
  [0.02, visit(get('/broken'), 'stay')],
  [0.01, visit(get('/down'), 'close')],
  [0.02, visit(upload, 'reset', 'connect')],
  [0.02, visit(handshake('/ok'), 'reset')],
  [0.02, visit(handshake('/ok'), 'close')],
  [0.02, visit(handshake('/ok'), 'reset', 'connect')],
  [0.01, visit(handshake('/none'), 'stay')],
  [0.01, visit(handshake('/down'), 'stay')],
]

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

function heapMb(): number {
  for (let i = 0; i < 4; i++) collectGarbage()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return (heapUsed + external + arrayBuffers) / 1e6
}

test('20,000 connections of every kind leave no socket and no memory behind', async () => {
  await using target = await startTarget('ok', (request, response) => {
    if (request.url === '/ok') response.end('ok')
    else if (request.url === '/stream') response.write('data: begun\n\n')
    else {
      response.writeHead(200, { 'Content-Length': 1000 }).write('half')
      setImmediate(() => response.socket?.resetAndDestroy())
    }
  })
  // Connections that are kept alive go soon too.
  target.server.keepAliveTimeout = 200
  await using proxy = await startProxy()
  for (const path of ['/ok', '/stream', '/broken']) await proxy.route(path, { target: target.url })
  await proxy.route('/down', { target: `http://127.0.0.1:${await freePort()}` })
  const port = Number(proxy.at.split(':')[1])

  const round = async (total: number): Promise<void> => {
    const before = sockets()
    for (const [share, one] of kinds) {
      let left = Math.ceil(total * share)
      const visitor = async (): Promise<void> => {
        while (left-- > 0) await one(port)
      }
      await Promise.all(Array.from({ length: 50 }, visitor))
    }
    await until(`no more sockets than before (${before})`, () => sockets() <= before, 30_000)
  }
  // What is made once, caches and code, is there after this.
  await round(2_000)
  const before = heapMb()
  await round(20_000)
  expect(heapMb() - before).toBeLessThan(4)
}, 120_000)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer as createHttpServer, get, type Server as HttpServer } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Connections, drain, listen, type Listening } from '../src/index.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daemon-listen-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function open(server: HttpServer | ReturnType<typeof createServer>, options: Parameters<typeof listen>[1]) {
  const listening = await listen(server, options)
  cleanups.push(() => listening.close())
  return listening
}

const portOf = ({ address }: Listening): number => (address.kind === 'tcp' ? address.port : 0)

test('port 0 is a free one, and the address tells which', async () => {
  const listening = await open(createServer(), { host: '127.0.0.1' })
  expect(listening.address).toMatchObject({ kind: 'tcp', host: '127.0.0.1' })
  expect(portOf(listening)).toBeGreaterThan(0)
})

test('a taken port is an error that says what to do', async () => {
  const first = await open(createServer(), { host: '127.0.0.1' })
  await expect(listen(createServer(), { host: '127.0.0.1', port: portOf(first) })).rejects.toMatchObject({
    code: 'cannot_listen',
    message: expect.stringMatching(/EADDRINUSE.*choose another port/) as string,
  })
})

test('the file of a Unix socket has the mode asked for and goes away with the listener', async () => {
  const path = join(await temporaryFolder(), 's')
  const listening = await open(createServer(), { socket: path, socketMode: 0o600 })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await listening.close()
  expect(existsSync(path)).toBe(false)
})

test('a socket left by a killed process is replaced, one in use is not', async () => {
  const path = join(await temporaryFolder(), 's')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(listen(createServer(), { socket: path })).rejects.toMatchObject({ code: 'cannot_listen' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(existsSync(path)).toBe(true)
  expect((await open(createServer(), { socket: path })).address).toEqual({ kind: 'unix', path })
})

test('a plain file in the place of a socket is left alone', async () => {
  const folder = await temporaryFolder()
  await expect(listen(createServer(), { socket: folder })).rejects.toMatchObject({ code: 'cannot_listen' })
  expect(existsSync(folder)).toBe(true)
})

test('drain lets a request under way finish, closes idle connections at once and takes no new ones', async () => {
  let answer = (): void => {}
  const server = createHttpServer((_request, response) => (answer = () => response.end('done')))
  const port = portOf(await open(server, { host: '127.0.0.1' }))
  const idle = connect(port, '127.0.0.1')
  await once(idle, 'connect')
  const reply = new Promise<string>((resolve, reject) => {
    get({ port, host: '127.0.0.1' }, (response) => {
      response.setEncoding('utf8').on('data', resolve)
    }).on('error', reject)
  })
  await once(server, 'request')
  const drained = drain(server, 5_000)
  await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  answer()
  expect(await reply).toBe('done')
  idle.destroy()
  await drained
})

test('drain cuts what is left at its deadline, upgraded connections too', async () => {
  const server = createHttpServer(() => {})
  const connections = new Connections(server)
  server.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  })
  const port = portOf(await open(server, { host: '127.0.0.1' }))
  const hanging = connect(port, '127.0.0.1')
  hanging.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const upgraded = connect(port, '127.0.0.1')
  upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(upgraded, 'data')
  expect(connections.count).toBe(2)
  const ends = [hanging, upgraded].map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)),
  )
  upgraded.resume()
  hanging.resume()
  await drain(server, 30, connections)
  await Promise.all(ends)
})

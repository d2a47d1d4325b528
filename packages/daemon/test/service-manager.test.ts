import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { tempDir } from '@hub/testkit'
import { expect, test } from 'vitest'
import { createLogger, runDaemon } from '../src/index.js'

/** Prints each datagram that reaches a Unix socket, as systemd would read it. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0", 1))
print("bound", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
`

test.each(['file', 'abstract'])('systemd is told what a daemon does, by a socket (%s)', async (kind) => {
  await using dir = await tempDir()
  const path = kind === 'file' ? join(dir.path, 'notify') : `@hub-test-${process.pid}`
  const listener = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines = createInterface(listener.stdout)[Symbol.asyncIterator]()
    const next = async (): Promise<string> => ((await lines.next()) as IteratorYieldResult<string>).value
    expect(await next()).toBe('bound')

    const source = new EventEmitter()
    const env: Record<string, string | undefined> = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '100000', PATH: '/bin' }
    const log = createLogger({ sinks: [] })
    const ended = runDaemon(() => undefined, { log, process: source, env })
    expect(env).toEqual({ PATH: '/bin' })
    expect(await next()).toBe('READY=1')
    expect(await next()).toBe('WATCHDOG=1')
    expect(await next()).toBe('WATCHDOG=1')
    source.emit('SIGTERM')
    await ended
    let last = await next()
    while (last === 'WATCHDOG=1') last = await next()
    expect(last).toBe('STOPPING=1')
  } finally {
    listener.kill()
    await once(listener, 'exit')
  }
})

test('without one nothing is said; one that is gone stops nothing', async () => {
  const lines: string[] = []
  const log = createLogger({ sinks: [(line) => lines.push(line)] })
  for (const env of [{}, { NOTIFY_SOCKET: '/nonexistent/notify' }]) {
    const source = new EventEmitter()
    const ended = runDaemon(() => undefined, { log, process: source, env })
    await new Promise((resolve) => setImmediate(resolve))
    source.emit('SIGTERM')
    expect(await ended).toBe(0)
  }
  await expect.poll(() => lines.filter((line) => line.includes('systemd could not be told'))).toHaveLength(2)
})

import { existsSync } from 'node:fs'
import { startChild } from './child.js'
import { freePort } from './free-port.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

/** Undefined where Redis is not installed. */
export const redisProgram = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((path) => existsSync(path))

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  stop(): Promise<void>
  start(): Promise<void>
}

/** A Redis of its own, which keeps its data over a stop. */
export async function startRedis(): Promise<TestRedis> {
  if (redisProgram === undefined) throw new Error('Redis is not installed: "apt-get install redis-server".')
  const dir = await tempDir('hub-test-redis-')
  const port = await freePort()
  const command: [string, ...string[]] = [
    redisProgram,
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir.path, '--appendonly', 'yes', '--save', ''],
  ]
  let server = startChild({ command })
  const started = () => waitFor(() => server.log().includes('Ready to accept connections'), { what: 'Redis' })
  await started()
  return {
    url: `redis://127.0.0.1:${port}/0`,
    stop: async () => {
      await server.stop('SIGTERM')
    },
    async start() {
      server = startChild({ command })
      await started()
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
    },
  }
}

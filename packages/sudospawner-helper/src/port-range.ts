import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { HostFullError } from './errors.js'

const ATTEMPTS = 50

/** Finds ports within a range on which nobody listens. */
export function portInRange([low, high]: readonly [low: number, high: number]): (host: string) => Promise<number> {
  return async (host) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = randomInt(low, high + 1)
      if (await isFree(host, port)) return port
    }
    throw new HostFullError(`No port from ${low} to ${high} is free on this host.`)
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(host === '' ? { port } : { port, host }, () => server.close(() => resolve(true)))
  })
}

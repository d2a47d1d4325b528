import { createServer } from 'node:net'

const given = new Set<number>()

/** A port of the loopback address that nobody listens on at the moment, and that this process was not given before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = await unusedPort(host)
    if (given.has(port)) continue
    given.add(port)
    return port
  }
}

async function unusedPort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has an address')
  return address.port
}

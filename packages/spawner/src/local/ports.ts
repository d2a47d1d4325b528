import { createServer } from 'node:net'

/** A port given out is not given out again for this long: its server needs a while until it listens. */
const RESERVED_MS = 60_000
const ATTEMPTS = 20

/** Finds free ports, never the same one for two starts that run at the same time. */
export class PortPicker {
  readonly #reservedUntil = new Map<number, number>()

  /** @param clock - milliseconds that only go forward */
  constructor(
    private readonly clock: () => number = () => performance.now(),
    private readonly bindFreePort: (host: string) => Promise<number> = bindFreePortOnce,
  ) {}

  /** @param host - the address the server will listen on; empty: every interface */
  async pick(host: string): Promise<number> {
    this.#forgetExpired()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = await this.bindFreePort(host)
      if (this.#reservedUntil.has(port)) continue
      this.#reservedUntil.set(port, this.clock() + RESERVED_MS)
      return port
    }
    throw new Error('No free port was found: too many servers are starting, or the system has none left.')
  }

  #forgetExpired(): void {
    const now = this.clock()
    // Insertion order is expiry order.
    for (const [port, until] of this.#reservedUntil) {
      if (until > now) return
      this.#reservedUntil.delete(port)
    }
  }
}

function bindFreePortOnce(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    // Without a host Node listens on `::`, or on 0.0.0.0 where there is no IPv6.
    server.listen(host === '' ? { port: 0 } : { port: 0, host }, () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error(`No port was bound on ${host}`))
      })
    })
  })
}

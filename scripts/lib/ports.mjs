import { createServer } from 'node:net'

/**
 * Whether a server could listen there now; `port` 0 asks for any free port.
 *
 * @param {string} host
 * @param {number} port
 * @returns {Promise<{ free: true, port: number } | { free: false, code: string }>}
 */
export function tryPort(host, port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve({ free: false, code: error.code ?? '' }),
    )
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve({ free: true, port: bound }))
    })
  })
}

/**
 * The preferred port if it is free, else any free one, never one of `taken`.
 *
 * @param {string} host
 * @param {number} preferred
 * @param {ReadonlySet<number>} [taken]
 * @returns {Promise<number>}
 */
export async function freePort(host, preferred, taken = new Set()) {
  if (!taken.has(preferred) && (await tryPort(host, preferred)).free) return preferred
  for (;;) {
    const found = await tryPort(host, 0)
    if (!found.free) throw new Error(`no port is free on ${host}: ${found.code}`)
    if (!taken.has(found.port)) return found.port
  }
}

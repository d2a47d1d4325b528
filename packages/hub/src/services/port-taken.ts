import { once } from 'node:events'
import { connect } from 'node:net'

const longestMs = 500

/** Whether somebody listens where this URL leads; nobody, as far as can be told in half a second. */
export async function isPortTaken(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(longestMs) })
    return true
  } catch {
    return false
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, type AddressInfo, type Server } from 'node:net'
import { CodedError } from '@hub/api/base'

export interface ListenOptions {
  /** Address or name; `''`, `*` or nothing means all interfaces. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly port?: number
  /** Path of a Unix socket; then host and port are not looked at. A leftover nobody answers on is replaced. */
  readonly socket?: string
  /** File mode of the socket; default as the umask has it. */
  readonly socketMode?: number
  readonly backlog?: number
}

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** A bound listener. Closing stops accepting and removes the socket file; see `drain` for what is under way. */
export interface Listening {
  readonly address: ListenAddress
  close(): Promise<void>
}

export class ListenError extends CodedError {
  override readonly name = 'ListenError'
  constructor(where: string, cause: NodeJS.ErrnoException) {
    super('cannot_listen', 500, `Cannot listen on ${where}: ${explain(cause)}`, { cause })
  }
}

/** Binds `server` and resolves once it accepts connections. @throws {@link ListenError} */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, port = 0, socket, socketMode, backlog = 511 } = options
  if (socket !== undefined) await removeDeadSocket(socket)
  const anywhere = host === undefined || host === '' || host === '*'
  const target = socket === undefined ? { port, ...(anywhere ? {} : { host }), backlog } : { path: socket, backlog }
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void =>
      reject(new ListenError(socket ?? `${anywhere ? '*' : host}:${port}`, error))
    server.once('error', onError)
    server.listen(target, () => {
      server.off('error', onError)
      resolve()
    })
  })
  if (socket !== undefined && socketMode !== undefined) await chmod(socket, socketMode)
  return { address: addressOf(server), close: () => stopListening(server) }
}

/** Stops accepting; resolves at once, connections under way go on. Node removes a Unix socket's file with it. */
async function stopListening(server: Server): Promise<void> {
  if (server.listening) server.close()
}

function addressOf(server: Server): ListenAddress {
  const address: AddressInfo | string | null = server.address()
  if (typeof address === 'string') return { kind: 'unix', path: address }
  if (address === null) throw new Error('the server is not listening')
  return { kind: 'tcp', host: address.address, port: address.port }
}

/** A socket file left by a process that was killed refuses connections; a live one is left alone and bind reports it. */
async function removeDeadSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat?.isSocket()) return
  const dead = await new Promise<boolean>((resolve) => {
    const probe = connect({ path })
    probe.setTimeout(1000, () => probe.destroy(new Error('timeout')))
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
  if (dead) await unlink(path).catch(() => {})
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the address is in use (EADDRINUSE). Stop the other program or choose another port.'
    case 'EACCES':
      return 'not permitted (EACCES). Ports below 1024 need CAP_NET_BIND_SERVICE; a socket needs a writable folder.'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address (EADDRNOTAVAIL).'
    case 'ENOTFOUND':
      return 'the host name has no address (ENOTFOUND).'
    default:
      return error.message
  }
}

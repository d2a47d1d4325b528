import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'

/** The connections of a server, upgraded ones too, which node's http server forgets. Make it before listening. */
export class Connections {
  private readonly sockets = new Set<Socket>()

  constructor(server: Server, event: 'connection' | 'secureConnection' = 'connection') {
    server.on(event, (socket: Socket) => {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    })
  }

  get count(): number {
    return this.sockets.size
  }

  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy()
  }
}

/**
 * Stops accepting, lets requests under way finish for up to `deadlineMs`, then cuts what is left. Idle keep-alive
 * connections are closed at once. Resolves when no connection is left; pass `connections` if the server has upgrades.
 */
export async function drain(server: HttpServer, deadlineMs: number, connections?: Connections): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
  })
  server.closeIdleConnections()
  // A connection turns idle when its answer is out; node closes those itself once the server is closing, except that
  // one which was between two requests of a pipeline may slip through: look again now and then.
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => {
    server.closeAllConnections()
    connections?.destroyAll()
  }, deadlineMs)
  try {
    await closed
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
  connections?.destroyAll()
}

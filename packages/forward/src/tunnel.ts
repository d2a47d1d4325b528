import type { Socket } from 'node:net'
import type { ExchangeObserver } from './exchange-observer.js'
import type { StallWatch, Watched } from './stall-watch.js'
import type { AnswerHandler } from './answer-reader.js'
import type { TargetConnection } from './target-connection.js'

/** How long a side that was told the end may take to receive what is still on its way to it. */
const flushMs = 10_000

const tunnelOf = Symbol('tunnel')
interface TunneledSocket extends Socket {
  [tunnelOf]?: Tunnel
}

/** An open WebSocket: bytes both ways, as they come, until either side ends. */
export class Tunnel implements AnswerHandler, Watched {
  private isOver = false
  private readonly targetSocket: Socket
  private isWatched = false
  /** One side takes nothing, so the other is not read. */
  private clientIsHeld = false
  private targetIsHeld = false
  private ahead = 0

  constructor(
    private readonly client: TunneledSocket,
    private readonly connection: TargetConnection,
    early: Buffer,
    private readonly observer: ExchangeObserver,
    private readonly watch: StallWatch,
  ) {
    this.targetSocket = connection.becomeTunnel(this)
    client.setTimeout(0)
    for (const socket of [client, this.targetSocket]) {
      socket.setNoDelay(true)
      socket.setKeepAlive(true)
    }
    // Most WebSockets are open and silent. One function for all of them: a closure for each event of each would be a
    // good part of their memory.
    client[tunnelOf] = this
    client.on('data', onClientData)
    client.on('drain', onClientDrain)
    client.on('end', onClientEnd)
    client.on('error', onClientEnd)
    client.on('close', onClientEnd)
    if (early.length > 0) this.fromClient(early)
    client.resume()
  }

  head(): void {}

  body(bytes: Buffer, shared: boolean): void {
    if (this.isOver) return
    const { client } = this
    if (client.write(shared ? Buffer.from(bytes) : bytes) || client.writableLength < this.ahead) return
    this.connection.pause()
    this.targetIsHeld = true
    this.beWatched()
  }

  settled(): boolean {
    return !this.isOver && this.client.writableLength > 0
  }

  drain(): void {
    this.clientIsHeld = false
    this.stopReadingAhead()
    this.client.resume()
  }

  end(): void {
    this.close()
  }

  failure(): void {
    this.close()
  }

  progress(): number {
    if (!this.clientIsHeld && !this.targetIsHeld) return Number.NaN
    return delivered(this.client, this.targetSocket) + delivered(this.targetSocket, this.client)
  }

  look(): void {
    this.ahead = this.watch.takeLookahead(this.ahead)
    if (this.clientIsHeld) {
      this.client.write('')
      if (this.targetSocket.writableLength < this.ahead) this.client.resume()
    }
    if (this.targetIsHeld && !this.isOver) {
      this.connection.write('')
      if (this.client.writableLength < this.ahead) this.connection.resume()
    }
  }

  /** A WebSocket has all the time it wants. */
  stalled(): void {}

  fromClient(bytes: Buffer): void {
    if (this.isOver) return
    this.observer.clientActive()
    if (this.connection.write(bytes) || this.targetSocket.writableLength < this.ahead) return
    this.client.pause()
    this.clientIsHeld = true
    this.beWatched()
  }

  clientDrained(): void {
    this.targetIsHeld = false
    this.stopReadingAhead()
    this.connection.resume()
  }

  /** Either side's end is the other's, after what was sent before it. */
  close(): void {
    if (this.isOver) return
    this.isOver = true
    this.watch.remove(this)
    this.stopReadingAhead()
    this.observer.finished(101)
    for (const socket of [this.client, this.targetSocket]) flushAndDestroy(socket)
  }

  private beWatched(): void {
    if (this.isWatched) return
    this.isWatched = true
    this.watch.add(this)
  }

  private stopReadingAhead(): void {
    this.watch.returnLookahead(this.ahead)
    this.ahead = 0
  }
}

function onClientData(this: TunneledSocket, bytes: Buffer): void {
  this[tunnelOf]?.fromClient(bytes)
}

function onClientDrain(this: TunneledSocket): void {
  this[tunnelOf]?.clientDrained()
}

function onClientEnd(this: TunneledSocket): void {
  this[tunnelOf]?.close()
}

function delivered(from: Socket, to: Socket): number {
  return from.bytesRead - to.writableLength
}

/** What still comes in is read and dropped: unread, it would turn the close into a reset that overtakes what was sent. */
function flushAndDestroy(socket: Socket): void {
  socket.resume()
  socket.destroySoon()
  if (socket.destroyed) return
  // No idle time: a side that takes nothing may still go on sending.
  const timer = setTimeout(() => socket.destroy(), flushMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

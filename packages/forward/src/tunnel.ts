import type { Socket } from 'node:net'
import type { ExchangeObserver } from './exchange-observer.js'
import type { AnswerHandler, TargetConnection } from './target-connection.js'

/** How long a side that was told the end may take to receive what is still on its way to it. */
const flushMs = 10_000

/** An open WebSocket: bytes both ways, as they come, until either side ends. */
export class Tunnel implements AnswerHandler {
  private isOver = false
  private readonly targetSocket: Socket

  constructor(
    private readonly client: Socket,
    private readonly connection: TargetConnection,
    early: Buffer,
    private readonly observer: ExchangeObserver,
  ) {
    this.targetSocket = connection.becomeTunnel(this)
    client.setTimeout(0)
    for (const socket of [client, this.targetSocket]) {
      socket.setNoDelay(true)
      socket.setKeepAlive(true)
    }
    client.on('data', (bytes: Buffer) => this.fromClient(bytes))
    client.on('drain', () => connection.resume())
    client.on('end', () => this.close())
    client.on('error', () => this.close())
    client.on('close', () => this.close())
    if (early.length > 0) this.fromClient(early)
    client.resume()
  }

  head(): void {}

  body(bytes: Buffer, shared: boolean): void {
    if (this.isOver) return
    if (!this.client.write(shared ? Buffer.from(bytes) : bytes)) this.connection.pause()
  }

  settled(): boolean {
    return !this.isOver && this.client.writableLength > 0
  }

  drain(): void {
    this.client.resume()
  }

  end(): void {
    this.close()
  }

  failure(): void {
    this.close()
  }

  private fromClient(bytes: Buffer): void {
    if (this.isOver) return
    this.observer.clientActive()
    if (!this.connection.write(bytes)) this.client.pause()
  }

  /** Either side's end is the other's, after what was sent before it. */
  private close(): void {
    if (this.isOver) return
    this.isOver = true
    this.observer.finished(101)
    for (const socket of [this.client, this.targetSocket]) flushAndDestroy(socket)
  }
}

/** What still comes in is read and dropped: unread, it would turn the close into a reset that overtakes what was sent. */
function flushAndDestroy(socket: Socket): void {
  socket.resume()
  socket.setTimeout(flushMs, () => socket.destroy())
  socket.destroySoon()
}

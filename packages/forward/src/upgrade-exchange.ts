import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AnswerRelay, type RelayContext } from './answer-relay.js'
import { ForwardError } from './errors.js'
import type { ExchangeObserver } from './exchange-observer.js'
import type { ResponseHead } from './response-head.js'
import type { Target } from './target.js'
import type { AnswerHandler } from './answer-reader.js'
import type { TargetConnection } from './target-connection.js'
import { Tunnel } from './tunnel.js'

const maxEarlyBytes = 64 * 1024
/** How long a refused client may take to close. */
const lingerMs = 1_000

/** A WebSocket handshake on its way to the target. */
export class UpgradeExchange implements AnswerHandler {
  private isOver = false
  private connection: TargetConnection | undefined
  private relay: AnswerRelay | undefined

  constructor(
    private readonly context: RelayContext,
    private readonly request: IncomingMessage,
    private readonly client: Socket,
    /** What the client has sent behind its handshake. */
    private early: Buffer,
    private readonly target: Target,
    private readonly observer: ExchangeObserver,
  ) {
    client.on('error', ignore)
    client.on('error', this.onClientGone)
    client.on('end', this.onClientGone)
    client.on('close', this.onClientGone)
    // Read on, or nobody would notice that the client has gone.
    client.on('data', this.onEarly)
  }

  start(requestText: string, targetIdleMs: number): void {
    // A handshake never takes a used connection: it cannot be sent a second time.
    this.connection = this.context.pool.acquire(this.target, 0)
    this.connection.begin(this, requestText, false, targetIdleMs)
  }

  head(head: ResponseHead): void {
    this.letGoOfClient()
    const { connection, client } = this
    if (!connection) return
    if (head.status === 101) {
      this.observer.answered(101)
      client.write(switchingHead(head), 'latin1')
      new Tunnel(client, connection, this.early, this.observer, this.context.watch)
      return
    }
    // Refused: a page of a hub whose server has stopped, for instance. It is an ordinary answer, and the last one here.
    const response = new ServerResponse(this.request)
    response.shouldKeepAlive = false
    response.assignSocket(client)
    response.on('finish', () => client.destroySoon())
    // Read on, or nobody would notice that the client has gone.
    client.on('end', () => client.destroy())
    client.resume()
    // Node's server no longer looks after this socket.
    client.on('drain', () => response.emit('drain'))
    this.relay = new AnswerRelay(this.context, this.request, response, this.target, this.observer).adopt(connection)
    this.relay.head(head)
  }

  body(bytes: Buffer, shared: boolean): void {
    this.relay?.body(bytes, shared)
  }

  end(): void {
    this.relay?.end()
  }

  settled(): boolean {
    return this.relay?.settled() ?? false
  }

  drain(): void {}

  failure(error: Error): void {
    if (this.relay) {
      this.relay.failure(error)
      return
    }
    if (this.isOver) return
    this.isOver = true
    this.letGoOfClient()
    this.observer.failed(new ForwardError(error))
  }

  private readonly onEarly = (bytes: Buffer): void => {
    this.early = Buffer.concat([this.early, bytes])
    if (this.early.length > maxEarlyBytes) this.client.pause()
  }

  private readonly onClientGone = (): void => {
    if (this.isOver) return
    this.isOver = true
    this.letGoOfClient()
    this.client.destroy()
    if (this.connection) this.context.pool.discard(this.connection)
    this.observer.cut('client', undefined)
  }

  private letGoOfClient(): void {
    this.client.off('error', this.onClientGone)
    this.client.off('end', this.onClientGone)
    this.client.off('close', this.onClientGone)
    this.client.off('data', this.onEarly)
    this.client.pause()
  }
}

function switchingHead(head: ResponseHead): string {
  let text = `HTTP/1.1 101 ${head.reason}\r\nconnection: Upgrade\r\nupgrade: ${head.upgrade ?? 'websocket'}\r\n`
  for (let i = 0; i < head.headers.length; i += 2) text += `${head.headers[i] ?? ''}: ${head.headers[i + 1] ?? ''}\r\n`
  return `${text}\r\n`
}

/** Says no to a handshake, and that this was all. For a socket that is no longer the http server's. */
export function refuseUpgrade(client: Socket, status: number): void {
  if (client.listenerCount('error') === 0) client.on('error', ignore)
  client.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  // Closed for good when the client closes too, or soon: bytes left unread would reset the connection under the answer.
  client.setTimeout(lingerMs, () => client.destroy())
  client.on('end', () => client.destroy())
  client.resume()
}

// The close that follows an error is what is acted on.
function ignore(): void {}

import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP forwarder that stands between a client and its server, and can be slow, silent or gone. */
export interface TcpGate extends AsyncDisposable {
  readonly port: number
  /** What the client sends arrives this much later. */
  delayMs: number
  /** Nothing passes any more, and nobody is told. */
  freeze(): void
  /** Connections are broken, new ones are closed at once. */
  cut(): void
  /** What was held back passes, new connections too. */
  open(): void
}

export async function startTcpGate(target: { readonly host: string; readonly port: number }): Promise<TcpGate> {
  let state: 'open' | 'frozen' | 'cut' = 'open'
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy()
      return
    }
    const upstream = connect(target)
    const pair = [client, upstream] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    // Timers of the same length end in the order they began.
    client.on('data', (data) => {
      if (gate.delayMs === 0) upstream.write(data)
      else setTimeout(() => upstream.write(data), gate.delayMs)
    })
    upstream.on('data', (data) => client.write(data))
    if (state === 'frozen') for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gate: TcpGate = {
    port: (server.address() as AddressInfo).port, // of a server that listens on TCP
    delayMs: 0,
    freeze() {
      state = 'frozen'
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    cut() {
      state = 'cut'
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    open() {
      state = 'open'
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    async [Symbol.asyncDispose]() {
      gate.cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return gate
}

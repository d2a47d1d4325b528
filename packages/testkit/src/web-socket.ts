import { WebSocket } from 'undici'
import { within } from './wait-for.js'

/** A WebSocket that is read message by message. */
export interface TestSocket extends Disposable {
  send(text: string): void
  /** The next message, in order of arrival; an error if the socket closes first. */
  next(deadlineMs?: number): Promise<string>
  isOpen(): boolean
  readonly closed: Promise<void>
  close(): void
}

/** Opens a WebSocket; unlike a browser's, with headers of the caller's choice. */
export async function openSocket(url: string | URL, headers: Record<string, string> = {}): Promise<TestSocket> {
  const address = new URL(url)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address, { headers })
  const arrived: string[] = []
  const waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = []
  let isOpen = false
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      isOpen = false
      for (const one of waiting.splice(0)) one.reject(new Error(`the WebSocket to ${address.pathname} was closed`))
      resolve()
    })
  })
  socket.addEventListener('message', (event) => {
    const text = String(event.data)
    const first = waiting.shift()
    if (first === undefined) arrived.push(text)
    else first.resolve(text)
  })
  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => {
      isOpen = true
      resolve()
    })
    socket.addEventListener('error', (event) => {
      reject(new Error(`no WebSocket at ${address.pathname}: ${event.message}`))
    })
  })
  await within(10_000, `opening a WebSocket to ${address.pathname}`, opened)

  return {
    send: (text) => {
      socket.send(text)
    },
    next: (deadlineMs = 10_000) => {
      const text = arrived.shift()
      if (text !== undefined) return Promise.resolve(text)
      const promise = new Promise<string>((resolve, reject) => {
        if (isOpen) waiting.push({ resolve, reject })
        else reject(new Error(`the WebSocket to ${address.pathname} is closed`))
      })
      return within(deadlineMs, 'the next WebSocket message', promise)
    },
    isOpen: () => isOpen,
    closed,
    close: () => {
      socket.close()
    },
    [Symbol.dispose]: () => {
      socket.close()
    },
  }
}

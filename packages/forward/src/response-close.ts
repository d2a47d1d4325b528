import type { ServerResponse } from 'node:http'

/**
 * Calls `closed` once when the response is over: all of it is out, or its connection has closed. Node tells that only to
 * the response whose turn it is; one that waits behind another on the same connection would never hear of the end.
 */
export function onceClosed(response: ServerResponse, closed: () => void): void {
  // Emitted once anyway: `once` would only cost a function more.
  response.on('close', closed)
  const { socket } = response.req
  if (response.socket === socket) return
  const onSocketClose = (): void => {
    // With a socket it has had its turn, and Node tells it.
    if (response.socket) return
    response.off('close', closed)
    response.destroy()
    closed()
  }
  // As many as there are requests that wait.
  socket.setMaxListeners(0)
  socket.once('close', onSocketClose)
  response.once('close', () => socket.off('close', onSocketClose))
}

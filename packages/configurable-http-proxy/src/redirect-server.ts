import { createServer, type Server } from 'node:http'

/** A server that leads http requests to the same address with https. @param port - of https; 443 is left out */
export function redirectServer(port: number, showPort: boolean): Server {
  return createServer((request, response) => {
    const host = request.headers.host
    if (host === undefined) {
      response.writeHead(400).end('This server needs a Host header to know where to send you.')
      return
    }
    const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.split(':', 1)[0]
    response.writeHead(301, { Location: `https://${name ?? ''}${showPort ? `:${port}` : ''}${request.url ?? '/'}` }).end()
  })
}

import type { RequestListener } from 'node:http'
import { parseRequestUrl } from '@hub/forward'

const hostAndPort = /^(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::[0-9]*)?$/i

/** Leads http requests to the same place with https. @param port - of https; left out of the address if undefined */
export function redirectTo(port: number | undefined): RequestListener {
  return (request, response) => {
    const name = hostAndPort.exec(request.headers.host ?? '')?.[1]
    const url = parseRequestUrl(request.url ?? '/')
    if (name === undefined || url === undefined) {
      response.writeHead(400).end('This server needs a Host header to know where to send you.')
      return
    }
    const address = `https://${name}${port === undefined ? '' : `:${port}`}`
    response.writeHead(301, { Location: `${address}${url.path}${url.query === '' ? '' : `?${url.query}`}` }).end()
  }
}

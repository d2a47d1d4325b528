import type { RequestListener } from 'node:http'
import type { TrafficStatistics } from './traffic-statistics.js'

/** Answers `GET /metrics`. */
export function metricsHandler(
  { contentType }: Pick<TrafficStatistics, 'contentType'>,
  text: () => Promise<string>,
): RequestListener {
  return (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('Not Found')
      return
    }
    text().then(
      (metrics) => response.writeHead(200, { 'Content-Type': contentType }).end(metrics),
      () => response.writeHead(500).end('Internal Server Error'),
    )
  }
}

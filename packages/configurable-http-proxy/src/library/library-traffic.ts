import type { ConnectionOptions } from 'node:tls'
import { ErrorPages } from '../error-pages.js'
import { ExchangeRecorder } from '../exchange-recorder.js'
import { Traffic, type TrafficOptions } from '../traffic.js'
import type { ConfigurableProxy } from './configurable-proxy.js'

export interface LibraryTrafficParts extends Pick<TrafficOptions, 'store' | 'forwarder' | 'statistics' | 'caps'> {
  readonly tls: () => ConnectionOptions
}

/** The traffic of a proxy whose fields may be changed while it runs: they are asked for with each request. */
export function libraryTraffic(proxy: ConfigurableProxy, { tls, ...parts }: LibraryTrafficParts): Traffic {
  const { log } = proxy
  return new Traffic({
    ...parts,
    errorPages: new ErrorPages({
      get target() {
        return proxy.errorTarget
      },
      get folder() {
        return proxy.errorPath
      },
      tls,
      log,
    }),
    recorder: new ExchangeRecorder(parts.statistics, undefined),
    log,
    logLevel: 'debug',
    get hostRouting() {
      return proxy.hostRouting
    },
    get includePrefix() {
      return proxy.includePrefix
    },
    get prependPath() {
      return proxy.proxy.options.prependPath !== false
    },
    beforeWeb: (request, response) => {
      proxy.emit('proxyRequest', request, response)
    },
    beforeUpgrade: (request, socket, head) => {
      proxy.emit('proxyRequestWs', request, socket, head)
    },
  })
}

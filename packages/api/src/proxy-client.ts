// Apart from the hub's client, so that who drives a proxy does not load undici.
export { ProxyApiClient } from './proxy/client.js'
export type { ProxyApiClientOptions } from './proxy/client-options.js'

export { ProxyApiClient } from './proxy/client.js'
export type { ProxyApiClientOptions } from './proxy/client-options.js'

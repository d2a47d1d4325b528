import { encodeForPath } from '@hub/api'
import type { HubUrls } from '../hub-urls.js'

/** Path of a service with a URL. */
export const servicePrefix = (urls: HubUrls, name: string): string => `${urls.baseUrl}services/${encodeForPath(name)}/`

/** Where browsers find a service: its path, or a whole URL where services have hosts of their own. */
export const serviceUrl = (urls: HubUrls, name: string): string =>
  `${urls.subdomains?.originOf(name, 'service') ?? ''}${servicePrefix(urls, name)}`

/** What the proxy routes to a service by. */
export const serviceRoutespec = (urls: HubUrls, name: string): string =>
  `${urls.subdomains?.hostOf(name, 'service') ?? ''}${servicePrefix(urls, name)}`

/** A service's whole public URL; empty when it is not known. */
export function publicServiceUrl(urls: HubUrls, name: string): string {
  const url = serviceUrl(urls, name)
  return urls.subdomains !== undefined ? url : urls.publicOrigin === '' ? '' : `${urls.publicOrigin}${url}`
}

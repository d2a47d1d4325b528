import { encodeForPath } from '@hub/api'
import type { HubUrls } from '../hub-urls.js'

/** Where a service with a URL is reached through the proxy. */
export const servicePrefix = (urls: HubUrls, name: string): string => `${urls.baseUrl}services/${encodeForPath(name)}/`

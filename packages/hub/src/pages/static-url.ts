import type { HubUrls } from '../hub-urls.js'

/** URL of a static file. With a version browsers need not ask for it again. */
export function staticUrl(urls: Pick<HubUrls, 'hubPrefix'>, path: string, versionHash: string): string {
  const url = `${urls.hubPrefix}static/${path.replace(/^\/+/, '')}`
  return versionHash === '' ? url : `${url}?v=${encodeURIComponent(versionHash)}`
}

import { encodeForPath, serverPrefix } from '@hub/api'
import type { Subdomains } from './subdomains.js'

/** Where everything of the hub is found. All paths begin and end with `/`, URLs of origins have no trailing slash. */
export interface HubUrls {
  /** Path everything is under. */
  readonly baseUrl: string
  /** `baseUrl` + `hub/`. */
  readonly hubPrefix: string
  /** As servers and services reach the hub's API; no trailing slash. */
  readonly apiUrl: string
  /** As the proxy reaches the hub: the target of the hub's route. */
  readonly connectUrl: string
  /** `scheme://host` people use, empty when not configured. */
  readonly publicOrigin: string
  /** Full public URL of `baseUrl`, empty when not configured. */
  readonly publicUrl: string
  /** Hosts of users and services; undefined: all are on the hub's. */
  readonly subdomains: Subdomains | undefined
}

export interface HubUrlSettings {
  readonly baseUrl: string
  /** Such as `http://127.0.0.1:8081`. */
  readonly connectOrigin: string
  /** Absolute, or empty. */
  readonly publicUrl: string
  readonly subdomains?: Subdomains | undefined
}

export function hubUrls({ baseUrl, connectOrigin, publicUrl, subdomains }: HubUrlSettings): HubUrls {
  const hubPrefix = `${baseUrl}hub/`
  const publicOrigin = publicUrl === '' ? '' : new URL(publicUrl).origin
  return {
    baseUrl,
    hubPrefix,
    apiUrl: `${connectOrigin}${hubPrefix}api`,
    connectUrl: connectOrigin,
    publicOrigin,
    publicUrl: publicOrigin === '' ? '' : `${publicOrigin}${baseUrl}`,
    subdomains,
  }
}

/** Where browsers find a server: its path, or a whole URL where users have hosts of their own. */
export const serverUrl = (urls: HubUrls, userName: string, serverName: string): string =>
  `${urls.subdomains?.originOf(userName, 'user') ?? ''}${serverPrefix(urls.baseUrl, userName, serverName)}`

/** A server's whole public URL; empty when it is not known. */
export function publicServerUrl(urls: HubUrls, userName: string, serverName: string): string {
  const url = serverUrl(urls, userName, serverName)
  return urls.subdomains !== undefined ? url : urls.publicOrigin === '' ? '' : `${urls.publicOrigin}${url}`
}

/** What the proxy routes to a server by: its path, behind the host where users have hosts of their own. */
export const serverRoutespec = (urls: HubUrls, userName: string, serverName: string): string =>
  `${urls.subdomains?.hostOf(userName, 'user') ?? ''}${serverPrefix(urls.baseUrl, userName, serverName)}`

/** `U`, or `U/S` of a named server, escaped: what spawn and spawn-pending pages end in. */
export const serverPath = (userName: string, serverName: string): string =>
  serverName === '' ? encodeForPath(userName) : `${encodeForPath(userName)}/${encodeForPath(serverName)}`

/** Path of a server's progress stream. */
export function progressUrl(urls: HubUrls, userName: string, serverName: string): string {
  const user = `${urls.hubPrefix}api/users/${encodeForPath(userName)}`
  return serverName === '' ? `${user}/server/progress` : `${user}/servers/${encodeForPath(serverName)}/progress`
}

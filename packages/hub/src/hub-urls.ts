import { encodeForPath, serverPrefix } from '@hub/api'

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
}

export interface HubUrlSettings {
  readonly baseUrl: string
  /** Such as `http://127.0.0.1:8081`. */
  readonly connectOrigin: string
  /** Absolute, or empty. */
  readonly publicUrl: string
}

export function hubUrls({ baseUrl, connectOrigin, publicUrl }: HubUrlSettings): HubUrls {
  const hubPrefix = `${baseUrl}hub/`
  const publicOrigin = publicUrl === '' ? '' : new URL(publicUrl).origin
  return {
    baseUrl,
    hubPrefix,
    apiUrl: `${connectOrigin}${hubPrefix}api`,
    connectUrl: connectOrigin,
    publicOrigin,
    publicUrl: publicOrigin === '' ? '' : `${publicOrigin}${baseUrl}`,
  }
}

/** Path of a server as browsers see it. */
export const serverUrl = (urls: HubUrls, userName: string, serverName: string): string =>
  serverPrefix(urls.baseUrl, userName, serverName)

/** `U`, or `U/S` of a named server, escaped: what spawn and spawn-pending pages end in. */
export const serverPath = (userName: string, serverName: string): string =>
  serverName === '' ? encodeForPath(userName) : `${encodeForPath(userName)}/${encodeForPath(serverName)}`

/** Path of a server's progress stream. */
export function progressUrl(urls: HubUrls, userName: string, serverName: string): string {
  const user = `${urls.hubPrefix}api/users/${encodeForPath(userName)}`
  return serverName === '' ? `${user}/server/progress` : `${user}/servers/${encodeForPath(serverName)}/progress`
}

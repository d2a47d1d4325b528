import { hostname } from 'node:os'
import type { ValuesOf } from '@hub/config'
import { HubError } from '../http/hub-error.js'
import { hubUrls, type HubUrls } from '../hub-urls.js'
import { unixSocketPath } from '../proxy/proxy-probe.js'
import { Subdomains, subdomainHooks } from '../subdomains.js'
import type { jupyterHub } from './jupyterhub.js'

export type HubValues = ValuesOf<typeof jupyterHub>

/** Where the proxy listens for people. */
export type PublicBind = { readonly ip: string; readonly port: number } | { readonly socket: string }

/** Everything about addresses that the configuration says in one way or another. */
export interface Addresses {
  readonly publicBind: PublicBind
  /** The same as people would type it on this machine. */
  readonly publicText: string
  readonly hubBind: { readonly host: string; readonly port: number } | { readonly socket: string }
  readonly urls: HubUrls
  /** Route of the hub in the proxy: begins and ends with `/`. */
  readonly hubRoutespec: string
}

/** @throws HubError naming the option whose value is no URL, or the one that is missing */
export function addressesOf(values: HubValues, isSet: (trait: string) => boolean): Addresses {
  const bind = values.bind_url === '' ? undefined : parseUrl('bind_url', values.bind_url)
  const https = values.ssl_cert !== ''
  const baseUrl =
    isSet('base_url') || bind === undefined || bind.pathname === '/' ? values.base_url : withSlashes(bind.pathname)
  const socket = unixSocketPath(values.bind_url)
  const ip = (isSet('ip') || bind === undefined ? values.ip : bind.hostname).replace(/^\[|\]$/g, '')
  const port = isSet('port') || bind === undefined ? values.port : Number(bind.port || (https ? 443 : 80))
  const publicBind = socket === undefined ? { ip: ip === '*' || ip === '0.0.0.0' ? '' : ip, port } : { socket }
  const shownHost = ip === '' || ip === '*' ? '' : ip.includes(':') ? `[${ip}]` : ip
  const subdomains = subdomainsOf(values)
  return {
    publicBind,
    publicText: socket === undefined ? `${https ? 'https' : 'http'}://${shownHost}:${port}${baseUrl}` : values.bind_url,
    hubBind: hubBindOf(values),
    urls: hubUrls({
      baseUrl,
      connectOrigin: connectOriginOf(values),
      publicUrl: publicUrlOf(values, baseUrl) || (subdomains === undefined ? '' : `${subdomains.origin}${baseUrl}`),
      subdomains,
    }),
    hubRoutespec: hubRoutespecOf(values, baseUrl),
  }
}

/** With host routing one route serves the hub on every host that has none of its own. */
function hubRoutespecOf(values: HubValues, baseUrl: string): string {
  if (values.hub_routespec !== '') return withSlashes(values.hub_routespec)
  return values.subdomain_host === '' ? baseUrl : '/'
}

function subdomainsOf(values: HubValues): Subdomains | undefined {
  if (values.subdomain_host === '') return undefined
  const text = values.subdomain_host
  const { origin } = parseUrl('subdomain_host', /^https?:\/\//i.test(text) ? text : `https://${text}`)
  const hook = values.subdomain_hook
  return new Subdomains(
    origin,
    typeof hook === 'function' ? hook : subdomainHooks[hook === 'legacy' ? 'legacy' : 'idna'],
  )
}

function hubBindOf(values: HubValues): Addresses['hubBind'] {
  if (values.hub_bind_url === '') return { host: values.hub_ip, port: values.hub_port }
  const socket = unixSocketPath(values.hub_bind_url)
  if (socket !== undefined) return { socket }
  const url = parseUrl('hub_bind_url', values.hub_bind_url)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }
}

function connectOriginOf(values: HubValues): string {
  if (values.hub_connect_url !== '') {
    const socket = /^(?:http\+unix|unix\+http):\/\/[^/]+/.exec(values.hub_connect_url)
    if (socket !== null) return socket[0]
    const { origin } = parseUrl('hub_connect_url', values.hub_connect_url)
    return values.internal_ssl ? origin.replace(/^http:/, 'https:') : origin
  }
  const bind = hubBindOf(values)
  if ('socket' in bind) {
    throw new HubError(
      'connect_url_missing',
      500,
      'JupyterHub.hub_connect_url is needed when hub_bind_url is a Unix socket.',
    )
  }
  const everywhere = ['', '*', '0.0.0.0', '::'].includes(bind.host)
  const host = values.hub_connect_ip !== '' ? values.hub_connect_ip : everywhere ? hostname() : bind.host
  const port = values.hub_connect_port === 0 ? bind.port : values.hub_connect_port
  return `${values.internal_ssl ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function publicUrlOf(values: HubValues, baseUrl: string): string {
  if (values.public_url === '') return ''
  const text = /^[a-z]+:\/\//i.test(values.public_url) ? values.public_url : `https://${values.public_url}`
  const url = parseUrl('public_url', text)
  const path = withSlashes(url.pathname)
  if (path !== '/' && path !== baseUrl) {
    throw new HubError(
      'public_url_wrong',
      500,
      `JupyterHub.public_url ends in ${path}, but JupyterHub.base_url is ${baseUrl}; make them agree.`,
    )
  }
  return `${url.origin}${baseUrl}`
}

function parseUrl(trait: string, text: string): URL {
  try {
    return new URL(text.replace('://:', '://0.0.0.0:'))
  } catch {
    throw new HubError(
      'url_wrong',
      500,
      `JupyterHub.${trait} is no URL: ${text}. It should look like http://127.0.0.1:8000/`,
    )
  }
}

function withSlashes(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '')
  return inner === '' ? '/' : `/${inner}/`
}

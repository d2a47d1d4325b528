import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HubUrls } from '../hub-urls.js'
import { sendReply } from './reply.js'

/**
 * Answers requests that reach the hub outside its prefix: the proxy sends here whatever has no route of its own.
 * Navigation is led into the hub, where the path of a server that is not running means something.
 */
export async function leadIntoHub(request: IncomingMessage, response: ServerResponse, urls: HubUrls): Promise<void> {
  const url = request.url ?? '/'
  const queryAt = url.indexOf('?')
  // Doubled slashes at the front would make another host of what follows.
  const path = (queryAt === -1 ? url : url.slice(0, queryAt)).replace(/^\/{2,}/, '/').replaceAll('\\', '%5C')
  const query = queryAt === -1 ? '' : url.slice(queryAt)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    await sendReply(response, {
      status: 403,
      json: { status: 403, message: `'_xsrf' argument missing from ${request.method ?? ''}` },
    })
    return
  }
  const { baseUrl, hubPrefix, publicOrigin } = urls
  if (`${path}/` === hubPrefix) return sendReply(response, { redirect: hubPrefix + query, status: 301 })
  if (new RegExp(`^${escapeRegExp(baseUrl)}(?:user|services)/[^/]+$`).test(path)) {
    return sendReply(response, { redirect: `${path}/${query}`, status: 301 })
  }
  const rest = path.startsWith(baseUrl) ? path.slice(baseUrl.length) : path.slice(1)
  await sendReply(response, { redirect: `${publicOrigin}${hubPrefix}${rest.replace(/^\/+/, '')}${query}` })
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

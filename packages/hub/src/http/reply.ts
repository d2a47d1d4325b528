import type { ServerResponse } from 'node:http'

/** What a handler answers with; `handle` and `page` write it. */
export type Reply =
  | { readonly status: number; readonly json: unknown; readonly headers?: ReplyHeaders }
  | { readonly status: number; readonly html: string; readonly headers?: ReplyHeaders }
  | { readonly status: number; readonly text: string; readonly headers?: ReplyHeaders }
  | { readonly status: number; readonly empty: true; readonly headers?: ReplyHeaders }
  | { readonly redirect: string; readonly status?: 301 | 302 | 303; readonly headers?: ReplyHeaders }
  /** The handler writes to the response itself, e.g. an event stream. */
  | { readonly stream: (response: ServerResponse) => Promise<void> }

export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>

export const empty = (status: number, headers?: ReplyHeaders): Reply => ({
  status,
  empty: true,
  ...(headers === undefined ? {} : { headers }),
})
export const json = (value: unknown, status = 200): Reply => ({ status, json: value })

/** Cookies collected by the request so far stay: a reply adds headers, it never drops Set-Cookie. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  if ('stream' in reply) {
    await reply.stream(response)
    return
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (name.toLowerCase() === 'set-cookie') for (const cookie of [value].flat()) addCookie(response, cookie)
    else response.setHeader(name, value)
  }
  if ('redirect' in reply) {
    response.statusCode = reply.status ?? 302
    response.setHeader('Location', encodeLocation(reply.redirect))
    response.setHeader('Content-Type', 'text/html; charset=UTF-8')
    response.end()
    return
  }
  response.statusCode = reply.status
  if ('json' in reply) end(response, 'application/json', JSON.stringify(reply.json))
  else if ('html' in reply) end(response, 'text/html; charset=UTF-8', reply.html)
  else if ('text' in reply) end(response, 'text/plain; charset=UTF-8', reply.text)
  else if (reply.status === 204) response.end()
  else end(response, 'text/plain; charset=UTF-8', '')
}

export function addCookie(response: ServerResponse, cookie: string): void {
  response.appendHeader('Set-Cookie', cookie)
}

function end(response: ServerResponse, type: string, body: string): void {
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}

/** Header values are Latin-1 at most and end at a line break; whatever else got here is percent-encoded. */
function encodeLocation(location: string): string {
  return location.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character))
}

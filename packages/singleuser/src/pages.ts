import { STATUS_CODES, type ServerResponse } from 'node:http'
import { wireVersion } from '@hub/api/base'

/** An answer of this server's own. */
export interface OwnAnswer {
  readonly status: number
  readonly message: string
  /** A person reads it. */
  readonly isPage: boolean
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Where a page leads on. */
  readonly link?: { readonly href: string; readonly text: string }
}

export function sendOwn(response: ServerResponse, { status, message, isPage, headers = {}, link }: OwnAnswer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const body = isPage ? page(status, message, link) : JSON.stringify({ status, message })
  response.writeHead(status, {
    'Content-Type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    'X-JupyterHub-Version': wireVersion,
    ...(headers as Record<string, string>),
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** @param cookies - `Set-Cookie` headers */
export function redirect(response: ServerResponse, location: string, cookies: readonly string[] = []): void {
  response.writeHead(302, {
    Location: location,
    'Content-Length': 0,
    'Cache-Control': 'no-store',
    'X-JupyterHub-Version': wireVersion,
    ...(cookies.length === 0 ? {} : { 'Set-Cookie': [...cookies] }),
  })
  response.end()
}

function page(status: number, message: string, link: OwnAnswer['link']): string {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color:#222;background:#fff}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}a{color:#8bf}}</style></head>
<body><main><h1>${title}</h1><p>${escapeHtml(message)}</p>${
    link === undefined ? '' : `<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p>`
  }</main></body></html>`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

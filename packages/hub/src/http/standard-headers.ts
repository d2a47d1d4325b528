import type { ServerResponse } from 'node:http'

export interface StandardHeaders {
  /** Release of the reference hub whose wire we speak; servers compare it with their own. */
  readonly version: string
  readonly hubPrefix: string
  /** Headers of the configuration; they win over those the hub would send. */
  readonly extra: Readonly<Record<string, string>>
}

/** Sets what every response of the hub carries. */
export function setStandardHeaders(
  response: ServerResponse,
  { version, hubPrefix, extra }: StandardHeaders,
  place: 'page' | 'api' | 'api root',
): void {
  const policy = `frame-ancestors 'none'; report-uri ${hubPrefix}security/csp-report`
  response.setHeader('X-JupyterHub-Version', version)
  response.setHeader('Content-Security-Policy', place === 'page' ? policy : `${policy}; default-src 'none'`)
  response.setHeader('Access-Control-Allow-Headers', 'accept, content-type, authorization')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  // Anybody's page may ask which version this is.
  if (place === 'api root') response.setHeader('Access-Control-Allow-Origin', '*')
  for (const [name, value] of Object.entries(extra)) response.setHeader(name, value)
}

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
  isApi: boolean,
): void {
  const policy = `frame-ancestors 'none'; report-uri ${hubPrefix}security/csp-report`
  response.setHeader('X-JupyterHub-Version', version)
  response.setHeader('Content-Security-Policy', isApi ? `${policy}; default-src 'none'` : policy)
  response.setHeader('Access-Control-Allow-Headers', 'accept, content-type, authorization')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  for (const [name, value] of Object.entries(extra)) response.setHeader(name, value)
}

import type { LoginRequest } from '@hub/authenticator'
import type { Exchange } from '../http/exchange.js'
import type { HubUrls } from '../hub-urls.js'
import type { FormFields } from '../http/form-body.js'

/** A request as authenticators see it. */
export function loginRequest({ facts }: Exchange, form: Readonly<Record<string, string>> | undefined): LoginRequest {
  return {
    form,
    method: facts.method,
    url: facts.url,
    query: lists(facts.query),
    headers: facts.headers,
    cookies: Object.fromEntries(
      Object.entries(facts.cookies).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    remoteAddress: facts.ip,
  }
}

/** Full URL of a path under the hub's prefix, as browsers reach it. */
export function publicUrl({ facts }: Exchange, urls: HubUrls, path: string): string {
  const origin = urls.publicOrigin === '' ? `${facts.protocol}://${facts.host}` : urls.publicOrigin
  return `${origin}${urls.hubPrefix}${path.replace(/^\/+/, '')}`
}

/** The submitted fields, the last value of each; the name without white space around it, everything else as typed. */
export function formRecord(fields: FormFields): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null) as Record<string, string> // a field may be called "constructor"
  for (const [name, values] of fields) {
    const value = values.findLast((each) => typeof each === 'string')
    if (name === '_xsrf' || value === undefined) continue
    record[name] = name === 'username' ? value.trim() : value
  }
  return record
}

function lists(query: URLSearchParams): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]))
}

import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'

export type SubdomainKind = 'user' | 'service'

/** Makes the host name of a user or service below a domain. */
export type SubdomainHook = (name: string, domain: string, kind: SubdomainKind) => string

/**
 * Each user and service on a host of its own below one domain, so that browsers keep what they store apart: a page of one
 * server can then not read another's.
 */
export class Subdomains {
  /** Host name without port. */
  readonly domain: string

  /** @param origin - of the hub itself, such as `https://hub.example.org:8000` */
  constructor(
    readonly origin: string,
    private readonly hook: SubdomainHook,
  ) {
    this.domain = new URL(origin).hostname
  }

  /** Host name, without port: what the proxy routes by. */
  hostOf(name: string, kind: SubdomainKind): string {
    return this.hook(name, this.domain, kind)
  }

  /** `scheme://host[:port]` of a user or service. */
  originOf(name: string, kind: SubdomainKind): string {
    const { protocol, port } = new URL(this.origin)
    return `${protocol}//${this.hostOf(name, kind)}${port === '' ? '' : `:${port}`}`
  }
}

/** The hooks that `subdomain_hook` names. */
export const subdomainHooks: Readonly<Record<'idna' | 'legacy', SubdomainHook>> = {
  idna: (name, domain, kind) => `${idnaLabel(name)}${kind === 'service' ? '--service' : ''}.${domain}`,
  legacy: (name, domain, kind) => (kind === 'service' ? `services.${domain}` : `${legacyLabel(name)}.${domain}`),
}

const LONGEST_LABEL = 63
/** Room for `--service`. */
const LONGEST_NAME = LONGEST_LABEL - 9

function idnaLabel(name: string): string {
  // Labels with two hyphens are ours, and those of IDNA: nobody is to take one by choosing a name.
  if (name.includes('--')) return fallbackLabel(name)
  if (isLabel(name)) return name
  const encoded = domainToASCII(name)
  return encoded !== name && !encoded.includes('.') && isLabel(encoded) ? encoded : fallbackLabel(name)
}

const isLabel = (text: string): boolean =>
  text.length <= LONGEST_NAME && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(text) && !/^\d+$/.test(text)

function fallbackLabel(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 8)
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 7)
  return `u-${safe === '' ? 'x' : safe}--${hash}`
}

function legacyLabel(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*_~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .toLowerCase()
    .replaceAll('%', '_')
}

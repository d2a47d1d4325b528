import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { HubFacts } from './config/hub-facts.js'

export interface Cookie {
  readonly name: string
  readonly value: string
}

/** In the order of the header; a name may come several times, from several paths. */
export function readCookies(header: string | undefined): Cookie[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    if (equals === -1) return []
    return [
      {
        name: pair.slice(0, equals).trim(),
        value: pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      },
    ]
  })
}

/** The names and attributes of the cookies of this server. */
export class CookieRules {
  /** Holds the visitor's token. */
  readonly login: string
  /** Beginning of the names of cookies that bind a login to the browser that began it. */
  readonly state: string

  constructor(private readonly facts: HubFacts) {
    const prefix = facts.cookieHostPrefix ? '__Host-' : ''
    this.login = `${prefix}${facts.clientId}`
    this.state = `${prefix}${facts.clientId}-oauth-state`
  }

  isOwn(name: string): boolean {
    return name === this.login || name.startsWith(this.state)
  }

  /** @param maxAgeSeconds - 0 removes it */
  header({ name, value }: Cookie, maxAgeSeconds: number, isSecure: boolean): string {
    const { cookieHostPrefix, cookieOptions, isPublicHttps } = this.facts
    const option = (wanted: string): unknown =>
      Object.entries(cookieOptions).find(([key]) => key.toLowerCase() === wanted)?.[1]
    const sameSite = option('samesite')
    const domain = option('domain')
    const secure = cookieHostPrefix || isSecure || isPublicHttps || option('secure') === true
    return [
      `${name}=${value}`,
      `Path=${cookieHostPrefix ? '/' : this.facts.prefix}`,
      `Max-Age=${maxAgeSeconds}`,
      'HttpOnly',
      `SameSite=${typeof sameSite === 'string' && /^(?:lax|strict|none)$/i.test(sameSite) ? sameSite : 'Lax'}`,
      ...(typeof domain === 'string' && !cookieHostPrefix && /^[\w.-]+$/.test(domain) ? [`Domain=${domain}`] : []),
      ...(secure ? ['Secure'] : []),
    ].join('; ')
  }
}

const IV_BYTES = 12
const TAG_BYTES = 16

/** Seals tokens for cookies, with a key that lives as long as this process: nobody else can make or read one. */
export class Seal {
  readonly #key = randomBytes(32)

  close(purpose: string, text: string): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** Undefined of what this process has not sealed for this purpose. */
  open(purpose: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES)).setAAD(
        Buffer.from(purpose),
      )
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return undefined
    }
  }
}

import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AuthenticatorError } from '../../authentication-error.js'
import type { ServiceHttp } from '../service-http.js'

const SCOPE = 'https://www.googleapis.com/auth/admin.directory.group.readonly'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ASSERTION_SECONDS = 600
/** A token is given up this long before it ends, so that it does not end on the way. */
const TOKEN_RESERVE_MS = 60_000
const MOST_GROUPS = 2_000

export interface DirectoryAccess {
  /** Where the directory's API is. */
  readonly url: string
  /** File of a service account's key, as Google hands it out. */
  readonly keyFile: string
  /** An administrator of the domain, in whose name the service account asks. */
  readonly administrator: string
}

interface ServiceAccountKey {
  readonly client_email: string
  readonly private_key: string
  readonly token_uri: string
}

/** Groups of people, as the directory of a Google Workspace domain has them. */
export class GoogleDirectory {
  #token: { readonly value: string; readonly until: number } | undefined

  constructor(
    readonly access: DirectoryAccess,
    readonly http: ServiceHttp,
  ) {}

  /**
   * @param nested - also groups that have one of the person's groups as member
   * @returns names of groups, without the domain
   */
  async groupsOf(email: string, nested: boolean, signal: AbortSignal): Promise<readonly string[]> {
    const token = await this.#accessToken(signal)
    const found = new Set<string>()
    const toAsk = [email]
    for (let member = toAsk.shift(); member !== undefined; member = toAsk.shift()) {
      for (const group of await this.#groupsWith(member, token, signal)) {
        if (found.has(group) || found.size >= MOST_GROUPS) continue
        found.add(group)
        if (nested) toAsk.push(group)
      }
    }
    return [...found].map((address) => address.slice(0, address.lastIndexOf('@'))).sort()
  }

  async #groupsWith(member: string, token: string, signal: AbortSignal): Promise<readonly string[]> {
    const addresses: string[] = []
    let page = ''
    do {
      const query = new URLSearchParams({
        userKey: member,
        maxResults: '200',
        ...(page === '' ? {} : { pageToken: page }),
      })
      const answer = (await this.http.json(`${this.access.url}/groups?${query.toString()}`, token, signal)) as {
        groups?: readonly { email?: unknown }[]
        nextPageToken?: unknown
      } // what Google documents; looked at below
      for (const { email } of answer.groups ?? []) if (typeof email === 'string') addresses.push(email.toLowerCase())
      page = typeof answer.nextPageToken === 'string' ? answer.nextPageToken : ''
    } while (page !== '' && addresses.length < MOST_GROUPS)
    return addresses
  }

  async #accessToken(signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined && Date.now() < this.#token.until) return this.#token.value
    const key = await readKey(this.access.keyFile)
    const answer = await this.http.fetch(key.token_uri, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: JWT_BEARER, assertion: assertion(key, this.access.administrator) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.http.timeoutMs)]),
    })
    const body = (await answer.json().catch(() => ({}))) as {
      access_token?: unknown
      expires_in?: unknown
      error?: unknown
    }
    if (!answer.ok || typeof body.access_token !== 'string') {
      throw new AuthenticatorError(
        `Google gave the service account ${key.client_email} no token (${typeof body.error === 'string' ? body.error : answer.status}). Has it domain-wide delegation ` +
          `for ${SCOPE}, and is ${this.access.administrator} an administrator?`,
      )
    }
    const seconds = typeof body.expires_in === 'number' ? body.expires_in : 0
    this.#token = { value: body.access_token, until: Date.now() + seconds * 1_000 - TOKEN_RESERVE_MS }
    return body.access_token
  }
}

/** What proves to Google that the service account asks, in the name of an administrator (RFC 7523). */
function assertion(key: ServiceAccountKey, administrator: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: key.client_email,
    sub: administrator,
    scope: SCOPE,
    aud: key.token_uri,
    iat: now,
    exp: now + ASSERTION_SECONDS,
  }
  const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key.private_key, 'base64url')}`
}

async function readKey(file: string): Promise<ServiceAccountKey> {
  try {
    const key = JSON.parse(await readFile(file, 'utf8')) as Partial<Record<string, unknown>>
    const { client_email: email, private_key: secret, token_uri: uri } = key
    if (typeof email === 'string' && typeof secret === 'string' && typeof uri === 'string')
      return { client_email: email, private_key: secret, token_uri: uri }
  } catch (error) {
    throw new AuthenticatorError(`GoogleOAuthenticator.google_service_account_keys: ${file} cannot be read.`, {
      cause: error,
    })
  }
  throw new AuthenticatorError(
    `GoogleOAuthenticator.google_service_account_keys: ${file} is no key of a service account.`,
  )
}

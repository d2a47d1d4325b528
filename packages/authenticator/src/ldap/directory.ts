import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { Client, type Entry, InvalidCredentialsError, type SearchOptions } from 'ldapts'
import type { LdapConfig } from './ldap-config.js'

/** No server of the directory can be used. */
export class DirectoryUnavailableError extends Error {
  override readonly name = 'DirectoryUnavailableError'
}

export interface LdapEntry {
  readonly dn: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

const MOST_ENTRIES = 1000

/** The LDAP servers that are configured. Each {@link session} is a connection of its own, closed at its end. */
export class Directory {
  #tls: Promise<ConnectionOptions> | undefined

  constructor(readonly config: LdapConfig) {}

  /** @throws DirectoryUnavailableError */
  async session<T>(work: (session: DirectorySession) => Promise<T>, signal: AbortSignal): Promise<T> {
    const client = await this.#connect(signal)
    const close = (): void => void client.unbind().catch(() => undefined)
    signal.addEventListener('abort', close)
    try {
      return await work(new DirectorySession(client))
    } finally {
      signal.removeEventListener('abort', close)
      await client.unbind().catch(() => undefined)
    }
  }

  async #connect(signal: AbortSignal): Promise<Client> {
    const {
      server_address: address,
      server_port: port,
      tls_strategy: strategy,
      operation_timeout: seconds,
    } = this.config
    const failures: unknown[] = []
    for (const host of [address].flat()) {
      signal.throwIfAborted()
      const tls = await (this.#tls ??= tlsOptions(this.config.tls_kwargs))
      const tlsOf = { ...tls, servername: host }
      const isTls = strategy === 'on_connect'
      const client = new Client({
        url: `${isTls ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
        timeout: seconds * 1_000,
        connectTimeout: seconds * 1_000,
        ...(isTls ? { tlsOptions: tlsOf } : {}),
      })
      try {
        if (strategy === 'before_bind') await client.startTLS(tlsOf)
        // Connects, to find out whether the next server is to be tried.
        else await client.bind('', '')
        return client
      } catch (error) {
        // A directory that wants no anonymous bind is there all the same.
        if (client.isConnected && strategy !== 'before_bind') return client
        failures.push(error)
        await client.unbind().catch(() => undefined)
      }
    }
    throw new DirectoryUnavailableError('No LDAP server can be reached.', { cause: failures[0] })
  }
}

/** One connection. */
export class DirectorySession {
  constructor(readonly client: Client) {}

  /** Whether this is the password of the entry. An empty one binds as nobody and proves nothing. */
  async isPasswordOf(dn: string, password: string): Promise<boolean> {
    if (dn === '' || password === '') return false
    try {
      await this.client.bind(dn, password)
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      throw new DirectoryUnavailableError('The LDAP server did not say whether a password is right.', { cause: error })
    }
  }

  async search(
    base: string,
    options: Pick<SearchOptions, 'filter' | 'scope' | 'attributes'>,
  ): Promise<readonly LdapEntry[]> {
    try {
      const { searchEntries } = await this.client.search(base, { ...options, sizeLimit: MOST_ENTRIES })
      return searchEntries.map(entryOf)
    } catch (error) {
      if (codeOf(error) === NO_SUCH_OBJECT) return []
      throw new DirectoryUnavailableError('The LDAP server did not answer a search.', { cause: error })
    }
  }
}

const NO_SUCH_OBJECT = 32
/** Wrong password, no such entry, no right to bind, an entry without a password, a DN that is none. */
const REFUSALS = [49, NO_SUCH_OBJECT, 50, 48, 34, 53]

function isRefusal(error: unknown): boolean {
  return error instanceof InvalidCredentialsError || REFUSALS.includes(codeOf(error) ?? -1)
}

function codeOf(error: unknown): number | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

function entryOf({ dn, ...attributes }: Entry): LdapEntry {
  const lists = Object.entries(attributes).map(([name, value]): [string, string[]] => [
    name,
    [value].flat().map((one) => (typeof one === 'string' ? one : one.toString('utf8'))),
  ])
  return { dn, attributes: Object.fromEntries(lists) }
}

async function tlsOptions(kwargs: Readonly<Record<string, unknown>>): Promise<ConnectionOptions> {
  const file = async (name: string): Promise<Buffer | undefined> =>
    typeof kwargs[name] === 'string' ? await readFile(kwargs[name]) : undefined
  const [ca, cert, key] = await Promise.all(
    ['ca_certs_file', 'local_certificate_file', 'local_private_key_file'].map(file),
  )
  // Python's ssl.CERT_NONE is the number 0.
  const isTrusting = kwargs['validate'] === false || kwargs['validate'] === 0
  return {
    rejectUnauthorized: !isTrusting,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

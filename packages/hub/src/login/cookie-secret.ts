import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { CodedError, type Log } from '@hub/api'

const SECRET_BYTES = 32
const OTHERS_MASK = 0o007

/** The key that signs cookies cannot be had; the hub does not start without. */
export class CookieSecretError extends CodedError {
  override readonly name = 'CookieSecretError'
  constructor(message: string, options?: ErrorOptions) {
    super('cookie_secret_unusable', 500, message, options)
  }
}

export interface CookieSecretSources {
  /** `JupyterHub.cookie_secret`: bytes, or hexadecimal digits. */
  readonly configured?: Uint8Array | string | undefined
  /** `JPY_COOKIE_SECRET`: hexadecimal digits. */
  readonly environment?: string | undefined
  /** `cookie_secret_file`, an absolute path or one from the working directory. */
  readonly file: string
}

export interface CookieSecret {
  readonly secret: Buffer
  /** It has just been made: nothing that an earlier one has signed is good any more. */
  readonly isNew: boolean
}

/**
 * The key that signs cookies: from configuration, environment or file, else a new one, which is written to the file.
 *
 * @throws {@link CookieSecretError}
 */
export async function loadCookieSecret(
  { configured, environment, file }: CookieSecretSources,
  log: Log,
): Promise<CookieSecret> {
  const known =
    given('JupyterHub.cookie_secret', configured) ??
    given('JPY_COOKIE_SECRET', environment) ??
    (await readSecretFile(file, log))
  const { secret, isNew } = known === undefined ? await createSecretFile(file, log) : { secret: known, isNew: false }
  if (secret.length > SECRET_BYTES) {
    log.warn('cookie secret is longer than needed', { bytes: secret.length, needed: SECRET_BYTES })
  }
  return { secret, isNew }
}

function given(source: string, value: Uint8Array | string | undefined): Buffer | undefined {
  if (value === undefined || value.length === 0) return undefined
  if (typeof value !== 'string') return Buffer.from(value)
  const secret = fromHex(value.trim())
  if (secret) return secret
  throw new CookieSecretError(
    `${source} must be an even number of hexadecimal digits. Make one with: openssl rand -hex ${SECRET_BYTES}`,
  )
}

async function readSecretFile(file: string, log: Log): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file, 'r')
    const { mode } = await handle.stat()
    if (mode & OTHERS_MASK) {
      throw new CookieSecretError(`Others may use the cookie secret file ${file}. Run: chmod 600 ${file}`)
    }
    return decodeFile(file, (await handle.readFile('utf8')).trim(), log)
  } catch (cause) {
    if (cause instanceof CookieSecretError) throw cause
    if (isCode(cause, 'ENOENT')) return undefined
    throw new CookieSecretError(`The cookie secret file ${file} cannot be read: ${String(cause)}`, { cause })
  }
}

function decodeFile(file: string, text: string, log: Log): Buffer {
  const secret = fromHex(text)
  if (secret) return secret
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) {
    throw new CookieSecretError(
      `The cookie secret file ${file} holds no hexadecimal digits. Delete it to have a new one made.`,
    )
  }
  log.warn('cookie secret file holds base64, as very old hubs wrote it; hexadecimal digits are expected', { file })
  return Buffer.from(text, 'base64')
}

async function createSecretFile(file: string, log: Log): Promise<CookieSecret> {
  const secret = randomBytes(SECRET_BYTES)
  try {
    // Exclusive: of two hubs that start at once, one would otherwise sign with a key that is no longer in the file.
    await using handle = await open(file, 'wx', 0o600)
    await handle.writeFile(`${secret.toString('hex')}\n`)
  } catch (cause) {
    const written = isCode(cause, 'EEXIST') ? await readSecretFile(file, log) : undefined
    if (written) return { secret: written, isNew: false }
    throw new CookieSecretError(`The cookie secret file ${file} cannot be written: ${String(cause)}`, { cause })
  }
  log.info('wrote a new cookie secret', { file })
  return { secret, isNew: true }
}

const fromHex = (text: string): Buffer | undefined =>
  /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

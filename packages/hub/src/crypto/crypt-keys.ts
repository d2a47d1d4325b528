import { CodedError } from '@hub/api'

const KEY_BYTES = 32

/** A key that is none; the message does not repeat it. */
export class CryptKeyError extends CodedError {
  override readonly name = 'CryptKeyError'
  constructor(message: string) {
    super('crypt_key_invalid', 500, message)
  }
}

/** Keys in `JUPYTERHUB_CRYPT_KEY`: separated by `;`, the first encrypts. Blank ones do not count. */
export function parseCryptKeyVariable(text: string | undefined): readonly Buffer[] {
  return parseCryptKeys((text ?? '').split(';').filter((key) => key.trim() !== ''))
}

/** @throws {@link CryptKeyError} that says which of the keys is none */
export function parseCryptKeys(keys: readonly (string | Uint8Array)[]): readonly Buffer[] {
  return keys.map((key, index) => {
    const bytes = parseCryptKey(key)
    if (bytes) return bytes
    throw new CryptKeyError(
      `Key ${index + 1} for auth state must be 32 bytes: 64 hexadecimal digits, or 44 characters of URL-safe base64. ` +
        'Make one with: openssl rand -hex 32',
    )
  })
}

function parseCryptKey(key: string | Uint8Array): Buffer | undefined {
  if (typeof key !== 'string') return key.length === KEY_BYTES ? Buffer.from(key) : undefined
  const text = key.trim()
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=$/.test(text)) return Buffer.from(text, 'base64url')
  const raw = Buffer.from(key)
  return raw.length === KEY_BYTES ? raw : undefined
}

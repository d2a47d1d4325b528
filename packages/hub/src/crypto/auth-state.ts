import type { JsonObject } from '@hub/api'
import { fernetDecrypt, fernetEncrypt } from './fernet.js'

export type DecryptedAuthState =
  /** `rotated` is the same state under the first key, to be stored, when another key had encrypted it or there are several. */
  | { readonly ok: true; readonly state: JsonObject | null; readonly rotated?: string }
  /** Worth a warning; the request goes on without auth state. */
  | { readonly ok: false; readonly reason: string }

/** Encrypts and decrypts what authenticators remember of a user. The first key encrypts, all are tried to decrypt. */
export class AuthStateCipher {
  constructor(readonly keys: readonly Uint8Array[]) {}

  get isUsable(): boolean {
    return this.keys.length > 0
  }

  /** @throws RangeError without a key; ask {@link isUsable} at start */
  encrypt(state: JsonObject): string {
    const [key] = this.keys
    if (!key) throw new RangeError('There is no key to encrypt auth state with. Set JUPYTERHUB_CRYPT_KEY.')
    return fernetEncrypt(key, Buffer.from(JSON.stringify(state)))
  }

  decrypt(token: string): DecryptedAuthState {
    if (!this.isUsable) return { ok: false, reason: 'no key to decrypt auth state with; set JUPYTERHUB_CRYPT_KEY' }
    for (const key of this.keys) {
      const plain = fernetDecrypt(key, token)
      if (plain) return this.#parse(plain)
    }
    return { ok: false, reason: 'none of the keys has encrypted this auth state' }
  }

  #parse(plain: Buffer): DecryptedAuthState {
    let state: unknown
    try {
      state = JSON.parse(plain.toString('utf8'))
    } catch {
      return { ok: false, reason: 'decrypted auth state is not JSON' }
    }
    if (typeof state !== 'object' || Array.isArray(state))
      return { ok: false, reason: 'decrypted auth state is no object' }
    // JSON.parse gives nothing but JSON; that it is an object was just checked.
    const value = state as JsonObject | null
    return this.keys.length > 1 && value
      ? { ok: true, state: value, rotated: this.encrypt(value) }
      : { ok: true, state: value }
  }
}

import type { JsonObject, Log } from '@hub/api'
import type { AuthStateCipher } from '../crypto/auth-state.js'
import type { Database, Transaction } from '../database/index.js'
import * as userStore from '../users/user-store.js'

export interface AuthStatesDeps {
  readonly database: Database
  readonly cipher: AuthStateCipher
  /** `Authenticator.enable_auth_state` */
  readonly isEnabled: boolean
  readonly log: Log
}

/** What the authenticator remembers of each user, encrypted in the database. */
export class AuthStates {
  constructor(private readonly deps: AuthStatesDeps) {}

  /** Null when there is none, or none that the keys can decrypt: requests go on without. */
  async read(userId: number): Promise<JsonObject | null> {
    const { database, cipher, log } = this.deps
    // Without a key nothing can be read; the start has said so.
    if (!cipher.isUsable) return null
    const stored = await userStore.findEncryptedAuthState(database.read, userId)
    if (stored === null) return null
    const decrypted = cipher.decrypt(stored.toString('latin1'))
    if (!decrypted.ok) {
      log.warn('auth state cannot be read', { userId, reason: decrypted.reason })
      return null
    }
    const { rotated } = decrypted
    if (rotated !== undefined) {
      await database.write((tx) => userStore.setEncryptedAuthState(tx, userId, Buffer.from(rotated, 'latin1')))
    }
    return decrypted.state
  }

  /** Takes the place of what was stored; null and undefined clear it. */
  async store(tx: Transaction, userId: number, state: JsonObject | null | undefined): Promise<void> {
    const sealed = this.seal(state)
    if (sealed !== null) await userStore.setEncryptedAuthState(tx, userId, sealed)
    // Most users have none: a login that changes nothing then writes nothing.
    else
      await tx.run('UPDATE users SET encrypted_auth_state = NULL WHERE id = ? AND encrypted_auth_state IS NOT NULL', [
        userId,
      ])
  }

  /** What is stored of a state: nothing at all while `enable_auth_state` is off. */
  seal(state: JsonObject | null | undefined): Buffer | null {
    if (!this.deps.isEnabled || state === null || state === undefined) return null
    return Buffer.from(this.deps.cipher.encrypt(state), 'latin1')
  }
}

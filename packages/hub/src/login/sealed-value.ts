import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { JsonObject } from '@hub/api'

const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** Encrypts and authenticates small values that a browser keeps for the hub. Each is good for one name and until it expires. */
export class ValueSealer {
  readonly #key: Uint8Array

  /** @param secret - the cookie secret; the key is derived, so that no value ever signed with it means anything here */
  constructor(secret: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'hub sealed cookie', 32))
  }

  seal(name: string, value: JsonObject, expiresAtMs: number): string {
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv(algorithm, this.#key, iv).setAAD(Buffer.from(name))
    const text = JSON.stringify([expiresAtMs, value])
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** The value; undefined when it is forged, was sealed under another name, or has expired. */
  open(name: string, sealed: string, nowMs: number): JsonObject | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < ivBytes + tagBytes) return undefined
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString(
        'utf8',
      )
      // It decrypts, so `seal` has written it.
      const [expiresAtMs, value] = JSON.parse(text) as [number, JsonObject]
      return nowMs < expiresAtMs ? value : undefined
    } catch {
      return undefined
    }
  }
}

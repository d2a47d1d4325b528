import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const VERSION = 0x80
const KEY_BYTES = 32
const IV_BYTES = 16
const HMAC_BYTES = 32
const HEADER_BYTES = 1 + 8

/** Chance and time, which tests replace. */
export interface FernetOptions {
  readonly nowMs?: number
  readonly iv?: Uint8Array
}

/** Encrypts as the Fernet specification says: AES-128-CBC, then HMAC-SHA256 over version, time, IV and ciphertext. */
export function fernetEncrypt(key: Uint8Array, plain: Uint8Array, options: FernetOptions = {}): string {
  const { nowMs = Date.now(), iv = randomBytes(IV_BYTES) } = options
  const { signing, encryption } = splitKey(key)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1000)), 1)
  const cipher = createCipheriv('aes-128-cbc', encryption, iv)
  const body = Buffer.concat([header, iv, cipher.update(plain), cipher.final()])
  return urlSafe(Buffer.concat([body, hmac(signing, body)]))
}

/** The text in a Fernet token; undefined if it was not made with this key. Its age is not looked at. */
export function fernetDecrypt(key: Uint8Array, token: string): Buffer | undefined {
  if (!/^[\w-]+={0,2}$/.test(token)) return undefined
  const { signing, encryption } = splitKey(key)
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(0, -HMAC_BYTES)
  const cipherBytes = body.length - HEADER_BYTES - IV_BYTES
  if (bytes[0] !== VERSION || cipherBytes < IV_BYTES || cipherBytes % IV_BYTES !== 0) return undefined
  if (!timingSafeEqual(bytes.subarray(-HMAC_BYTES), hmac(signing, body))) return undefined
  const iv = body.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES)
  const decipher = createDecipheriv('aes-128-cbc', encryption, iv)
  return Buffer.concat([decipher.update(body.subarray(HEADER_BYTES + IV_BYTES)), decipher.final()])
}

function splitKey(key: Uint8Array): { readonly signing: Uint8Array; readonly encryption: Uint8Array } {
  if (key.length !== KEY_BYTES) throw new RangeError(`A Fernet key has ${KEY_BYTES} bytes, not ${key.length}.`)
  return { signing: key.subarray(0, 16), encryption: key.subarray(16) }
}

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest()

// Node's base64url leaves out the padding that other Fernet implementations insist on.
const urlSafe = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')

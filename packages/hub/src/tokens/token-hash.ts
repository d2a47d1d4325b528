import { createHash, randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import { CodedError } from '@hub/api'

const ALGORITHM = 'sha512'
const PREFIX_CHARACTERS = 4
const SALT_BYTES = 8
const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Tokens we generate cannot be guessed; one round is enough, and quick. */
export const GENERATED_TOKEN_ROUNDS = 1
/** Tokens from outside may be weak: make each guess cost. */
export const PROVIDED_TOKEN_ROUNDS = 16_384
export const MIN_TOKEN_CHARACTERS = 8

/** A secret as it is stored, and how it is found. */
export interface StoredSecret {
  /** `sha512:<rounds>:<salt>:<digest>` */
  readonly hashed: string
  /** First characters of the secret, to find the few rows that may match. */
  readonly prefix: string
}

export class TokenTooShortError extends CodedError {
  override readonly name = 'TokenTooShortError'
  constructor() {
    super('token_too_short', 400, `A token must have at least ${MIN_TOKEN_CHARACTERS} characters.`)
  }
}

/** Hashes a token, client secret or share code for storing. */
export function hashToken(
  token: string,
  { rounds, salt = randomBytes(SALT_BYTES).toString('hex') }: { readonly rounds: number; readonly salt?: string },
): StoredSecret {
  return {
    hashed: [ALGORITHM, rounds, salt, digest(token, rounds, salt).toString('hex')].join(':'),
    prefix: tokenPrefix(token),
  }
}

/** Hashes a token that somebody else chose. @throws {@link TokenTooShortError} */
export function hashProvidedToken(token: string, { isTrusted }: { readonly isTrusted: boolean }): StoredSecret {
  if (token.length < MIN_TOKEN_CHARACTERS) throw new TokenTooShortError()
  return hashToken(token, { rounds: isTrusted ? GENERATED_TOKEN_ROUNDS : PROVIDED_TOKEN_ROUNDS })
}

/** Whether `token` is the one stored; text that is no hash of ours matches nothing. */
export function isTokenStoredAs(token: string, hashed: string): boolean {
  const [algorithm, rounds = '', salt = '', hex = ''] = hashed.split(':')
  if (algorithm !== ALGORITHM || !/^[1-9]\d{0,6}$/.test(rounds)) return false
  const stored = Buffer.from(hex, 'hex')
  const computed = digest(token, Number(rounds), salt)
  return stored.length === computed.length && timingSafeEqual(stored, computed)
}

export const tokenPrefix = (token: string): string => token.slice(0, PREFIX_CHARACTERS)

/** A new API token: 32 hexadecimal digits. */
export const generateApiToken = (): string => randomUUID().replaceAll('-', '')

/** A new OAuth code or access token: 30 letters and digits. */
export const generateOAuthToken = (): string =>
  Array.from({ length: 30 }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join('')

/** A new share code: 43 characters of URL-safe base64. */
export const generateShareCode = (): string => randomBytes(32).toString('base64url')

function digest(token: string, rounds: number, salt: string): Buffer {
  const hash = createHash(ALGORITHM).update(salt)
  // A round appends the token once more; one long text is hashed faster than many short ones.
  return hash.update(token.repeat(rounds)).digest()
}

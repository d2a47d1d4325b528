import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const FORM = /^sha256:([0-9a-f]{64})$/

/** A token nobody can guess: its hash needs no salt and no slowness. */
export const newToken = (): string => randomBytes(32).toString('hex')

export const hashToken = (token: string): string => `sha256:${createHash('sha256').update(token).digest('hex')}`

/** What is wrong with a configured hash, or undefined. Never repeats it: it may be the token itself. */
export function tokenHashMistake(hashes: Readonly<Record<string, string>>): string | undefined {
  const name = Object.keys(hashes).find((each) => !FORM.test(hashes[each] ?? ''))
  return name === undefined
    ? undefined
    : `The value for ${JSON.stringify(name)} is not the hash of a token. Make both with: sudospawner-helper token ${name}`
}

/** Which hub a token belongs to. All hashes are compared, each in constant time. */
export class TokenTable {
  readonly #hashes: readonly { readonly hub: string; readonly hash: Buffer }[]

  constructor(hashes: Readonly<Record<string, string>>) {
    this.#hashes = Object.entries(hashes).map(([hub, text]) => ({
      hub,
      hash: Buffer.from(FORM.exec(text)?.[1] ?? '', 'hex'),
    }))
  }

  hubOf(token: string): string | undefined {
    const asked = createHash('sha256').update(token).digest()
    let found: string | undefined
    for (const { hub, hash } of this.#hashes) {
      if (hash.length === asked.length && timingSafeEqual(hash, asked)) found = hub
    }
    return found
  }
}

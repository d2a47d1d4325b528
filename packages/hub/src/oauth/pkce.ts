import { createHash } from 'node:crypto'
import { isEqual } from '../login/signed-value.js'

/** RFC 7636: how the challenge was made from the verifier. */
export type ChallengeMethod = 'plain' | 'S256'

export interface Challenge {
  readonly value: string
  readonly method: ChallengeMethod
}

/** As long as a stored challenge can be; those of RFC 7636 have 43 to 128 characters. */
export const maxChallengeLength = 255

export const isChallengeMethod = (text: string): text is ChallengeMethod => text === 'plain' || text === 'S256'

/** Whether `verifier` is what the challenge was made from. */
export function answersChallenge(challenge: Challenge, verifier: string): boolean {
  const answer = challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return isEqual(answer, challenge.value)
}

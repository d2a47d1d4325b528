import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares without telling by its duration where, or in what length, the two differ. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

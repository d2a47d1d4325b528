/** A failure that one sentence explains: printed without a stack, the command then exits with status 1. */
export class PlainError extends Error {
  /** @override */
  name = 'PlainError'
}

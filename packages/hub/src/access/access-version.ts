/**
 * Counts the changes that can alter what somebody may do: every write to users, groups, roles, shares and services, and every
 * removal of a token or OAuth client. What has been remembered of visitors under an older count is looked up anew.
 *
 * Call {@link AccessVersion.bump} after the commit. A new token needs no bump: unknown ones are not remembered.
 */
export class AccessVersion {
  #current = 0

  get current(): number {
    return this.#current
  }

  bump(): void {
    this.#current += 1
  }
}

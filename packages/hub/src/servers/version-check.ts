import type { Log } from '@hub/api'

/** Compares the release that servers say they are of with the hub's; each difference is told once. */
export class VersionCheck {
  readonly #told = new Set<string>()

  constructor(
    private readonly hubVersion: string,
    private readonly log: Log,
  ) {}

  /** @param serverVersion - null when the server says none */
  compare(serverVersion: string | null): void {
    if (serverVersion === this.hubVersion) return
    if (serverVersion !== null && major(serverVersion) === major(this.hubVersion)) return
    const shown = serverVersion ?? 'unknown'
    if (this.#told.has(shown)) return
    this.#told.add(shown)
    this.log.warn(
      `jupyterhub version ${this.hubVersion} != jupyterhub-singleuser version ${shown}. This could cause failure to authenticate and result in redirect loops!`,
    )
  }
}

const major = (version: string): string => version.split('.', 1)[0] ?? ''

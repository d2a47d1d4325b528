import type { Setting } from '../setting.js'

/** What reading one configuration file gave. */
export interface FileContent {
  readonly settings: readonly Setting[]
  /** Further files it loaded itself. */
  readonly alsoRead?: readonly string[]
  readonly warnings?: readonly string[]
  /** Changes it made to its environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface FileRequest {
  /** Absolute. */
  readonly path: string
  /** As the user named it, for messages. */
  readonly shown: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
}

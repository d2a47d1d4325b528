/** What the hub and its PAM processes say to each other. */

/** Asks PAM whether somebody may come in. */
export interface CheckRequest {
  readonly service: string
  readonly username: string
  /** What prompts are answered with, in their order; a single answer is given to all. */
  readonly answers: readonly string[]
  readonly encoding: PamEncoding
  readonly checkAccount: boolean
  readonly remoteAddress: string
}

/** Opens a session that lasts until the process is told to close it, or the hub is gone. */
export interface SessionRequest {
  readonly service: string
  readonly username: string
}

export type WorkerRequest =
  | ({ readonly ask: 'check' } & CheckRequest)
  | ({ readonly ask: 'open session' } & SessionRequest)
  | { readonly ask: 'close session' }

/** The step that PAM refused at. */
export type PamStage = 'start' | 'authentication' | 'account' | 'session'

export interface Refusal {
  readonly stage: PamStage
  /** PAM's own number for it. */
  readonly code: number
  /** PAM's own words, for the log. */
  readonly reason: string
}

export interface Verdict {
  readonly refusal: Refusal | undefined
  /** What modules wanted the person to read. */
  readonly messages: readonly string[]
  /** How long modules wanted a refusal to take. */
  readonly delayMs: number
}

/** A process that cannot work at all, such as without libpam, says so. */
export type WorkerAnswer = { readonly verdict: Verdict } | { readonly broken: string }

/** Encodings of passwords, by the names Python has for them. */
export const PAM_ENCODINGS = ['utf8', 'utf-8', 'latin1', 'latin-1', 'iso-8859-1', 'ascii'] as const
export type PamEncoding = (typeof PAM_ENCODINGS)[number]

import type { CertificatePaths, JsonObject, ListenAddress, Log, ServerFacts } from '@hub/api'
import type { SpawnerConfig } from './spawner-config.js'

/** The owner of a server, as the spawner needs to know it. */
export interface SpawnerUser {
  /** The hub's number of the user, not a uid. */
  readonly id: number
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
}

/** What the hub makes a spawner object with: one object per (user, server name), thrown away at will. */
export interface SpawnerContext<Config extends SpawnerConfig = SpawnerConfig> {
  readonly user: SpawnerUser
  /** Empty for the default server. */
  readonly serverName: string
  readonly displayName: string
  /** The hub's number of the spawner row. */
  readonly spawnerId: number
  /** A copy of the configured values that belongs to this object: hooks and overrides may change it. */
  readonly config: Config
  readonly log: Log
  /** Of the hub's process: `env_keep` picks from it. */
  readonly hubEnvironment: Readonly<Record<string, string | undefined>>
  /** Path everything of the hub and its servers is under, beginning and ending with `/`. */
  readonly baseUrl: string
}

/** One start of the server. */
export interface StartRequest<State extends JsonObject = JsonObject> {
  readonly server: ServerFacts
  readonly userOptions: JsonObject
  /** Query of the page request that asked for the start, when there is one. */
  readonly requestQuery?: Readonly<Record<string, readonly string[]>>
  /**
   * Writes the state to the database. Await it as soon as enough is known to find the process again, before the process
   * can do anything: a hub killed right after it finds the server, one killed right before it has started nothing.
   */
  save(state: State): Promise<void>
}

/** A URL contributes scheme, host and port only. */
export type ServerAddress = ListenAddress | URL | string

export interface Started<State extends JsonObject = JsonObject> {
  readonly address: ServerAddress
  readonly state: State
  /** The token the server really uses, when an old one was resumed instead of the one in the request. */
  readonly apiToken?: string
}

export type PollResult =
  | { readonly status: 'running' }
  /** `code` is negative for a death by signal, null when not known. */
  | { readonly status: 'exited'; readonly code: number | null }

export interface StopOptions {
  /** Skip the graceful step. */
  readonly now: boolean
}

export interface ProgressEvent {
  /** 0 to 100. */
  readonly progress?: number
  readonly message: string
  /** A trusted fragment, shown instead of `message` on pages. */
  readonly htmlMessage?: string
}

/** The last event of a start, which `progress_ready_hook` may replace. */
export interface ReadyEvent extends ProgressEvent {
  readonly progress: number
  readonly ready: boolean
  readonly url: string
}

/** A file sent with the spawn form. */
export interface UploadedFile {
  readonly filename: string
  readonly contentType: string
  readonly body: Buffer
}

/** A submitted spawn form. Fields repeat, so all are lists; the uploads of field `x` stand under `x_file`. */
export type SpawnForm = Readonly<Record<string, readonly (string | UploadedFile)[]>>

export type SpawnQuery = Readonly<Record<string, readonly string[]>>

/** Issues (or re-issues) the server's internal TLS certificate; the hub holds the authority. */
export type CertificateIssuer = (request: CertificateRequest) => Promise<CertificatePaths>

export interface CertificateRequest {
  /** Such as `DNS:node7`, `IP:10.0.0.7`; undefined: the hub's `trusted_alt_names`. */
  readonly altNames: readonly string[] | undefined
  /** Adds `DNS:localhost` and `IP:127.0.0.1`. */
  readonly includeLocal: boolean
}

/** Variables of a login on this host; empty ones do not reach the server. */
export interface AccountVariables {
  readonly USER: string
  readonly HOME: string
  readonly SHELL: string
}

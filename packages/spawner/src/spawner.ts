import {
  type CertificatePaths,
  type JsonObject,
  knownAcrossCopies,
  type ListenAddress,
  type Log,
  serverPrefix,
} from '@hub/api'
import type { Configurable } from '@hub/config'
import type {
  AccountVariables,
  CertificateIssuer,
  PollResult,
  ProgressEvent,
  ReadyEvent,
  ServerAddress,
  SpawnerContext,
  SpawnerUser,
  SpawnForm,
  SpawnQuery,
  Started,
  StartRequest,
  StopOptions,
} from './contract.js'
import { applyGroupOverrides } from './group-overrides.js'
import { optionsFieldsHtml } from './options-fields.js'
import { perServer, progressReady } from './hooks.js'
import { serverEnvironment } from './server-environment.js'
import { type SpawnerConfig, spawnerConfigurable } from './spawner-config.js'
import { applyUserOptions, optionsFieldsOf, optionsFromForm } from './user-options.js'

/**
 * Starts, polls and stops one server of one user. A plug-in extends this class and writes `start`, `poll`, `stop`.
 *
 * Objects know nothing of the running server: all that is needed to find it again is in `State`, which the hub stores as
 * JSON and hands to `poll` and `stop`, possibly of another object in another process. Hub and spawner may be killed at any line.
 * What comes back may also have been saved by an older version, so read it with care.
 *
 * @see JupyterHub `Spawner`, whose options and hooks keep their names
 */
export abstract class Spawner<State extends JsonObject = JsonObject, Config extends SpawnerConfig = SpawnerConfig> {
  static {
    knownAcrossCopies(this, 'spawner/Spawner')
  }

  /** The options of the class. A subclass with options of its own declares them with this as `parent`. */
  static readonly configurable: Configurable = spawnerConfigurable

  /** A stopped server keeps its token and OAuth client, because the next start resumes it (containers). */
  readonly willResume: boolean = false

  constructor(readonly context: SpawnerContext<Config>) {}

  get user(): SpawnerUser {
    return this.context.user
  }
  /** Empty for the default server. */
  get serverName(): string {
    return this.context.serverName
  }
  /** The options of this one object: hooks and overrides may set them. */
  get config(): Config {
    return this.context.config
  }
  get log(): Log {
    return this.context.log
  }
  /** What the object's own class declares. */
  get configurable(): Configurable {
    // An instance's constructor is its class, and every subclass has the static member.
    return (this.constructor as typeof Spawner).configurable
  }

  /**
   * Starts the server and resolves once its process exists; it need not answer HTTP yet.
   *
   * @param signal - aborted after `start_timeout` or when the user cancels; release what was started
   * @throws {@link SpawnError} with a reason that is shown to the user
   */
  abstract start(request: StartRequest<State>, signal: AbortSignal): Promise<Started<State>>

  /** Whether the server's process exists. A throw means that it cannot be known now; the server is then left alone. */
  abstract poll(state: State, signal: AbortSignal): Promise<PollResult>

  /** Returns only when the process is gone. Of a process that is gone already: returns at once. */
  abstract stop(state: State, options: StopOptions, signal: AbortSignal): Promise<void>

  /**
   * Tells at once when the process of `state` exits, where the spawner can know it without polling.
   *
   * @returns how to stop listening, or undefined when only polling helps
   */
  onExit?(state: State, callback: (result: PollResult) => void): (() => void) | undefined

  /**
   * The last lines that the server printed, oldest first, where the spawner can know them. Asked when a start has failed, before
   * {@link stop}; they are shown to the user, with secrets masked.
   */
  lastLogLines(_state: State, _count: number, _signal: AbortSignal): Promise<readonly string[]> {
    return Promise.resolve([])
  }

  /** Where a running server is reached, asked when the hub comes back; undefined: where it was reached before. */
  addressOf(_state: State, _signal: AbortSignal): Promise<ServerAddress | undefined> {
    return Promise.resolve(undefined)
  }

  /** What the page shows while {@link start} runs on this same object. Ends by itself or with `signal`. */
  async *progress(_signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined> {
    yield { progress: 50, message: 'Spawning server...' }
  }

  /** Whole environment of the server. An override extends what `super.env` returns. */
  async env(request: StartRequest<State>, address: ListenAddress | undefined): Promise<Record<string, string>> {
    return serverEnvironment(this, request.server, address, await this.accountVariables())
  }

  /** USER, HOME and SHELL, for servers that are processes of a host the spawner knows the accounts of. */
  protected accountVariables(): Promise<AccountVariables | undefined> {
    return Promise.resolve(undefined)
  }

  /** Arguments after `cmd`. */
  args(): string[] {
    return [...this.config.args]
  }

  /** Names that `notebook_dir` and `default_url` may contain in braces. */
  templateNamespace(): Readonly<Record<string, string>> {
    return { username: this.user.name, base_url: serverPrefix(this.context.baseUrl, this.user.name, this.serverName) }
  }

  /**
   * HTML fragment of the spawn form; empty: no form is shown.
   *
   * @param remembered - what was chosen at the previous start
   */
  async optionsForm(remembered: JsonObject | null = null): Promise<string> {
    const html = await perServer(this.config.options_form, this)
    // A function may say that there is no form, with any falsy value.
    return html || optionsFieldsHtml(optionsFieldsOf(this), remembered)
  }

  /** Turns the submitted form into the `user_options` object that is stored and given to {@link applyUserOptions}. */
  optionsFromForm(form: SpawnForm): Promise<JsonObject> {
    return optionsFromForm(this, form)
  }

  /** The same for `/hub/spawn?name=value` links. */
  optionsFromQuery(query: SpawnQuery): Promise<JsonObject> {
    return this.optionsFromForm(query)
  }

  /** At every start, first: `group_overrides` of the user's groups. */
  applyGroupOverrides(): Promise<void> {
    return applyGroupOverrides(this)
  }

  /** At every start, second: takes the user's choices over into {@link config}. */
  applyUserOptions(options: JsonObject): Promise<void> {
    return applyUserOptions(this, options)
  }

  /** Before every start (ahead of the overrides) and before the form is made; null without auth state. */
  async runAuthStateHook(authState: JsonObject | null): Promise<void> {
    await this.config.auth_state_hook?.(this, authState)
  }

  /** At every start, last before certificates and {@link start}. An error fails the start. */
  async runPreSpawnHook(): Promise<void> {
    await this.config.pre_spawn_hook?.(this)
  }

  /** After every stop, also after a failed start. The hub logs its errors. */
  async runPostStopHook(): Promise<void> {
    await this.config.post_stop_hook?.(this)
  }

  /** The final event of a start, as `progress_ready_hook` wants it. */
  progressReady(event: ReadyEvent): Promise<ReadyEvent> {
    return progressReady(this, event)
  }

  /** Scopes the server's OAuth client may get besides access to the server. */
  oauthClientAllowedScopes(): Promise<readonly string[]> {
    return perServer(this.config.oauth_client_allowed_scopes, this)
  }

  /** Deprecated form of {@link oauthClientAllowedScopes}: roles whose scopes it may get, when there are none of those. */
  oauthRoles(): Promise<readonly string[]> {
    return perServer(this.config.oauth_roles, this)
  }

  /** Scopes of the server's own token; empty: those of the role `server`. */
  serverTokenScopes(): Promise<readonly string[]> {
    return perServer(this.config.server_token_scopes, this)
  }

  /** Before a stopped server gets another name. An error prevents it and is shown. */
  async rename(_oldName: string, _newName: string): Promise<void> {}

  /** Once, when the user or the named server is deleted for good; not on a stop. */
  async deleteForever(): Promise<void> {}

  /** Internal TLS, before {@link moveCerts}: has the server's certificate issued. */
  async createCerts(issue: CertificateIssuer): Promise<CertificatePaths> {
    const names = this.config.ssl_alt_names
    return issue({
      altNames: names === null ? undefined : await perServer(names, this),
      includeLocal: this.config.ssl_alt_names_include_local,
    })
  }

  /** Internal TLS, before {@link start}: brings the files to where the server can read them, and says where that is. */
  moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    return Promise.resolve(paths)
  }
}

/** What can be named in `JupyterHub.spawner_class`. */
export interface SpawnerClass {
  readonly configurable: Configurable
  readonly name: string
  new (context: SpawnerContext): Spawner
}

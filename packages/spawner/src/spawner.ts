import type { CertificatePaths, JsonObject, ListenAddress, Log } from '@hub/api'
import type {
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
import { type SpawnerConfig, spawnerConfigurable } from './spawner-config.js'

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
  /** The options of the class. A subclass with options of its own declares them with this as `parent`. */
  static readonly configurable = spawnerConfigurable

  /** A stopped server keeps its token and OAuth client, because the next start resumes it (containers). */
  readonly willResume: boolean = false

  constructor(readonly context: SpawnerContext<Config>) {}

  get user(): SpawnerUser {
    return this.context.user
  }
  get serverName(): string {
    return this.context.serverName
  }
  get config(): Config {
    return this.context.config
  }
  get log(): Log {
    return this.context.log
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

  /** Where a running server is reached, asked when the hub comes back; undefined: where it was reached before. */
  addressOf(_state: State, _signal: AbortSignal): Promise<ServerAddress | undefined> {
    return Promise.resolve(undefined)
  }

  /** What the page shows while {@link start} runs on this same object. Ends by itself or with `signal`. */
  async *progress(_signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined> {
    yield { progress: 50, message: 'Spawning server...' }
  }

  /** Whole environment of the server. An override extends what `super.env` returns. */
  env(request: StartRequest<State>, address: ListenAddress | undefined): Promise<Record<string, string>> {
    return serverEnvironment(this, request.server, address)
  }

  /** Arguments after `cmd`. */
  args(): string[] {
    return [...this.config.args]
  }

  /** Names that `notebook_dir` and `default_url` may contain in braces. */
  templateNamespace(): Readonly<Record<string, string>> {
    return { username: this.user.name, base_url: serverPrefix(this.context.baseUrl, this.user.name, this.serverName) }
  }

  /** HTML fragment of the spawn form; empty: no form is shown. */
  optionsForm(): Promise<string> {
    return resolveOption(this.config.options_form, this)
  }

  /** Turns the submitted form into the `user_options` object that is stored and given to {@link applyUserOptions}. */
  optionsFromForm(form: SpawnForm): Promise<JsonObject> {
    return optionsFromForm(this, form)
  }

  /** The same for `/hub/spawn?name=value` links. */
  optionsFromQuery(query: SpawnQuery): Promise<JsonObject> {
    return this.optionsFromForm(query)
  }

  /** Runs at every start, before `pre_spawn_hook`: takes the user's choices over into {@link config}. */
  applyUserOptions(options: JsonObject): Promise<void> {
    return applyUserOptions(this, options)
  }

  /** Runs at every start, before {@link applyUserOptions}: `group_overrides` of the user's groups. */
  applyGroupOverrides(): Promise<void> {
    return applyGroupOverrides(this)
  }

  /** Before a stopped server gets another name. An error prevents it and is shown. */
  async rename(_oldName: string, _newName: string): Promise<void> {}

  /** Once, when the user or the named server is deleted for good; not on a stop. */
  async deleteForever(): Promise<void> {}

  /** Internal TLS, before {@link start}: has the server's certificate issued. */
  async createCerts(issue: CertificateIssuer): Promise<CertificatePaths> {
    return issue({ altNames: await this.sslAltNames() })
  }

  /** Internal TLS, after {@link createCerts}: brings the files to where the server can read them, and says where that is. */
  moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    return Promise.resolve(paths)
  }
}

import { isIP } from 'node:net'
import type { CertificatePaths, HelperAccount, HelperServer } from '@hub/api'
import type { HelperApiClient, StopStep } from '@hub/api/helper-client'
import type { Configurable } from '@hub/config'
import type { AccountVariables, PollResult, Started, StartRequest, StopOptions } from '../contract.js'
import { orAborted } from '../or-aborted.js'
import { SpawnError } from '../spawn-error.js'
import { Spawner } from '../spawner.js'
import { type HelperLink, helperLinks } from './helper-link.js'
import { leastLoadedFirst } from './least-loaded.js'
import { noPlaceError, startError } from './start-errors.js'
import { type SudoHelperConfig, sudoHelperConfigurable } from './sudo-helper-config.js'

/** Which helper has the server, and what it calls it. */
export type SudoHelperState = { readonly helper: string; readonly id: string }

interface Place {
  readonly link: HelperLink
  readonly client: HelperApiClient
  readonly server: HelperServer
  readonly account: HelperAccount
}

const LOOK_MS = 5_000
const KILL_NOW: readonly StopStep[] = [{ signal: 'SIGKILL', seconds: 5 }]

/** Has servers started by the least loaded of the configured helpers, each of which keeps the processes of its host. */
export class SudoHelperSpawner extends Spawner<SudoHelperState, SudoHelperConfig> {
  static override readonly configurable: Configurable = sudoHelperConfigurable
  #account: HelperAccount | undefined

  override async start(request: StartRequest<SudoHelperState>, signal: AbortSignal): Promise<Started<SudoHelperState>> {
    signal.throwIfAborted()
    const place = await this.#findPlace(signal)
    const { link, client, server } = place
    const state = { helper: link.name, id: server.id }
    this.#account = place.account
    this.log.info('spawning through a helper', { helper: link.name, id: server.id, port: server.port })
    try {
      const environment = await this.env(request, { host: this.#listenHost(link), port: server.port })
      await orAborted(request.save(state), signal)
      signal.throwIfAborted()
      await client.start(server.id, { args: this.args(), environment }, { signal })
      return { address: { host: link.serverHost, port: server.port }, state }
    } catch (error) {
      // Also a start that the helper goes on with: it waits for that, and ends it.
      await client.stop(server.id, KILL_NOW).catch((failure: unknown) => {
        this.log.warn('what a failed start has left could not be ended', { helper: link.name, error: failure })
      })
      throw startError(error, link.name)
    }
  }

  override async poll(state: SudoHelperState, signal: AbortSignal): Promise<PollResult> {
    if (!isState(state)) return { status: 'exited', code: null }
    const server = await (await this.#link(state).client()).server(state.id, { signal })
    const lives = server?.phase === 'running' || server?.phase === 'starting'
    return lives ? { status: 'running' } : { status: 'exited', code: null }
  }

  override async stop(state: SudoHelperState, { now }: StopOptions, signal: AbortSignal): Promise<void> {
    if (!isState(state)) return
    const { interrupt_timeout: interrupt, term_timeout: term, kill_timeout: kill } = this.config
    const steps: StopStep[] = [
      ...(now ? [] : [{ signal: 'SIGINT' as const, seconds: interrupt }]),
      { signal: 'SIGTERM', seconds: term },
      { signal: 'SIGKILL', seconds: kill },
    ]
    await (await this.#link(state).client()).stop(state.id, steps, { signal })
  }

  override onExit(state: SudoHelperState, callback: (result: PollResult) => void): (() => void) | undefined {
    const link = isState(state) ? this.#links().find(({ name }) => name === state.helper) : undefined
    return link?.exits.listen(state.id, () => callback({ status: 'exited', code: null }))
  }

  override async lastLogLines(state: SudoHelperState, count: number, signal: AbortSignal): Promise<readonly string[]> {
    return isState(state) ? (await this.#link(state).client()).log(state.id, count, { signal }) : []
  }

  override moveCerts(_paths: CertificatePaths): Promise<CertificatePaths> {
    return Promise.reject(noInternalSsl())
  }

  /** As the helper's host has them. */
  protected override accountVariables(): Promise<AccountVariables | undefined> {
    const account = this.#account
    return Promise.resolve(account && { USER: account.name, HOME: account.home, SHELL: account.shell })
  }

  #links(): HelperLink[] {
    return helperLinks(this.config)
  }

  #link({ helper }: SudoHelperState): HelperLink {
    const link = this.#links().find(({ name }) => name === helper)
    if (link !== undefined) return link
    throw new Error(
      `SudoHelperSpawner.helpers has no ${JSON.stringify(helper)} any more, where this server was started. Put it back to reach the server.`,
    )
  }

  /** Where a server of that host listens: what is reached from here, but not more than that where it can be told. */
  #listenHost({ isRemote, serverHost }: HelperLink): string {
    if (!isRemote || this.config.ip !== '127.0.0.1') return this.config.ip
    return isIP(serverHost) === 0 ? '0.0.0.0' : serverHost
  }

  /** A place and a port on the least loaded host that will have the server. */
  async #findPlace(signal: AbortSignal): Promise<Place> {
    const failures: unknown[] = []
    const hosts = await Promise.all(
      this.#links().map(async (link) => {
        try {
          const client = await link.client()
          const host = await client.host({ signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) })
          return [{ link, client, host }]
        } catch (error) {
          signal.throwIfAborted()
          this.log.warn('a helper cannot be asked', { helper: link.name, error })
          failures.push(error)
          return []
        }
      }),
    )
    for (const { link, client } of leastLoadedFirst(hosts.flat())) {
      try {
        return { link, client, ...(await this.#reserve(link, client, signal)) }
      } catch (error) {
        signal.throwIfAborted()
        this.log.info('a helper does not take the server', { helper: link.name, error })
        failures.push(error)
      }
    }
    throw noPlaceError(failures)
  }

  #reserve(
    link: HelperLink,
    client: HelperApiClient,
    signal: AbortSignal,
  ): Promise<{ readonly server: HelperServer; readonly account: HelperAccount }> {
    const { mem_limit: memory, cpu_limit: cpu, helper_command: command } = this.config
    return client.reserve(
      {
        user: this.user.name,
        server_name: this.serverName,
        ip: this.#listenHost(link),
        command,
        memory_bytes: memory,
        cpu_cores: cpu,
      },
      { signal },
    )
  }
}

function isState(state: Partial<SudoHelperState>): state is SudoHelperState {
  return typeof state.helper === 'string' && typeof state.id === 'string'
}

function noInternalSsl(): SpawnError {
  return new SpawnError({
    reason: 'no_internal_ssl',
    statusCode: 500,
    message: 'The server could not be started because of a mistake in the configuration. Tell your administrator.',
    logMessage:
      'SudoHelperSpawner cannot bring certificates to the servers of others. Set JupyterHub.internal_ssl = False; between hosts, keep the ' +
      'servers in a network of their own, or encrypt it. LocalProcessSpawner, SystemdSpawner and DockerSpawner can bring them.',
  })
}

import type { CertificatePaths, JsonObject } from '@hub/api'
import type { Configurable } from '@hub/config'
import type Docker from 'dockerode'
import type {
  CertificateIssuer,
  PollResult,
  ProgressEvent,
  ServerAddress,
  SpawnerContext,
  SpawnForm,
  Started,
  StartRequest,
  StopOptions,
} from '../contract.js'
import { PortPicker } from '../local/ports.js'
import { linesOf } from '../local/server-log.js'
import { orAborted } from '../or-aborted.js'
import { Spawner } from '../spawner.js'
import { whenGone } from '../when-gone.js'
import { CERTIFICATES_IN_CONTAINER, certificateArchive } from './certificate-archive.js'
import { containerAddress } from './container-address.js'
import { logText } from './container-log.js'
import { containerOptions, SPEC_LABEL } from './container-options.js'
import { dockerClient, dockerHostName } from './docker-client.js'
import { type DockerConfig, dockerConfigurable } from './docker-config.js'
import { dockerProblem, statusOf } from './docker-problem.js'
import { EventQueue } from './event-queue.js'
import { allowedImages, chosenImage, imageForm } from './images.js'
import { containerName } from './names.js'
import { bringImage } from './pull.js'
import { addressNotCertified, foreign, noAddress } from './start-problem.js'

const ports = new PortPicker()

/** `object_id` and `object_name` are upstream's. */
export type ContainerServer = {
  readonly object_id?: string
  readonly object_name?: string
  readonly port?: number
}

/**
 * Starts each server in a container, through the API of Docker.
 *
 * @see dockerspawner `DockerSpawner`
 */
export class DockerSpawner extends Spawner<ContainerServer, DockerConfig> {
  static override readonly configurable: Configurable = dockerConfigurable

  /** A container that is kept goes on with the token that is in it. */
  override readonly willResume: boolean
  #events = new EventQueue()
  /** Of the start that is under way. */
  #certificates: CertificatePaths | undefined

  constructor(context: SpawnerContext<DockerConfig>) {
    super(context)
    this.willResume = !context.config.remove
  }

  override async start(request: StartRequest<ContainerServer>, signal: AbortSignal): Promise<Started<ContainerServer>> {
    const { tell } = (this.#events = new EventQueue())
    try {
      const docker = await this.#docker()
      const image = await chosenImage(this, this.config, request.userOptions)
      signal.throwIfAborted()
      await bringImage({ docker, image, policy: this.config.pull_policy, tell, signal })
      tell({ progress: 45, message: 'Making the container' })
      const options = await this.#options(docker, image, request)
      const container = await this.#container(docker, options, signal)
      const state = { object_id: container.id, object_name: options.name ?? '', port: portOf(options) }
      return await this.#run({ docker, container, state, tell }, request, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw dockerProblem('starting a server', error)
    } finally {
      this.#events.end()
    }
  }

  override async poll({ object_id: id }: ContainerServer): Promise<PollResult> {
    if (id === undefined) return { status: 'exited', code: null }
    const found = await inspect((await this.#docker()).getContainer(id))
    if (found === undefined || found.State.Status === 'created') return { status: 'exited', code: null }
    const { Running: running, Restarting: restarting, ExitCode: code } = found.State
    return running || restarting ? { status: 'running' } : { status: 'exited', code }
  }

  override async stop({ object_id: id }: ContainerServer, { now }: StopOptions, signal: AbortSignal): Promise<void> {
    if (id === undefined) return
    const container = (await this.#docker()).getContainer(id)
    // 304: it has stopped; 404: it is gone.
    await container.stop({ t: now ? 0 : 10, abortSignal: signal }).catch(unless(304, 404))
    if (this.config.remove) await remove(container)
  }

  override onExit(state: ContainerServer, callback: (result: PollResult) => void): (() => void) | undefined {
    return whenGone(() => this.poll(state), callback)
  }

  override async addressOf({ object_id: id, port }: ContainerServer): Promise<ServerAddress | undefined> {
    if (id === undefined) return undefined
    const found = await inspect((await this.#docker()).getContainer(id))
    return found === undefined ? undefined : containerAddress(found, this.#addressFacts(port ?? this.config.port))
  }

  override async lastLogLines({ object_id: id }: ContainerServer, count: number): Promise<string[]> {
    if (id === undefined) return []
    const log = await (
      await this.#docker()
    )
      .getContainer(id)
      .logs({ stdout: true, stderr: true, tail: count, follow: false })
    return linesOf(logText(log))
  }

  override progress(signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined> {
    return this.#events.follow(signal)
  }

  override async optionsForm(): Promise<string> {
    const own = await super.optionsForm()
    return own === '' ? imageForm(await allowedImages(this, this.config), this.config.image) : own
  }

  override async optionsFromForm(form: SpawnForm): Promise<JsonObject> {
    const options = await super.optionsFromForm(form)
    const { image } = options
    // A field of a form is a list, whichever form it is.
    return Array.isArray(image) && typeof image[0] === 'string' ? { ...options, image: image[0] } : options
  }

  /** The one option of this spawner's own that users have; others are up to `apply_user_options`. */
  override async applyUserOptions(options: JsonObject): Promise<void> {
    const { image: _image, ...others } = options
    await super.applyUserOptions(this.config.apply_user_options === null ? others : options)
  }

  /** The container that was kept for the next start. */
  override async deleteForever(): Promise<void> {
    const name = containerName(this, this.config, this.config.image)
    await remove((await this.#docker()).getContainer(name))
  }

  /** A server that is reached by the name of its container has that in its certificate. */
  override createCerts(issue: CertificateIssuer): Promise<CertificatePaths> {
    const { use_internal_hostname: byName, image } = this.config
    if (!byName || this.config.ssl_alt_names !== null) return super.createCerts(issue)
    const altNames = [`DNS:${containerName(this, this.config, image)}`]
    return super.createCerts(({ includeLocal }) => issue({ altNames, includeLocal }))
  }

  /** They are put into the container before it runs. */
  override moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    const { use_internal_ip: byAddress, use_internal_hostname: byName } = this.config
    if (byAddress && !byName) return Promise.reject(addressNotCertified())
    this.#certificates = paths
    return Promise.resolve(CERTIFICATES_IN_CONTAINER)
  }

  #docker(): Promise<Docker> {
    return dockerClient(this.config, this.context.hubEnvironment)
  }

  #addressFacts(port: number) {
    return { config: this.config, port, dockerHost: dockerHostName(this.config, this.context.hubEnvironment) }
  }

  async #options(
    docker: Docker,
    image: string,
    request: StartRequest<ContainerServer>,
  ): Promise<Docker.ContainerCreateOptions> {
    const { config } = this
    // In the network of the host, the ports of all servers are those of the host.
    const port = config.network_name === 'host' || config.port === 0 ? await ports.pick('') : config.port
    const env = await this.env(request, { host: config.ip, port })
    const name = containerName(this, config, image)
    return containerOptions(this, config, { name, image, env, port, command: await this.#command(docker, image) })
  }

  /** Undefined: the image's own. */
  async #command(docker: Docker, image: string): Promise<readonly string[] | undefined> {
    const { cmd } = this.config
    if (cmd !== null) return [...cmd, ...this.args()]
    if (this.args().length === 0) return undefined
    const { Config: config } = await docker.getImage(image).inspect()
    // Docker's types say that it is a text or a list; the API has a list, or nothing.
    const own: unknown = config.Cmd
    return [...(Array.isArray(own) ? (own as string[]) : []), ...this.args()]
  }

  /** The one that was kept, if a new one would be the same; else a new one. */
  async #container(
    docker: Docker,
    options: Docker.ContainerCreateOptions,
    signal: AbortSignal,
  ): Promise<Docker.Container> {
    const name = options.name ?? ''
    const kept = await inspect(docker.getContainer(name))
    if (kept !== undefined) {
      const isSame = kept.Config.Labels[SPEC_LABEL] === options.Labels?.[SPEC_LABEL]
      const ownerLabel = kept.Config.Labels['org.jupyterhub.user']
      if (ownerLabel !== undefined && ownerLabel !== this.user.name) throw foreign(name, ownerLabel)
      if (isSame && !this.config.remove && !kept.State.Running) return docker.getContainer(kept.Id)
      // It may run: of a start that the hub has lost, with a token that is good for nothing now.
      this.log.info('removing a container of an earlier start', { container: name, wasRunning: kept.State.Running })
      await remove(docker.getContainer(kept.Id))
    }
    return docker.createContainer({ ...options, abortSignal: signal })
  }

  async #run(
    { docker, container, state, tell }: Running,
    request: StartRequest<ContainerServer>,
    signal: AbortSignal,
  ): Promise<Started<ContainerServer>> {
    try {
      await orAborted(request.save(state), signal)
      signal.throwIfAborted()
      if (this.#certificates !== undefined)
        await container.putArchive(await certificateArchive(this.#certificates), { path: '/', abortSignal: signal })
      tell({ progress: 50, message: 'Starting the container' })
      this.log.info('starting container', { container: state.object_name, id: container.id.slice(0, 12) })
      await container.start({ abortSignal: signal })
      if (this.config.post_start_cmd !== null) await runIn(container, this.config.post_start_cmd)
      const found = await docker.getContainer(container.id).inspect()
      const address = containerAddress(found, this.#addressFacts(state.port))
      if (address === undefined) throw noAddress(found)
      const apiToken = tokenOf(found)
      return { address, state, ...(apiToken === undefined ? {} : { apiToken }) }
    } catch (error) {
      // What has never run, or must not, is not kept.
      if (signal.aborted || !(await hasRun(container))) await remove(container)
      throw error
    }
  }
}

interface Running {
  readonly docker: Docker
  readonly container: Docker.Container
  readonly state: { readonly object_id: string; readonly object_name: string; readonly port: number }
  readonly tell: (event: ProgressEvent) => void
}

/** Undefined: there is none. @throws when Docker cannot be asked */
async function inspect(container: Docker.Container): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await container.inspect({ abortSignal: AbortSignal.timeout(20_000) })
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

async function hasRun(container: Docker.Container): Promise<boolean> {
  const found = await inspect(container).catch(() => undefined)
  return found !== undefined && found.State.Status !== 'created'
}

/** With its anonymous volumes. 404: gone; 409: being removed. */
async function remove(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(unless(404, 409))
}

function unless(...statuses: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error
  }
}

async function runIn(container: Docker.Container, command: string): Promise<void> {
  const exec = await container.exec({ Cmd: ['/bin/sh', '-c', command], AttachStdout: false, AttachStderr: false })
  await exec.start({ Detach: true })
}

function tokenOf({ Config: config }: Docker.ContainerInspectInfo): string | undefined {
  const prefix = 'JUPYTERHUB_API_TOKEN='
  return config.Env.find((entry) => entry.startsWith(prefix))?.slice(prefix.length)
}

function portOf({ ExposedPorts: exposed = {} }: Docker.ContainerCreateOptions): number {
  return Number.parseInt(Object.keys(exposed)[0] ?? '0', 10)
}

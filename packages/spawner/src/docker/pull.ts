import type Docker from 'dockerode'
import type { ProgressEvent } from '../contract.js'
import { SpawnError } from '../spawn-error.js'
import type { DockerConfig } from './docker-config.js'
import { dockerProblem, statusOf } from './docker-problem.js'

/** Part of a start's progress that fetching the image takes, in percent. */
const [FROM, TO] = [5, 40]

export interface PullRequest {
  readonly docker: Docker
  readonly image: string
  readonly policy: DockerConfig['pull_policy']
  readonly tell: (event: ProgressEvent) => void
  readonly signal: AbortSignal
}

/** Brings the image to the host, as the policy has it. */
export async function bringImage(request: PullRequest): Promise<void> {
  const { docker, image, policy } = request
  if (policy === 'skip') return
  if (policy !== 'always' && (await isPresent(docker, image))) return
  if (policy === 'never')
    throw new SpawnError({
      reason: 'no_image',
      statusCode: 500,
      message: `The server could not be started: the image ${image} is not on the host. Tell your administrator.`,
      logMessage: `The image ${image} is absent, and DockerSpawner.pull_policy is "never". Pull or build it.`,
    })
  await pull(request).catch((error: unknown) => {
    throw dockerProblem(`pulling ${image}`, error)
  })
}

async function isPresent(docker: Docker, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect()
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw dockerProblem(`looking for ${image}`, error)
  }
}

async function pull({ docker, image, tell, signal }: PullRequest): Promise<void> {
  const layers = new Layers()
  tell({ progress: FROM, message: `Pulling image ${image}` })
  // Without a tag Docker would fetch every one there is.
  const stream = await docker.pull(withTag(image), { abortSignal: signal })
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error === null ? resolve() : reject(pullError(image, error))),
      (event: LayerEvent) => {
        const done = layers.note(event)
        if (done !== undefined)
          tell({
            progress: Math.round(FROM + (TO - FROM) * done.share),
            message: `Pulling image ${image}: ${done.text}`,
          })
      },
    )
  })
}

/** What the registry answers comes as text, after Docker has answered that all is well. */
function pullError(image: string, { message }: Error): SpawnError {
  return new SpawnError({
    reason: 'no_image',
    statusCode: 500,
    message: `The server could not be started: the image ${image} could not be fetched. Tell your administrator.`,
    logMessage: `Docker could not pull ${image}: ${message}`,
  })
}

interface LayerEvent {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
}

/** How far the layers of an image are. */
export class Layers {
  readonly #layers = new Map<string, { total: number; current: number; isDone: boolean }>()
  #told = ''

  /** @returns what to say, when that has changed */
  note({ id, status = '', progressDetail = {} }: LayerEvent): { share: number; text: string } | undefined {
    if (id === undefined || /^Pulling from/.test(status)) return undefined
    const layer = this.#layers.get(id) ?? { total: 0, current: 0, isDone: false }
    this.#layers.set(id, layer)
    if (status === 'Downloading')
      Object.assign(layer, { current: progressDetail.current ?? 0, total: progressDetail.total ?? layer.total })
    if (/^(Download complete|Pull complete|Already exists)$/.test(status)) layer.current = layer.total
    if (/^(Pull complete|Already exists)$/.test(status)) layer.isDone = true
    const all = [...this.#layers.values()]
    const done = all.filter(({ isDone }) => isDone).length
    const [current, total] = [sum(all.map((one) => one.current)), sum(all.map((one) => one.total))]
    const text = `${done} of ${all.length} layers${total === 0 ? '' : `, ${megabytes(current)} of ${megabytes(total)} MB`}`
    if (text === this.#told) return undefined
    this.#told = text
    // Unpacking takes about as long again as the download.
    return { share: (done / all.length + (total === 0 ? done / all.length : current / total)) / 2, text }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const megabytes = (bytes: number): number => Math.round(bytes / 1e6)

export function withTag(image: string): string {
  return /@|:[^/]*$/.test(image) ? image : `${image}:latest`
}

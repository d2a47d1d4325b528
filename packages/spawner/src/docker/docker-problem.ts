import { SpawnError } from '../spawn-error.js'

/** Status of an answer of Docker; undefined: it did not answer. */
export function statusOf(error: unknown): number | undefined {
  const status: unknown =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

interface Problem {
  readonly reason: string
  readonly sign: RegExp
  readonly text: string
  readonly advice: string
}

const PROBLEMS: readonly Problem[] = [
  {
    reason: 'docker_denied',
    sign: /EACCES|permission denied.*docker\.sock/i,
    text: 'The hub may not use the Docker of its host.',
    advice:
      'Add the account of the hub to the group of the socket (most often `docker`), which makes it as good as root.',
  },
  {
    reason: 'docker_away',
    sign: /ENOENT.*\.sock|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|ENOTFOUND|socket hang up/i,
    text: 'Docker cannot be reached. Try again in a few minutes.',
    advice: 'Is dockerd running, and is DOCKER_HOST or DockerSpawner.client_kwargs right?',
  },
  {
    reason: 'disk_full',
    sign: /no space left on device/i,
    text: 'The disk of the Docker host is full.',
    advice: 'Make room below the data directory of Docker, with `docker system prune` for one.',
  },
  {
    reason: 'no_network',
    sign: /network .* not found/i,
    text: 'The network of the containers does not exist.',
    advice: 'Make it with `docker network create`, or mend DockerSpawner.network_name.',
  },
  {
    reason: 'no_volume',
    sign: /source path does not exist|invalid mount|invalid volume|mount denied/i,
    text: 'A volume of the server cannot be mounted.',
    advice: 'Look at DockerSpawner.volumes and mounts; directories of the host must exist for mounts.',
  },
  {
    reason: 'no_program',
    sign: /executable file not found|exec: ".*": (stat|permission denied|no such file)|no command specified/i,
    text: 'The image has no such program.',
    advice: 'Set DockerSpawner.cmd to a program of the image, such as ["jupyterhub-singleuser"].',
  },
  {
    reason: 'no_image',
    sign: /no such image|manifest unknown|repository does not exist|pull access denied/i,
    text: 'The image of the server is not there.',
    advice: 'Build or pull it, or mend DockerSpawner.image.',
  },
]

/** What a failing call of Docker means to the user and to the administrator. Other errors stay what they are. */
export function dockerProblem(doing: string, error: unknown): unknown {
  const isDockers =
    statusOf(error) !== undefined || (error instanceof Error && 'code' in error && !(error instanceof SpawnError))
  if (!isDockers || (error instanceof Error && error.name === 'AbortError')) return error
  const detail = error instanceof Error ? error.message : String(error)
  const known = PROBLEMS.find(({ sign }) => sign.test(detail))
  return new SpawnError({
    reason: known?.reason ?? 'docker_failed',
    statusCode: known?.reason === 'docker_away' ? 503 : 500,
    message: `The server could not be started. ${known?.text ?? `Docker refused while ${doing}.`} Tell your administrator.`,
    logMessage: `Docker failed while ${doing}: ${detail}. ${known?.advice ?? ''}`.trim(),
    cause: error,
  })
}

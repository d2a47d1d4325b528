import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fixture } from './places.js'
import type { Command } from './programs.js'
import { waitFor } from './wait-for.js'

const execute = promisify(execFile)
const PATH = '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const PROGRAMS = ['/usr/sbin/dockerd', '/usr/bin/docker', '/usr/bin/busybox', '/usr/sbin/ip', '/usr/bin/nsenter']

/** Why no Docker can be started here; undefined: one can. */
export function whyNoDocker(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start Docker'
  const missing = PROGRAMS.find((program) => {
    try {
      accessSync(program, constants.X_OK)
      return false
    } catch {
      return true
    }
  })
  return missing === undefined ? undefined : `${missing} is missing`
}

/** A real Docker in a network namespace of its own: the published ports of its containers are on the loopback in there. */
export interface DockerHost extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly url: string
  /** Has Python-free images of this name: node, busybox and the testkit's server. */
  readonly image: string
  /** A command that runs in its network. */
  inside(command: Command): Command
  docker(...args: string[]): Promise<string>
  /** Takes the daemon away, as a crash does; its containers end with it. */
  stop(): Promise<void>
}

/** Needs root; see {@link whyNoDocker}. */
export async function startDocker(): Promise<DockerHost> {
  const dir = await mkdtemp(join(tmpdir(), 'docker-host-'))
  const netns = `td${process.pid.toString(36)}${Math.floor(Math.random() * 1e5).toString(36)}`
  const url = `unix://${join(dir, 'docker.sock')}`
  const env = { PATH: `${PATH}:${process.env.PATH ?? ''}`, DOCKER_HOST: url }
  const inside = (command: Command): Command => ['nsenter', `--net=/run/netns/${netns}`, ...command]
  await execute('ip', ['netns', 'add', netns], { env })
  await execute('ip', ['-n', netns, 'link', 'set', 'lo', 'up'], { env })
  const [program, ...args] = inside([
    'dockerd',
    ...[
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '-H',
      url,
      '--pidfile',
      join(dir, 'docker.pid'),
    ],
    ...['--storage-driver', 'overlay2'],
  ])
  const daemon = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [daemon.stdout, daemon.stderr])
    stream.on('data', (chunk) => (log = (log + String(chunk)).slice(-4000)))
  const docker = async (...words: string[]): Promise<string> =>
    (await execute('docker', words, { env, maxBuffer: 4 * 1024 * 1024 })).stdout.trim()
  const stop = async (): Promise<void> => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return
    daemon.kill('SIGTERM')
    await once(daemon, 'exit')
  }
  const host: DockerHost = {
    url,
    image: 'hubtest/node',
    inside,
    docker,
    stop,
    async [Symbol.asyncDispose]() {
      const ids = await docker('ps', '--all', '--quiet').catch(() => '')
      if (ids !== '') await docker('rm', '--force', ...ids.split('\n')).catch(() => undefined)
      await stop()
      // Its network namespaces and layers are mounts below the folder.
      const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
      for (const mount of mounts.filter((path) => path.startsWith(dir)).reverse())
        await execute('umount', ['--lazy', mount], { env }).catch(() => undefined)
      await execute('ip', ['netns', 'del', netns], { env })
      await rm(dir, { recursive: true, force: true })
    },
  }
  try {
    await waitFor(() => docker('version').then(() => true), { deadlineMs: 30_000, what: 'an answer of Docker' })
    await execute('bash', [fixture('docker-image.sh'), host.image, fixture('fake-server.mjs')], { env })
  } catch (error) {
    await host[Symbol.asyncDispose]()
    throw new Error(`Docker did not come up:\n${log}`, { cause: error })
  }
  return host
}

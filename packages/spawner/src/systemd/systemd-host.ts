import { execFile } from 'node:child_process'
import { ownTurn } from '../local/own-turn.js'
import { SpawnError } from '../spawn-error.js'

/** How the systemd of a host is talked to. */
export interface SystemdHost {
  run(program: string, args: readonly string[], signal: AbortSignal): Promise<Ran>
  /** `/run` of that systemd. */
  readonly runDirectory: string
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const DEADLINE_MS = 120_000
/** Where systemd's own programs are: as root nothing is looked for elsewhere. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin'

/** The systemd that this process runs under. */
export const thisHost: SystemdHost = {
  runDirectory: '/run',
  async run(program, args, signal) {
    await ownTurn()
    return new Promise((resolve, reject) => {
      const options = { signal, timeout: DEADLINE_MS, maxBuffer: 1024 * 1024, env: { PATH, LC_ALL: 'C' } }
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null || typeof error.code === 'number')
          resolve({ code: Number(error?.code ?? 0), stdout, stderr })
        // In letters: it could not be run, or was aborted.
        else if (String(error.code) === 'ENOENT') reject(noSystemd(`${program} is not installed`, error))
        else reject(new Error(`${program} gave no answer`, { cause: error }))
      })
    })
  },
}

/** What systemd's own programs say when there is nobody to talk to. */
const NOBODY = /not been booted with systemd|Failed to connect to (system )?bus|Host is down/i
const NOT_ROOT = /interactive authentication required|access denied|permission denied|must be root/i

/** @throws SpawnError when systemd could not be asked, whatever the question was */
export function assertAnswered({ code, stderr }: Ran): void {
  if (code === 0) return
  if (NOBODY.test(stderr)) throw noSystemd(stderr.trim())
  if (NOT_ROOT.test(stderr))
    throw noSystemd(`the hub may not: ${stderr.trim()}. SystemdSpawner needs a hub that runs as root`)
}

export function noSystemd(why: string, cause?: unknown): SpawnError {
  return new SpawnError({
    reason: 'no_systemd',
    statusCode: 500,
    message: 'The server could not be started: the host has no systemd that the hub can use. Tell your administrator.',
    logMessage: `SystemdSpawner cannot talk to systemd: ${why}.`,
    cause,
  })
}

/** Transient units with what is asked of them here are older; `OOMPolicy` is of 243. */
const OLDEST = 243

/** @throws SpawnError when the host's systemd is too old */
export async function assertVersion(host: SystemdHost, signal: AbortSignal): Promise<void> {
  const ran = await host.run('systemctl', ['--version'], signal)
  const version = /^systemd (\d+)/.exec(ran.stdout)?.[1]
  if (version !== undefined && Number(version) < OLDEST)
    throw noSystemd(`it is version ${version}; ${OLDEST} is the oldest that will do`)
}

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fixture, repository } from './places.js'
import type { Command } from './programs.js'

const PROGRAMS = ['/usr/bin/systemd-nspawn', '/usr/bin/systemctl', '/usr/bin/nsenter', '/lib/systemd/systemd']

/** Why a systemd cannot be booted here; undefined: it can. */
export function whyNoSystemd(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can boot a systemd'
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

/** A real systemd as process 1 of a container, with this machine's files as they are now and its network. */
export interface SystemdMachine extends AsyncDisposable {
  /** Of its process 1, as this machine numbers it: `/proc/PID/root` is its root. */
  readonly pid: number
  /** A command that runs inside. */
  inside(command: Command): Command
  run(command: Command, signal?: AbortSignal): Promise<{ code: number; stdout: string; stderr: string }>
  /** Resolves when it is up again: with the files as they were, and without any process of before. */
  reboot(): Promise<void>
}

/** Needs root; see {@link whyNoSystemd}. What is changed inside is gone with it; of /tmp it sees the checkout alone. */
export async function bootSystemd(): Promise<SystemdMachine> {
  const dir = await mkdtemp(join(tmpdir(), 'systemd-machine-'))
  const binds = repository.startsWith('/tmp/') ? [`--bind-ro=${repository}`] : []
  const boot = spawn('bash', [fixture('systemd-boot.sh'), dir, ...binds], { stdio: ['pipe', 'pipe', 'pipe'] })
  const errors = text(boot.stderr)
  const end = async (): Promise<void> => {
    boot.stdin.end()
    if (boot.exitCode === null && boot.signalCode === null) await once(boot, 'exit')
    await rm(dir, { recursive: true, force: true })
  }
  const lines = createInterface(boot.stdout)
  /** @throws when it ended instead */
  const nextPid = async (): Promise<number> => {
    const line = await Promise.race([once(lines, 'line'), once(boot, 'exit')])
    if (boot.exitCode !== null || !Number.isInteger(Number(line[0])))
      throw new Error(`systemd did not boot: ${await errors}`)
    return Number(line[0])
  }
  let pid: number
  try {
    pid = await nextPid()
  } catch (error) {
    await end()
    throw error
  }
  const inside = (command: Command): Command => [
    'nsenter',
    ...['-t', String(pid), '-a', '--wd=/', 'env', '-i', 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ...['HOME=/root', 'LC_ALL=C.UTF-8', ...command],
  ]
  return {
    get pid() {
      return pid
    },
    inside,
    async reboot() {
      boot.stdin.write('reboot\n')
      pid = await nextPid()
    },
    async run(command, signal) {
      const [program, ...args] = inside(command)
      return new Promise((resolve, reject) => {
        execFile(program, args, { maxBuffer: 4 * 1024 * 1024, signal }, (error, stdout, stderr) => {
          // What cannot be run at all has a code in letters; a signal ends it with none.
          if (error !== null && typeof error.code !== 'number') reject(new Error(`${program} failed`, { cause: error }))
          else resolve({ code: Number(error?.code ?? 0), stdout, stderr })
        })
      })
    },
    [Symbol.asyncDispose]: end,
  }
}

import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { launcherArguments, launcherEnvironment } from './launcher-script.js'
import { ownTurn } from './own-turn.js'
import type { PopenOptions, Redirection } from './popen-kwargs.js'

/** Whom a process runs as; undefined: as the hub itself. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
  /** Absolute path of util-linux' setpriv, which also sets the account's supplementary groups. */
  readonly setpriv: string
}

export interface LaunchRequest {
  /** Program and arguments. */
  readonly command: readonly string[]
  /** Only names that a shell can hold. */
  readonly environment: Readonly<Record<string, string>>
  /** Absolute; empty: a fresh temporary directory. */
  readonly directory: string
  readonly runAs: RunAs | undefined
  readonly popen: PopenOptions
}

/** What the launcher did with the go-ahead. `failed`: it ended without a word, its own message stands in the hub's output. */
export type LaunchOutcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly code: number | null }

/** A process that exists and waits. Exactly one of {@link go} and {@link cancel} must be called. */
export class Launch {
  constructor(
    readonly pid: number,
    readonly child: ChildProcess,
    private readonly channel: Duplex,
  ) {}

  /** Lets the program start, and resolves once it has taken the launcher's place. */
  async go(signal: AbortSignal): Promise<LaunchOutcome> {
    const cancel = (): void => void this.channel.destroy()
    signal.addEventListener('abort', cancel)
    try {
      this.channel.end('go\n')
      const word = await firstLine(this.channel)
      signal.throwIfAborted()
      if (word === 'started' || word === 'missing' || word === 'denied') return { kind: word }
      await this.#exited()
      return { kind: 'failed', code: this.child.exitCode }
    } finally {
      signal.removeEventListener('abort', cancel)
      this.channel.destroy()
    }
  }

  /** Ends the process, also one that has had its go-ahead. */
  async cancel(): Promise<void> {
    this.channel.destroy()
    this.child.kill('SIGKILL')
    await this.#exited()
  }

  async #exited(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
  }
}

/** Makes the process that will become the server. It does nothing before its go-ahead, and ends when this process does. */
export async function launch(request: LaunchRequest): Promise<Launch> {
  const { popen, runAs } = request
  const names = Object.keys(request.environment)
  const shell = ['/bin/sh', ...launcherArguments(request.directory, names, request.command)]
  const [program, ...args] =
    runAs === undefined
      ? shell
      : [runAs.setpriv, `--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--init-groups', '--', ...shell]
  const files = await openFiles(popen)
  try {
    await ownTurn()
    const child = spawn(program ?? '/bin/sh', args, {
      cwd: '/',
      detached: popen.newSession,
      env: launcherEnvironment(request.environment, names),
      stdio: stdio(popen, files),
    })
    await once(child, 'spawn')
    // Signals are sent by pid, so this says nothing that the exit would not say.
    child.on('error', () => undefined)
    // The hub may end while its servers run.
    child.unref()
    const channel = child.stdio[3]
    if (child.pid === undefined || !isDuplex(channel))
      throw new Error('The launcher of a server came up without its channel.')
    // A launcher that dies early resets the channel; its exit tells more.
    channel.on('error', () => undefined)
    return new Launch(child.pid, child, channel)
  } finally {
    await Promise.all(Object.values(files).map((file) => file.close()))
  }
}

type OpenFiles = Partial<Record<'stdin' | 'stdout' | 'stderr', FileHandle>>

async function openFiles(popen: PopenOptions): Promise<OpenFiles> {
  const files: OpenFiles = {}
  for (const stream of ['stdin', 'stdout', 'stderr'] as const) {
    const redirection = popen[stream]
    // Appended to, so that the log of the run before stays; only the hub's account may read what servers print.
    if (redirection.to === 'file') files[stream] = await open(redirection.path, stream === 'stdin' ? 'r' : 'a', 0o600)
  }
  return files
}

function stdio(popen: PopenOptions, files: OpenFiles): StdioOptions {
  const target = (redirection: Redirection, inherited: number, file: FileHandle | undefined): number | 'ignore' => {
    if (redirection.to === 'ignore') return 'ignore'
    return file?.fd ?? inherited
  }
  const stdout = target(popen.stdout, 1, files.stdout)
  const stderr = popen.stderr.to === 'stdout' ? stdout : target(popen.stderr, 2, files.stderr)
  return [target(popen.stdin, 0, files.stdin), stdout, stderr, 'pipe']
}

/** Node types the fourth stream as readable or writable; a 'pipe' is a socket pair, so it is both. */
function isDuplex(stream: unknown): stream is Duplex {
  return typeof stream === 'object' && stream !== null && 'read' in stream && 'write' in stream
}

/** Empty when the stream ends before a whole line. */
async function firstLine(stream: Duplex): Promise<string> {
  let text = ''
  try {
    for await (const chunk of stream) {
      text += String(chunk)
      const end = text.indexOf('\n')
      if (end >= 0) return text.slice(0, end)
    }
  } catch {
    // Reset by the launcher's end, or destroyed by an abort: no answer either way.
  }
  return ''
}

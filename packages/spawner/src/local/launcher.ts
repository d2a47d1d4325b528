import { type FileHandle, open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { launcherArguments, launcherEnvironment } from './launcher-script.js'
import { type Exit, type OsProcess, startOsProcess, type Stdio } from './os-process.js'
import type { PopenOptions, Redirection } from './popen-kwargs.js'
import { signalProcess } from './stop-process.js'

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
  /** What takes the streams that are redirected nowhere; undefined: the hub's own output. */
  readonly logFd?: number | undefined
}

/** What the launcher did with the go-ahead. `failed`: it ended without a word, its own message stands in the hub's output. */
export type LaunchOutcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly code: number | null }

/** A process that exists and waits. Exactly one of {@link go} and {@link cancel} must be called. */
export class Launch {
  constructor(readonly process: OsProcess) {
    // A launcher that dies early resets the channel; its exit tells more.
    process.channel.on('error', () => undefined)
  }

  /** Lets the program start, and resolves once it has taken the launcher's place. */
  async go(signal: AbortSignal): Promise<LaunchOutcome> {
    const { channel } = this.process
    const cancel = (): void => void channel.destroy()
    signal.addEventListener('abort', cancel)
    try {
      channel.end('go\n')
      const word = await firstLine(channel)
      signal.throwIfAborted()
      if (word === 'started' || word === 'missing' || word === 'denied') return { kind: word }
      const { code } = await this.#exited()
      return { kind: 'failed', code }
    } finally {
      signal.removeEventListener('abort', cancel)
      channel.destroy()
    }
  }

  /** Ends the process, also one that has had its go-ahead. */
  async cancel(): Promise<void> {
    this.process.channel.destroy()
    if (this.process.exit === undefined) signalProcess(this.process.pid, 'SIGKILL')
    await this.#exited()
  }

  #exited(): Promise<Exit> {
    return new Promise((resolve) => this.process.onExit(resolve))
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
    return new Launch(
      await startOsProcess({
        program: program ?? '/bin/sh',
        args,
        env: launcherEnvironment(request.environment, names),
        stdio: stdio(request, files),
        newSession: popen.newSession,
      }),
    )
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

function stdio({ popen, logFd }: LaunchRequest, files: OpenFiles): [Stdio, Stdio, Stdio] {
  const target = (redirection: Redirection, inherited: number, file: FileHandle | undefined): Stdio => {
    if (redirection.to === 'ignore') return 'ignore'
    if (redirection.to === 'log') return logFd ?? inherited
    return file?.fd ?? inherited
  }
  const stdout = target(popen.stdout, 1, files.stdout)
  const stderr = popen.stderr.to === 'stdout' ? stdout : target(popen.stderr, 2, files.stderr)
  return [target(popen.stdin, 0, files.stdin), stdout, stderr]
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

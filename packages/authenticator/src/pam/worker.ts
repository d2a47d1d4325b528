import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Verdict, WorkerAnswer, WorkerRequest } from './protocol.js'

/** What modules may rely on. Nothing of the hub's own environment, which holds secrets, reaches them. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }

/** PAM did not give a verdict: no libpam, a module that crashed, a process that was ended. */
export class PamUnavailableError extends Error {
  override readonly name = 'PamUnavailableError'
}

/** A process beside the hub that asks PAM one thing at a time. */
export class PamWorker {
  readonly #child: ChildProcess
  #ended = false

  constructor() {
    const program = programBeside(import.meta.url)
    this.#child = fork(program.path, [], {
      execArgv: program.execArgv,
      env: ENVIRONMENT,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Not reached by a Ctrl-C at the hub's terminal.
      detached: true,
    })
    this.#child.once('exit', () => (this.#ended = true))
    // Reported to whoever waits for an answer.
    this.#child.on('error', () => undefined)
    // It ends with the hub and is no reason for the hub to go on.
    this.#child.unref()
    this.#child.channel?.unref()
  }

  get isUsable(): boolean {
    return !this.#ended && this.#child.connected
  }

  /**
   * @param signal - when it is aborted, the process is killed: nothing else ends a module that hangs
   * @throws PamUnavailableError, or the signal's reason
   */
  async ask(request: WorkerRequest, signal: AbortSignal): Promise<Verdict> {
    signal.throwIfAborted()
    const child = this.#child
    let release = (): void => undefined
    try {
      return await new Promise<Verdict>((resolve, reject) => {
        const onMessage = (answer: WorkerAnswer): void => {
          if ('verdict' in answer) resolve(answer.verdict)
          else reject(new PamUnavailableError(answer.broken))
        }
        const onExit = (code: number | null, by: string | null): void =>
          reject(new PamUnavailableError(`The process that asks PAM ended (${by ?? `exit status ${code ?? '?'}`}).`))
        const onError = (error: Error): void =>
          reject(new PamUnavailableError('The process that asks PAM cannot be started.', { cause: error }))
        const onAbort = (): void => {
          this.kill()
          reject(signal.reason as Error) // whatever the owner of the signal wants to be thrown
        }
        child.once('message', onMessage).once('exit', onExit).once('error', onError)
        signal.addEventListener('abort', onAbort, { once: true })
        release = () => {
          child.off('message', onMessage).off('exit', onExit).off('error', onError)
          signal.removeEventListener('abort', onAbort)
        }
        child.send(request, (error) => {
          if (error !== null) onError(error)
        })
      })
    } finally {
      release()
    }
  }

  /** Ends it at once, and the programs that modules have started. */
  kill(): void {
    this.#ended = true
    const { pid } = this.#child
    const isRunning = this.#child.exitCode === null && this.#child.signalCode === null
    if (pid === undefined || !isRunning) return
    void descendantsOf(pid).then((started) => {
      this.#child.kill('SIGKILL')
      for (const one of started) endProcess(one)
    })
  }

  /** Lets it finish and end by itself. */
  disconnect(): void {
    this.#ended = true
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** Pids of all that a process has started; they may be in sessions of their own. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const children = text.trim().split(' ').filter(Boolean).map(Number)
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()]
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has ended by itself
}

/** The compiled program; in a checkout that was not built, its source through tsx. */
function programBeside(url: string): { readonly path: string; readonly execArgv: string[] } {
  const isSource = url.endsWith('.ts')
  const path = fileURLToPath(new URL(isSource ? 'worker-bin.ts' : 'worker-bin.js', url))
  return { path, execArgv: isSource ? ['--import', import.meta.resolve('tsx')] : [] }
}

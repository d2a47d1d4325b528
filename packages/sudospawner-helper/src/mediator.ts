import { spawn } from 'node:child_process'
import { type FileHandle, open, readFile, unlink } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { HelperSettings } from './config.js'
import { MediatorError } from './errors.js'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const spawnReply = z.union([
  z.object({ ok: z.literal(true), pid: z.int().positive() }),
  z.object({ ok: z.literal(false), error: z.string() }),
])
const killReply = z.object({ ok: z.literal(true), alive: z.boolean() })

/** Runs the mediator as a user through sudo: ours, or that of Python's sudospawner. */
export class Mediator {
  constructor(private readonly settings: Pick<HelperSettings, 'sudo' | 'sudo_args' | 'mediator_timeout'>) {}

  /**
   * Has a server started.
   *
   * Its answer goes to a file rather than a pipe: a helper that is killed finds it there, and with it the server.
   *
   * @param request.enter - words that stand before the command, to run it in a cgroup
   * @returns the pid of the server
   * @throws MediatorError
   */
  async spawn(request: {
    readonly user: string
    readonly mediator: string
    readonly enter: readonly string[]
    readonly args: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly log: FileHandle
    readonly answerFile: string
  }): Promise<number> {
    const answer = await open(request.answerFile, 'w', 0o600)
    try {
      const document = { action: 'spawn', args: request.args, env: request.environment }
      const command = [...request.enter, ...this.#command(request.user, request.mediator)]
      await this.#run(command, document, answer.fd, request.log.fd)
    } finally {
      await answer.close()
    }
    const reply = await readSpawnAnswer(request.answerFile)
    if (reply === undefined) throw new MediatorError('sudo or the mediator ended without an answer.')
    if (!reply.ok) throw new MediatorError(`The server did not start: ${reply.error}`)
    return reply.pid
  }

  /** @returns whether the process was there */
  async kill(user: string, mediator: string, pid: number, signal: number): Promise<boolean> {
    const output = await this.#run(this.#command(user, mediator), { action: 'kill', pid, signal }, 'pipe', 'ignore')
    return killReply.parse(parseAnswer(output)).alive
  }

  #command(user: string, mediator: string): string[] {
    return [...this.settings.sudo, '-u', user, ...this.settings.sudo_args, mediator, '--logging=info']
  }

  /** @returns what it has printed, with a pipe */
  async #run(
    [program = '', ...args]: readonly string[],
    document: unknown,
    stdout: number | 'pipe',
    stderr: number | 'ignore',
  ): Promise<string> {
    // In a session of its own: a Ctrl-C at a helper in a terminal must not end what is being started.
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH, LANG: 'C' },
      stdio: ['pipe', stdout, stderr],
      detached: true,
    })
    // One that ends without reading breaks the pipe; its status tells why.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(document))
    const output = child.stdout === null ? Promise.resolve('') : text(child.stdout)
    output.catch(() => undefined)
    const { mediator_timeout: seconds } = this.settings
    let timer: NodeJS.Timeout | undefined
    try {
      const status = await new Promise<string>((resolve, reject) => {
        timer = setTimeout(() => {
          // As a rule sudo may not be signalled by whoever runs it: then it is left to itself.
          child.kill('SIGTERM')
          child.stdout?.destroy()
          child.unref()
          reject(new MediatorError(`sudo and the mediator took more than ${seconds} seconds.`))
        }, seconds * 1000)
        child.once('error', (cause) =>
          reject(new MediatorError(`${program} cannot be run: ${cause.message}`, { cause })),
        )
        child.once('exit', (code, signal) => resolve(String(code ?? signal)))
      })
      if (status !== '0') throw new MediatorError(`sudo or the mediator ended with status ${status}.`)
      return await output
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Undefined while there is none, or half of one. */
export async function readSpawnAnswer(file: string): Promise<z.output<typeof spawnReply> | undefined> {
  const answer = await readFile(file, 'utf8').catch(() => '')
  try {
    return spawnReply.parse(parseAnswer(answer))
  } catch {
    return undefined
  }
}

export async function removeAnswer(file: string): Promise<void> {
  await unlink(file).catch(() => undefined)
}

/** Programs that sudo's configuration adds may print something around it. */
function parseAnswer(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1))
}

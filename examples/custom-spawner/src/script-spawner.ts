import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { defineConfigurable, trait, type ValuesOf } from '@hub/config'
import {
  type PollResult,
  SpawnError,
  Spawner,
  spawnerConfigurable,
  type Started,
  type StartRequest,
} from '@hub/spawner'

/** All that finds a server again. The hub stores it and hands it back, perhaps to another object in another process. */
type State = { id?: string }

/** The options of the class, besides those of every spawner. */
export const scriptSpawnerConfigurable = defineConfigurable({
  name: 'ScriptSpawner',
  help: 'Has servers started, looked at and stopped by a script.',
  parent: spawnerConfigurable,
  traits: {
    script: trait.command({
      default: './servers.sh',
      help:
        'Program and first arguments. Called with "start ID COMMAND…", "poll ID" and "stop ID". Poll exits with 0 while the server is there, with 1 ' +
        'when it is gone, with anything else when that cannot be known.',
    }),
  },
})

export class ScriptSpawner extends Spawner<State, ValuesOf<typeof scriptSpawnerConfigurable>> {
  static override readonly configurable = scriptSpawnerConfigurable

  override async start(request: StartRequest<State>, signal: AbortSignal): Promise<Started<State>> {
    const address = { host: '127.0.0.1', port: this.config.port === 0 ? await freePort() : this.config.port }
    const env = await this.env(request, address)
    // We choose the name, and it is stored before anything runs: whenever the hub is killed, the next one can look for it.
    const state = { id: `${this.user.name}-${randomUUID()}` }
    await request.save(state)
    try {
      signal.throwIfAborted()
      const { code, output } = await this.#run(['start', state.id, ...(this.config.cmd ?? []), ...this.args()], env)
      signal.throwIfAborted()
      if (code !== 0) {
        throw new SpawnError({
          reason: 'script_failed',
          message: 'Your server could not be started. Tell your administrator.',
          logMessage: `The script ended with status ${code}: ${output}`,
          statusCode: 500,
        })
      }
      return { address, state }
    } catch (error) {
      await this.stop(state)
      throw error
    }
  }

  override async poll({ id }: State): Promise<PollResult> {
    if (id === undefined) return { status: 'exited', code: null }
    const { code, output } = await this.#run(['poll', id])
    if (code === 0) return { status: 'running' }
    if (code === 1) return { status: 'exited', code: null }
    // Not known: the hub leaves the server alone and asks again.
    throw new Error(`The script cannot tell whether ${id} runs (status ${code}): ${output}`)
  }

  /** Returns when the server is gone, so the script has to wait for that. */
  override async stop({ id }: State): Promise<void> {
    if (id === undefined) return
    const { code, output } = await this.#run(['stop', id])
    if (code !== 0) throw new Error(`The script could not stop ${id} (status ${code}): ${output}`)
  }

  #run(args: string[], env: Record<string, string> = {}): Promise<{ code: number | string; output: string }> {
    const [program = '', ...first] = this.config.script
    return new Promise((resolve) => {
      // Only what the server may see, and the PATH; the hub's own environment has its secrets.
      const options = { env: { PATH: process.env['PATH'], ...env }, timeout: 30_000 }
      execFile(program, [...first, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? 'killed'), output: `${stdout}${stderr}`.trim() })
      })
    })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('no port was bound'))
      })
    })
  })
}

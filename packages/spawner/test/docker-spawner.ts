import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type PollResult, Spawner, type Started, type StartRequest } from '@hub/spawner'

type State = { container?: string }
const docker = async (args: string[], env: Record<string, string> = {}): Promise<string> =>
  (await promisify(execFile)('docker', args, { env: { ...process.env, ...env } })).stdout.trim()

export class DockerSpawner extends Spawner<State> {
  override async start(request: StartRequest<State>, signal: AbortSignal): Promise<Started<State>> {
    const env = await this.env(request, { host: '', port: 8888 })
    const flags = Object.keys(env).flatMap((name) => ['--env', name]) // by name: values must not stand in `ps`
    const container = await docker(['create', '--publish=127.0.0.1::8888', ...flags, 'jupyterhub/singleuser'], env)
    try {
      await request.save({ container }) // from here on a killed hub finds it again, and nothing runs yet
      signal.throwIfAborted()
      await docker(['start', container])
      return { address: `http://${await docker(['port', container, '8888'])}`, state: { container } }
    } catch (error) {
      await this.stop({ container })
      throw error
    }
  }
  override async poll({ container = '' }: State): Promise<PollResult> {
    const running = await docker(['ps', '--quiet', '--no-trunc', '--filter', `id=${container}`])
    return container !== '' && running === container ? { status: 'running' } : { status: 'exited', code: null }
  }
  override async stop({ container }: State): Promise<void> {
    if (container !== undefined) await docker(['rm', '--force', container])
  }
}

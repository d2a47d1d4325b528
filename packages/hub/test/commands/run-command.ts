import { execFile } from 'node:child_process'
import { hubCommand } from '@hub/testkit'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** What is typed. */
  readonly input?: string
}

/** Runs `jupyterhub` with these words and waits for its end. */
export function jupyterhub(words: readonly string[], { cwd, env = {}, input = '' }: RunOptions): Promise<Ended> {
  const [program, ...first] = hubCommand()
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, CONFIGPROXY_AUTH_TOKEN: '', ...env }, timeout: 60_000 }
    const child = execFile(program, [...first, ...words], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { folder } from './fixture.js'

const program = fileURLToPath(new URL('load-once.ts', import.meta.url))

async function loadedIn(path: string): Promise<unknown> {
  const args = ['--conditions=@hub/source', '--import', import.meta.resolve('tsx'), program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: path })
  return JSON.parse(stdout)
}

for (const extension of ['ts', 'mts']) {
  test(`a configuration in .${extension} needs no package.json beside it and may import its own modules`, async () => {
    await using here = await folder({
      [`jupyterhub_config.${extension}`]: `
import { port } from './own.js'
import { ip } from './plain.mjs'
interface Config { [name: string]: Record<string, unknown> }
enum Args { One = '--one' }
export default async (c: Config): Promise<void> => {
  c.JupyterHub.port = port satisfies number
  c.JupyterHub.ip = ip
  const args = c.Spawner.args as string[]
  args.push(Args.One)
}`,
      'own.ts': 'export const port: number = 99',
      'plain.mjs': "export const ip = '::1'",
    })
    expect(await loadedIn(here.path)).toEqual({
      JupyterHub: { ip: '::1', port: 99 },
      Spawner: { args: ['--first', '--one'] },
    })
  })
}

// Needs nothing but the published packages, as the test of a plug-in of your own would.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { valuesWith } from '@hub/config'
import { describeSpawner } from '@hub/spawner/suite'
import { expect, test } from 'vitest'
import { ScriptSpawner, scriptSpawnerConfigurable } from '../src/script-spawner.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

describeSpawner('ScriptSpawner', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'script-spawner-'))
  const script = [here('../servers.sh'), folder]
  return {
    create: (context) =>
      new ScriptSpawner({
        ...context,
        config: valuesWith(scriptSpawnerConfigurable, { script, cmd: ['sleep', '1000'] }),
      }),
    crash: async ({ id }) => {
      if (typeof id !== 'string') throw new TypeError('not a state of this spawner')
      process.kill(Number(await readFile(join(folder, `${id}.pid`), 'utf8')), 'SIGKILL')
    },
    close: () => rm(folder, { recursive: true }),
  }
})

test('a script that cannot tell is an error, not the end of the server', async () => {
  const script = ['sh', '-c', 'echo the cluster is away >&2; exit 75']
  const config = valuesWith(scriptSpawnerConfigurable, { script })
  // A poll looks at the options only.
  const spawner = new ScriptSpawner({ config } as ConstructorParameters<typeof ScriptSpawner>[0])
  await expect(spawner.poll({ id: 'ada-1' })).rejects.toThrow('the cluster is away')
})

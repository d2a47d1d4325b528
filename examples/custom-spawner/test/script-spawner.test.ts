import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { valuesWith } from '@hub/config'
import { describeSpawner } from '@hub/spawner/suite'
import { waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'
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

test('a server of the example outlives the hub and is stopped by the next one', async () => {
  await using hub = await runExample({ configFile: here('../jupyterhub_config.mjs') })
  await using ada = hub.browser()
  await ada.login('ada', 'change-this-password')
  const server = async () => {
    const answer = await ada.get('/user/ada/api')
    return answer.status === 200 && answer.json<{ pid: number }>()
  }
  const { pid } = await waitFor(server)

  await hub.child().stop('SIGKILL')
  await hub.start()
  expect((await waitFor(server)).pid).toBe(pid)

  await hub.child().stop()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

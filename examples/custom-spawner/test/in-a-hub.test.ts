import { fileURLToPath } from 'node:url'
import { waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

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

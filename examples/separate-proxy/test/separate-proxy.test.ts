import { randomBytes, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { MARK, startProxyProcess, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { freePorts, runExample } from '../../run-example.js'

test('a server goes on while the hub is started again, and is routed again after the proxy was', async () => {
  const ports = await freePorts()
  const token = randomBytes(16).toString('hex')
  const mark = randomUUID()
  await using proxy = await startProxyProcess({
    port: ports.public,
    apiPort: ports.proxyApi,
    token,
    args: [`--error-target=http://127.0.0.1:${ports.hub}/hub/error`],
    env: { [MARK]: mark },
  })
  await using hub = await runExample({
    configFile: fileURLToPath(new URL('../jupyterhub_config.mjs', import.meta.url)),
    env: { CONFIGPROXY_AUTH_TOKEN: token },
    ports,
    mark,
  })
  await using ada = hub.browser()
  await ada.login('ada', 'change-this-password')
  const server = async () => {
    const answer = await ada.get('/user/ada/api')
    return answer.status === 200 && answer.json<{ pid: number }>()
  }
  const { pid } = await waitFor(server)

  await hub.child().stop()
  expect(await server()).toMatchObject({ pid })
  await hub.start()
  expect(await server()).toMatchObject({ pid })

  await proxy.child().stop()
  await proxy.start()
  expect((await waitFor(server)).pid).toBe(pid)
})

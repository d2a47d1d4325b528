import { ProxyApiClient } from '@hub/api/proxy-client'
import { freePort, recordingLog, startProxyProcess } from '@hub/testkit'
import { expect, test } from 'vitest'
import { HubProxy } from '../../src/proxy/hub-proxy.js'
import { ProxyProbe } from '../../src/proxy/proxy-probe.js'
import type { Route } from '../../src/proxy/route-check.js'

const routeTo = (user: string): Route => ({
  spec: `/user/${user}/`,
  target: 'http://127.0.0.1:9',
  data: { jupyterhub: true, user },
})

test('a server that stops while a check adds its route does not keep it', async () => {
  const [port, apiPort] = [await freePort(), await freePort()]
  await using proxy = await startProxyProcess({ port, apiPort, token: 'secret' })
  await proxy.start()
  const connection = { apiUrl: `http://127.0.0.1:${apiPort}`, authToken: 'secret' }
  const line = { client: new ProxyApiClient(connection), probe: new ProxyProbe(connection) }
  const running = new Map(['ada', 'bob'].map((user) => [`/user/${user}/`, routeTo(user)]))
  const hubProxy = new HubProxy({
    ...line,
    reconnect: () => line,
    process: undefined,
    wanted: async () => {
      const routes = new Map(running)
      // Ada's stop comes right after the check has read the servers; her route is not there yet.
      if (running.delete('/user/ada/')) await line.client.deleteRoute('/user/ada/')
      return { routes, inTransit: new Set<string>() }
    },
    log: recordingLog([]),
    watchEveryMs: 60_000,
  })
  try {
    await hubProxy.checkRoutes(AbortSignal.timeout(10_000))
    expect(Object.keys(await proxy.routes())).toEqual(['/user/bob'])
  } finally {
    line.probe.close()
    line.client.close()
    await hubProxy.stop(false)
  }
})

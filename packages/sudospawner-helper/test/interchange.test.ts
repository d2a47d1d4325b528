import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import { fakeRequest, SudoSpawner, sudoConfigurable } from '@hub/spawner'
import { isAlive } from '@hub/spawner/host'
import { Browser, freePort, proxyCommand, startChild, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPythonSudospawner, makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

const never = new AbortController().signal
const sitePackages = findPythonSudospawner()

describe.skipIf(whyNoSudo !== undefined)('our mediator', () => {
  let host: SudoHost
  beforeAll(async () => {
    host = await makeSudoHost()
  })
  afterAll(() => host[Symbol.asyncDispose]())

  test('is driven by SudoSpawner', async () => {
    const spawner = new SudoSpawner({
      user: { id: 1, name: host.ada.name, admin: false, groups: [] },
      serverName: '',
      displayName: '',
      spawnerId: 1,
      config: valuesWith(sudoConfigurable, { sudospawner_path: host.mediator, interrupt_timeout: 5 }),
      log: silentLog,
      hubEnvironment: { PATH: '/usr/bin:/bin' },
      baseUrl: '/',
    })
    const { state } = await spawner.start(fakeRequest(spawner), never)
    expect(await spawner.poll(state)).toEqual({ status: 'running' })
    await spawner.stop(state, { now: false }, never)
    expect(await spawner.poll(state)).toMatchObject({ status: 'exited' })
  })

  test.skipIf(sitePackages === undefined)(
    "is driven by PyPI's SudoSpawner in Python's hub, which is not root",
    async () => {
      const dir = await host.folder('python-hub')
      const [port, hubPort, apiPort] = [await freePort(), await freePort(), await freePort()]
      const origin = `http://127.0.0.1:${port}`
      const config = join(dir, 'jupyterhub_config.py')
      await writeFile(
        config,
        `c.JupyterHub.bind_url = '${origin}'
c.JupyterHub.hub_port = ${hubPort}
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${apiPort}'
c.ConfigurableHTTPProxy.command = ${JSON.stringify(proxyCommand())}
c.JupyterHub.authenticator_class = 'dummy'
c.JupyterHub.spawner_class = 'sudospawner.SudoSpawner'
c.SudoSpawner.sudospawner_path = '${host.mediator}'
c.Authenticator.allow_all = True
c.JupyterHub.services = [{'name': 'test', 'api_token': 'a-token-of-the-test', 'admin': True}]
`,
      )
      // By the system's Python: the environment's own may be in root's home, where nobody else gets in.
      const start = `import sys; sys.path.insert(0, ${JSON.stringify(sitePackages)}); from jupyterhub.app import main; sys.exit(main())`
      await using hub = startChild({ command: host.asHub(['/usr/bin/python3', '-c', start, '-f', config]), cwd: dir })
      await using browser = new Browser(origin)
      await waitFor(async () => hub.hasExited() || (await browser.get('/hub/login')).status === 200, {
        deadlineMs: 60_000,
      })
      const user = host.bob.name
      const api = (method: string, path: string) =>
        browser.visit(`/hub/api${path}`, {
          method,
          follow: false,
          headers: { authorization: 'token a-token-of-the-test' },
        })
      await api('POST', `/users/${user}`)
      expect((await api('POST', `/users/${user}/server`)).status, hub.log()).toBeLessThan(300)
      const { pid } = await waitFor(
        async () => {
          const page = await browser.get(`/user/${user}/api`)
          return page.status === 200 && page.json<{ pid?: number }>().pid !== undefined && page.json<{ pid: number }>()
        },
        { deadlineMs: 40_000, intervalMs: 200 },
      )
      await waitFor(async () => (await api('DELETE', `/users/${user}/server`)).status === 204, {
        deadlineMs: 60_000,
        intervalMs: 500,
      })
      await waitFor(async () => !(await isAlive({ pid })))
    },
    180_000,
  )
})

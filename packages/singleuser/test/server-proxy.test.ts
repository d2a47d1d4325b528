import { existsSync, readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findVenv, repository, startHubProcess, tempDir, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'

const venv = findVenv()
const hasServerProxy =
  venv !== undefined &&
  readdirSync(join(venv, 'lib')).some((python) =>
    existsSync(join(venv, 'lib', python, 'site-packages/jupyter_server_proxy')),
  )
const app = join(repository, 'packages/singleuser/test/app.mjs')

test.skipIf(!hasServerProxy)(
  "PyPI's jupyter-server-proxy serves a second app inside a Jupyter server, WebSockets included, through our proxy",
  async () => {
    await using dir = await tempDir()
    await mkdir(join(dir.path, 'config'))
    await writeFile(
      join(dir.path, 'config/jupyter_server_config.py'),
      `c.ServerProxy.servers = {'second': {'command': ['${process.execPath}', '${app}', '{port}', 'second'], 'timeout': 60}}\n`,
    )
    await using hub = await startHubProcess({
      config: {
        Spawner: {
          cmd: [join(venv ?? '', 'bin/jupyterhub-singleuser')],
          args: ['--allow-root'],
          environment: { JUPYTER_CONFIG_DIR: join(dir.path, 'config') },
          http_timeout: 90,
        },
      },
    })
    await hub.api('POST', '/users/ada')
    await hub.api('POST', '/users/ada/server')
    await using ada = hub.browser()
    await ada.login('ada', 'x', { follow: false })
    const page = await waitFor(
      async () => {
        const found = await ada.get('/user/ada/second/page?x=1')
        return found.status === 200 && found.path.startsWith('/user/ada/second/') && found
      },
      { deadlineMs: 100_000, intervalMs: 250 },
    )
    expect(page.json()).toMatchObject({ url: '/page?x=1', words: ['second'] })
    using socket = await ada.socket('/user/ada/second/echo?y=2')
    expect(JSON.parse(await socket.next(30_000))).toMatchObject({ url: '/echo?y=2' })
    socket.send('hello')
    expect(await socket.next()).toBe('hello')
    // Whoever is not logged in gets no further than the Jupyter server.
    await using nobody = hub.browser()
    expect((await nobody.get('/user/ada/second/page', { follow: false })).status).toBe(302)
  },
  180_000,
)

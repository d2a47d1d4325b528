import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  findChp,
  findVenv,
  fixture,
  freePort,
  hubCommand,
  killMarked,
  MARK,
  mayMakeNamespaces,
  proxyCommand,
  runCode,
  startChild,
  startHubProcess,
  startUpstreamHub,
  tempDir,
  twoHosts,
  waitFor,
  type Command,
} from '../src/index.js'
import { addUsers, ask, startServer, stopServer } from './server-steps.js'

const chp = findChp()
const proxies: { label: string; command: Command | undefined }[] = [
  { label: 'ours', command: proxyCommand() },
  { label: 'the npm configurable-http-proxy', command: chp === undefined ? undefined : [chp] },
]

describe.each(proxies)('our hub with a proxy: $label', ({ command }) => {
  describe.each(['own', 'independent'] as const)('%s', (proxy) => {
    test.skipIf(command === undefined)('routes servers, WebSockets included, and takes their routes away', async () => {
      await using hub = await startHubProcess({ proxy, proxyCommand: command! })
      await addUsers(hub, 'ada')
      await startServer(hub, 'ada')
      await using ada = hub.browser()
      await ada.login('ada', 'x', { next: '/hub/home' })
      expect(await ask(ada, '/user/ada/deep/er?q=1')).toMatchObject({ user: 'ada', url: '/user/ada/deep/er?q=1' })
      using socket = await ada.socket('/user/ada/socket')
      socket.send('hello')
      expect(await socket.next()).toBe('hello')
      await stopServer(hub, 'ada')
      expect((await ada.get('/user/ada/api/x')).status).toBe(424)
      if (hub.independentProxy) expect(Object.keys(await hub.independentProxy.routes())).toEqual(['/'])
    })
  })
})

describe("Python's hub with our proxy", () => {
  test.skipIf(!findVenv())('starts a real server behind it and runs code there', { timeout: 120_000 }, async () => {
    await using hub = await startUpstreamHub({ proxyCommand: proxyCommand() })
    await using ada = hub.browser()
    await ada.login('ada', 'x')
    const page = await waitFor(
      async () => {
        const answer = await ada.get('/hub/spawn')
        return answer.path.startsWith('/user/ada/') && answer.status === 200 && answer
      },
      { deadlineMs: 60_000, intervalMs: 500, what: 'the server of ada' },
    )
    expect(page.path).toMatch(/^\/user\/ada\/(lab|tree)/)
    expect(await runCode(ada, '/user/ada/', '6*7')).toBe('42')
  })
})

describe("every option of Python's c.ConfigurableHTTPProxy", () => {
  test.skipIf(!findVenv())('works with our proxy', { timeout: 120_000 }, async () => {
    await using dir = await tempDir()
    const pidFile = join(dir.path, 'proxy.pid')
    const config = `
c.ConfigurableHTTPProxy.command = ${JSON.stringify([...proxyCommand(), '--workers', '2', '--routes-file', join(dir.path, 'routes')])}
c.ConfigurableHTTPProxy.pid_file = ${JSON.stringify(pidFile)}
c.ConfigurableHTTPProxy.auth_token = 'the-token-of-this-test'
c.ConfigurableHTTPProxy.check_running_interval = 1
c.ConfigurableHTTPProxy.log_level = 'debug'
c.ConfigurableHTTPProxy.concurrency = 3
c.ConfigurableHTTPProxy.command_umask = 0o027
c.ConfigurableHTTPProxy.extra_routes = {'/extra/': 'http://127.0.0.1:9'}
`
    await using hub = await startUpstreamHub({ proxyCommand: proxyCommand(), config })
    await using someone = hub.browser()
    const pid = async () => Number(await readFile(pidFile, 'utf8'))
    const routes = async () => {
      const headers = { authorization: 'token the-token-of-this-test' }
      const answer = await fetch(`${hub.proxyApiUrl}/api/routes`, { headers, signal: AbortSignal.timeout(5_000) })
      // The API's documented answer.
      return Object.keys((await answer.json()) as object).sort()
    }
    expect(await routes()).toEqual(['/', '/extra'])
    expect(hub.child.log()).toMatch(/\[ConfigProxy\] debug: PROXY WEB/)
    expect((await someone.get('/extra/x')).status).toBe(503)
    // A proxy that dies is started again, and serves what it served.
    const first = await pid()
    process.kill(first, 'SIGKILL')
    await waitFor(async () => (await pid()) !== first && (await someone.get('/hub/login')).status === 200, {
      deadlineMs: 40_000,
      what: 'the next proxy',
    })
    await waitFor(async () => (await routes()).join() === '/,/extra', { what: 'its API', deadlineMs: 20_000 })
  })
})

describe('hub and proxy on two hosts', () => {
  test.skipIf(!mayMakeNamespaces())(
    'a browser beside the hub reaches a server through the other host',
    { timeout: 60_000 },
    async () => {
      await using hosts = await twoHosts()
      await using dir = await tempDir()
      const mark = `two-hosts-${process.pid}`
      const token = 'proxy-token-of-this-test'
      const admin = { authorization: 'token admin-token-of-this-test', 'content-type': 'application/json' }
      const front = `http://${hosts.b.address}:8000`
      const env = { [MARK]: mark, CONFIGPROXY_AUTH_TOKEN: token }
      await using proxy = startChild({
        command: hosts.b.inside([
          ...proxyCommand(),
          ...[`--ip=${hosts.b.address}`, '--port=8000', `--api-ip=${hosts.b.address}`, '--api-port=8001'],
        ]),
        env,
      })
      const configFile = join(dir.path, 'jupyterhub_config.json')
      const config = {
        JupyterHub: {
          bind_url: front,
          hub_ip: hosts.a.address,
          authenticator_class: 'dummy',
          spawner_class: 'simple',
          services: [{ name: 'admin', api_token: 'admin-token-of-this-test', admin: true }],
        },
        Authenticator: { allow_all: true },
        ConfigurableHTTPProxy: { should_start: false, api_url: `http://${hosts.b.address}:8001` },
        Spawner: {
          cmd: [process.execPath, fixture('fake-server.mjs')],
          ip: hosts.a.address,
          environment: { [MARK]: mark },
        },
        SimpleLocalProcessSpawner: { home_dir_template: join(dir.path, 'home', '{username}') },
      }
      await writeFile(configFile, JSON.stringify(config))
      await waitFor(async () => (await hosts.b.request({ url: `http://${hosts.b.address}:8001/api/routes` })).status)
      await using hub = startChild({ command: hosts.a.inside([...hubCommand(), '-f', configFile]), cwd: dir.path, env })
      try {
        const call = (method: string, path: string) =>
          hosts.a.request({ url: `${front}${path}`, method, headers: admin })
        await waitFor(async () => (await call('GET', '/hub/api/')).status === 200, {
          deadlineMs: 30_000,
          what: `the hub: ${hub.log()}`,
        })
        expect(await call('POST', '/hub/api/users/ada')).toMatchObject({ status: 201 })
        expect([201, 202]).toContain((await call('POST', '/hub/api/users/ada/server')).status)
        const answer = await waitFor(async () => {
          const page = await call('GET', '/user/ada/x')
          return page.status === 200 && page
        })
        expect(JSON.parse(answer.body ?? '')).toMatchObject({ user: 'ada' })

        // With the cable out nothing is lost: the server is routed again as soon as it is back.
        await hosts.cut()
        expect(await call('GET', '/user/ada/x')).toHaveProperty('error')
        await hosts.mend()
        await waitFor(async () => (await call('GET', '/user/ada/x')).status === 200)
        expect(proxy.hasExited()).toBe(false)
      } finally {
        await killMarked(mark)
      }
    },
  )
})

test('two hubs on one machine do not disturb each other', async () => {
  await using one = await startHubProcess()
  await using two = await startHubProcess()
  for (const hub of [one, two]) {
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
  }
  await using browser = two.browser()
  const pid = (await ask(browser, '/user/ada/x'))?.pid
  expect((await one.servers()).map((server) => server.pid)).not.toContain(pid)
  expect(await freePort()).toBeGreaterThan(0)
})

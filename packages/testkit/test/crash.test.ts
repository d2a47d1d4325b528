import { describe, expect, test } from 'vitest'
import { isAlive, startHubProcess, waitFor, within, type HubProcess } from '../src/index.js'
import { addUsers, ask, requestStart, settled, startServer, untilReady } from './server-steps.js'

/** The living servers of each user, from the processes themselves. */
async function serversByUser(hub: HubProcess): Promise<Map<string, number>> {
  const { readFile } = await import('node:fs/promises')
  const counts = new Map<string, number>()
  for (const { pid } of await hub.servers()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    const user = /(?:^|\0)JUPYTERHUB_USER=([^\0]*)/.exec(environment)?.[1]
    if (user !== undefined) counts.set(user, (counts.get(user) ?? 0) + 1)
  }
  return counts
}

/** Each server is either up, routed and there once, or gone altogether. */
async function expectDefinite(hub: HubProcess, users: readonly string[]): Promise<Map<string, 'ready' | 'stopped'>> {
  const states = new Map<string, 'ready' | 'stopped'>()
  for (const user of users) states.set(user, await settled(hub, user, 45_000))
  await using anyone = hub.browser()
  await waitFor(
    async () => {
      const running = await serversByUser(hub)
      for (const [user, state] of states) {
        const isRouted = (await ask(anyone, `/user/${user}/x`)) !== undefined
        if ((running.get(user) ?? 0) !== (state === 'ready' ? 1 : 0) || isRouted !== (state === 'ready')) return false
      }
      return true
    },
    { deadlineMs: 15_000, what: 'processes and routes that agree with the hub' },
  )
  return states
}

describe('a hub that is killed', () => {
  test.each(['own', 'independent'] as const)('finds ready servers again, each once (%s proxy)', async (proxy) => {
    await using hub = await startHubProcess({ proxy })
    const users = ['ada', 'bob', 'cyd']
    await addUsers(hub, ...users)
    await Promise.all(users.map((user) => startServer(hub, user)))
    const before = (await hub.servers()).map(({ pid }) => pid).sort()
    await hub.crash()
    await hub.start()
    const states = await expectDefinite(hub, users)
    expect([...states.values()]).toEqual(['ready', 'ready', 'ready'])
    expect((await hub.servers()).map(({ pid }) => pid).sort()).toEqual(before)
  })

  test('interrupts no WebSocket and no request to a server', async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    await using ada = hub.browser()
    using socket = await ada.socket('/user/ada/socket')
    await hub.crash()
    socket.send('while it is down')
    expect(await socket.next()).toBe('while it is down')
    expect(await ask(ada, '/user/ada/x')).toBeDefined()
    await hub.start()
    await untilReady(hub, 'ada')
    socket.send('after it is back')
    expect(await socket.next()).toBe('after it is back')
    expect(socket.isOpen()).toBe(true)
  })

  test('while servers start: each is there once or not at all, and can be started', { timeout: 90_000 }, async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    const users = Array.from({ length: 4 }, (_, index) => `slow-start-${index}`)
    await addUsers(hub, ...users)
    const answers = users.map((user) => hub.api('POST', `/users/${user}/server`).catch(() => undefined))
    await waitFor(async () => (await hub.servers()).length === users.length, { what: 'the processes of all servers' })
    await hub.crash()
    await Promise.all(answers)
    await hub.start()
    const states = await expectDefinite(hub, users)
    for (const [user, state] of states) if (state === 'stopped') await startServer(hub, user)
    expect([...(await expectDefinite(hub, users)).values()]).toEqual(users.map(() => 'ready'))
  })

  test('the moment a start was asked for: the server is there once or not at all', { timeout: 90_000 }, async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    const users = Array.from({ length: 6 }, (_, index) => `user-${index}`)
    await addUsers(hub, ...users)
    const answers = users.map((user) => hub.api('POST', `/users/${user}/server`).catch(() => undefined))
    // As soon as the first process shows, so that the others are at any point of their start.
    await waitFor(async () => (await hub.servers()).length > 0, { intervalMs: 1, what: 'a process' })
    await hub.crash()
    await Promise.all(answers)
    await hub.start()
    const states = await expectDefinite(hub, users)
    for (const [user, state] of states) if (state === 'stopped') await startServer(hub, user)
    expect([...(await expectDefinite(hub, users)).values()]).toEqual(users.map(() => 'ready'))
  })

  test('while a start is cancelled: the server is stopped, not brought up', { timeout: 60_000 }, async () => {
    await using hub = await startHubProcess({
      proxy: 'independent',
      config: { JupyterHub: { tornado_settings: { slow_spawn_timeout: 0, slow_stop_timeout: 0 } } },
    })
    const user = 'slow-start-slow-stop'
    await addUsers(hub, user)
    await requestStart(hub, user)
    await hub.child().waitForLog(/is on its way/)
    expect((await hub.api('DELETE', `/users/${user}/server`)).status).toBe(202)
    await hub.child().waitForLog(/was asked to end/)
    await hub.crash()
    await hub.start()
    expect(await expectDefinite(hub, [user])).toEqual(new Map([[user, 'stopped']]))
  })

  test('while servers stop: each is gone or still there, and can be started', { timeout: 90_000 }, async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    const users = ['slow-stop-1', 'slow-stop-2']
    await addUsers(hub, ...users)
    await Promise.all(users.map((user) => startServer(hub, user)))
    const answers = users.map((user) => hub.api('DELETE', `/users/${user}/server`).catch(() => undefined))
    await waitFor(
      async () =>
        !Object.keys((await hub.independentProxy?.routes()) ?? {}).some((route) => route.includes('slow-stop')),
      {
        what: 'routes that are taken away',
      },
    )
    await hub.crash()
    await Promise.all(answers)
    await hub.start()
    const states = await expectDefinite(hub, users)
    for (const [user, state] of states) if (state === 'stopped') await startServer(hub, user)
    expect([...(await expectDefinite(hub, users)).values()]).toEqual(['ready', 'ready'])
  })

  test('and a server that died meanwhile: it is seen to be stopped', async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    await addUsers(hub, 'ada', 'bob')
    await Promise.all(['ada', 'bob'].map((user) => startServer(hub, user)))
    await using anyone = hub.browser()
    const dead = (await ask(anyone, '/user/ada/x'))?.pid ?? 0
    await hub.crash()
    process.kill(dead, 'SIGKILL')
    await hub.start()
    expect(await expectDefinite(hub, ['ada', 'bob'])).toEqual(
      new Map([
        ['ada', 'stopped'],
        ['bob', 'ready'],
      ]),
    )
  })

  test('again and again comes back each time', { timeout: 90_000 }, async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const [server] = await hub.servers()
    for (let round = 0; round < 3; round++) {
      await hub.crash()
      await hub.start()
    }
    expect(await expectDefinite(hub, ['ada'])).toEqual(new Map([['ada', 'ready']]))
    expect((await hub.servers()).map(({ pid }) => pid)).toEqual([server?.pid])
  })
})

describe('a proxy that is killed', () => {
  test('by itself started again: all routes are back 2 seconds after it answers', async () => {
    await using hub = await startHubProcess({ config: { ConfigurableHTTPProxy: { check_running_interval: 1 } } })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const first = await hub.proxyPid()
    process.kill(first, 'SIGKILL')
    await waitFor(() => !isAlive(first))
    await using anyone = hub.browser()
    await waitFor(() => anyone.get('/', { follow: false }), { deadlineMs: 15_000, what: 'a new proxy' })
    const backAt = Date.now()
    await waitFor(() => ask(anyone, '/user/ada/x'), { what: 'the route of ada' })
    expect(Date.now() - backAt).toBeLessThan(2_000)
    expect(await hub.proxyPid()).not.toBe(first)
  })

  test('and started by somebody else: all routes are back 2 seconds later', async () => {
    await using hub = await startHubProcess({ proxy: 'independent' })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const proxy = hub.independentProxy!
    await proxy.child().stop('SIGKILL')
    await proxy.start()
    const backAt = Date.now()
    await using anyone = hub.browser()
    await waitFor(() => ask(anyone, '/user/ada/x'), { what: 'the route of ada' })
    expect(Date.now() - backAt).toBeLessThan(2_000)
    expect((await hub.api('GET', '/users/ada')).status).toBe(200)
  })
})

describe('a hub that is asked to end', () => {
  test('stops servers and proxy, and ends with status 0', async () => {
    await using hub = await startHubProcess()
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const proxy = await hub.proxyPid()
    expect(await hub.child().stop('SIGTERM', 30_000)).toEqual({ code: 0, signal: null })
    expect(await hub.servers()).toEqual([])
    await waitFor(() => !isAlive(proxy))
  })

  test('leaves servers and proxy running where it was told to, and finds the servers again', async () => {
    await using hub = await startHubProcess({
      config: { JupyterHub: { cleanup_servers: false, cleanup_proxy: false } },
    })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const [server] = await hub.servers()
    const proxy = await hub.proxyPid()
    expect(await hub.child().stop('SIGTERM', 30_000)).toEqual({ code: 0, signal: null })
    expect(isAlive(proxy)).toBe(true)
    await using anyone = hub.browser()
    expect(await ask(anyone, '/user/ada/x')).toMatchObject({ pid: server?.pid })
    await hub.start()
    await untilReady(hub, 'ada')
    expect(await ask(anyone, '/user/ada/x')).toMatchObject({ pid: server?.pid })
  })

  test.each([
    { servers: true, proxy: true },
    { servers: true, proxy: false },
    { servers: false, proxy: true },
    { servers: false, proxy: false },
  ])('over its API ends what it was told to: %j', async (told) => {
    // Configured the other way round: what the request says comes first.
    await using hub = await startHubProcess({
      config: { JupyterHub: { cleanup_servers: !told.servers, cleanup_proxy: !told.proxy } },
    })
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    const [server] = await hub.servers()
    const proxy = await hub.proxyPid()
    const answer = await hub.api('POST', '/shutdown', told)
    expect(answer).toMatchObject({ status: 202 })
    expect(answer.json()).toEqual({ message: 'Shutting down Hub' })
    expect(await within(30_000, 'the end of the hub', hub.child().exited)).toEqual({ code: 0, signal: null })
    expect(await hub.servers()).toEqual(told.servers ? [] : [server])
    expect(isAlive(proxy)).toBe(!told.proxy)
    await hub.start()
    expect(await expectDefinite(hub, ['ada'])).toEqual(new Map([['ada', told.servers ? 'stopped' : 'ready']]))
    if (!told.proxy) expect(await hub.proxyPid()).toBe(proxy)
    if (!told.servers) expect(await hub.servers()).toEqual([server])
  })

  test('as it starts, ends all the same and leaves nothing', async () => {
    await using hub = await startHubProcess()
    await hub.crash()
    const again = hub.start().catch(() => undefined)
    const child = hub.child()
    await child.waitForLog(/Running JupyterHub version/)
    expect(await child.stop('SIGTERM', 30_000)).toMatchObject({ signal: null })
    await again
    await hub.start()
    expect((await hub.api('GET', '/')).status).toBe(200)
  })

  test('in the middle of a start leaves no process behind', { timeout: 60_000 }, async () => {
    await using hub = await startHubProcess()
    await addUsers(hub, 'slow-start-1')
    const answer = hub.api('POST', '/users/slow-start-1/server').catch(() => undefined)
    await waitFor(async () => (await hub.servers()).length === 1)
    await hub.child().stop('SIGTERM', 40_000)
    await answer
    expect(await hub.servers()).toEqual([])
  })

  test('twice, does not take longer for it', async () => {
    await using hub = await startHubProcess()
    await addUsers(hub, 'ada')
    await startServer(hub, 'ada')
    hub.child().kill('SIGINT')
    hub.child().kill('SIGTERM')
    await within(30_000, 'the end of the hub', hub.child().exited)
    expect(await hub.servers()).toEqual([])
    await requestStart(hub, 'ada').then(
      () => expect.unreachable('a hub that has ended starts nothing'),
      () => undefined,
    )
  })
})

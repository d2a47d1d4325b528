import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHubProcess, type HubProcess, waitFor } from '../src/index.js'
import { addUsers, ask, requestStart, startServer, stopServer, untilReady } from './server-steps.js'

const ODD = 'a b@x+ü'

describe('addresses of servers', () => {
  let hub: HubProcess
  beforeAll(async () => {
    hub = await startHubProcess({
      config: { JupyterHub: { allow_named_servers: true, tornado_settings: { slow_spawn_timeout: 0 } } },
    })
    await addUsers(hub, 'ada', 'slow-start-bob', 'dies-early', ODD)
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  test('of a stopped server: JSON for programs, a page with a link for people', async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })
    const hop = await ada.get('/user/ada/lab?x=1', { follow: false })
    expect(hop).toMatchObject({ status: 302, location: '/hub/user/ada/lab?x=1' })
    const page = await ada.get('/user/ada/lab?x=1')
    expect(page.status).toBe(424)
    expect(page.text).toContain('/hub/spawn/ada')
    const api = await ada.get('/user/ada/api/contents')
    expect(api.status).toBe(424)
    expect(api.json<{ message: string }>().message).toContain('JupyterHub server no longer running at ')
    const put = await ada.visit('/hub/user/ada/api/contents/x', { method: 'PUT' })
    expect([403, 424]).toContain(put.status)
  })

  test('of a server that is starting: the progress page', async () => {
    await using bob = hub.browser()
    await bob.login('slow-start-bob', 'x', { next: '/hub/home' })
    await requestStart(hub, 'slow-start-bob')
    const page = await bob.get('/hub/user/slow-start-bob/lab', { follow: false })
    expect(page.status).toBe(303)
    expect(page.location).toMatch(/^\/hub\/spawn-pending\/slow-start-bob\?next=/)
    await untilReady(hub, 'slow-start-bob')
    expect(await ask(bob, '/user/slow-start-bob/x')).toMatchObject({ user: 'slow-start-bob' })
  })

  test('of named servers: each its own, with the default one running or not', async () => {
    await using anyone = hub.browser()
    await startServer(hub, 'ada', 'one')
    expect(await ask(anyone, '/user/ada/one/x')).toMatchObject({ server: 'one', url: '/user/ada/one/x' })
    await startServer(hub, 'ada')
    expect(await ask(anyone, '/user/ada/x')).toMatchObject({ server: '' })
    expect(await ask(anyone, '/user/ada/one/x')).toMatchObject({ server: 'one' })
    await stopServer(hub, 'ada')
    expect(await ask(anyone, '/user/ada/one/x')).toMatchObject({ server: 'one' })
    await stopServer(hub, 'ada', 'one')
  })

  test('of a user whose name needs escaping: everything that the server is told fits together', async () => {
    await startServer(hub, ODD, 's1')
    await using anyone = hub.browser()
    const seen = await ask(anyone, '/user/a%20b@x+%C3%BC/s1/environment')
    expect(seen?.environment).toMatchObject({
      JUPYTERHUB_USER: ODD,
      JUPYTERHUB_SERVER_NAME: 's1',
      JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-a%20b%40x%2B%C3%BC-s1',
      JUPYTERHUB_SERVICE_PREFIX: '/user/a%20b@x%2B%C3%BC/s1/',
    })
    expect(JSON.parse(seen?.environment?.['JUPYTERHUB_OAUTH_ACCESS_SCOPES'] ?? '[]')).toEqual([
      `access:servers!server=${ODD}/s1`,
      `access:servers!user=${ODD}`,
    ])
    expect(seen?.environment?.['JUPYTERHUB_ACTIVITY_URL']).toMatch(/\/users\/a%20b@x%2B%C3%BC\/activity$/)
    await stopServer(hub, ODD, 's1')
  })

  test('of a server that died at once: the failure, and no route', async () => {
    await requestStart(hub, 'dies-early')
    await using user = hub.browser()
    await user.login('dies-early', 'x', { next: '/hub/home' })
    const page = await waitFor(
      async () => {
        const seen = await user.get('/hub/spawn-pending/dies-early')
        return seen.status === 200 ? undefined : seen
      },
      { what: 'the end of the start', deadlineMs: 20_000 },
    )
    expect(page.status).toBe(500)
    expect(page.text).toContain('Spawner failed to start [status=7]')
    await using anyone = hub.browser()
    expect(await ask(anyone, '/user/dies-early/x')).toBeUndefined()
  })
})

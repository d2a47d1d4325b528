import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDebianSingleuser, findVenv, runCode, startHubProcess, waitFor, type HubProcess } from '../src/index.js'
import { addUsers, startServer, stopServer, untilReady, userModel } from './server-steps.js'

const venv = findVenv()
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : []

/** The unmodified client, in the newest release and in the oldest that is supported. */
const servers = [
  { label: 'the newest from the Python package index', command: venv && join(venv, 'bin/jupyterhub-singleuser') },
  { label: "Debian's 3.0 on notebook 6.4", command: findDebianSingleuser() },
]

describe.each(servers)('a real jupyterhub-singleuser: $label', ({ command }) => {
  const realTest = test.skipIf(command === undefined)
  let hub: HubProcess
  beforeAll(async () => {
    if (command === undefined) return
    hub = await startHubProcess({
      proxy: 'independent',
      config: {
        JupyterHub: { allow_named_servers: true, cleanup_servers: false },
        Authenticator: { admin_users: ['grace'] },
        Spawner: { cmd: [command], args: asRoot, environment: { JUPYTERHUB_ACTIVITY_INTERVAL: '1' } },
      },
    })
    await addUsers(hub, 'ada', 'bob', 'odd name@x+ü')
  })
  afterAll(() => hub?.[Symbol.asyncDispose]())

  realTest('starts with no arguments of ours, lets its owner in and runs code', { timeout: 90_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })
    await startServer(hub, 'ada')
    const page = await ada.get('/user/ada/')
    expect(page.status, page.text.slice(0, 2000)).toBe(200)
    expect(page.path).toMatch(/^\/user\/ada\/(lab|tree)/)
    expect(await runCode(ada, '/user/ada/', '6*7')).toBe('42')
  })

  realTest('reports activity of the server and of its user', { timeout: 60_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/user/ada/' })
    const before = Date.now()
    await runCode(ada, '/user/ada/', '1')
    await waitFor(
      async () => {
        const model = await userModel(hub, 'ada')
        return [model.last_activity, model.servers['']?.last_activity].every((at) => Date.parse(at ?? '') >= before)
      },
      { deadlineMs: 20_000, what: 'later activity of user and server' },
    )
  })

  realTest('keeps others out, and lets an admin in after a question', { timeout: 60_000 }, async () => {
    await using bob = hub.browser()
    await bob.login('bob', 'x', { next: '/hub/home' })
    expect((await bob.get('/user/ada/tree')).status).toBe(403)
    expect((await bob.get('/user/ada/api/contents')).status).toBe(403)

    await using grace = hub.browser()
    await grace.login('grace', 'x', { next: '/hub/home' })
    const question = await grace.get('/user/ada/')
    expect(question.path).toMatch(/^\/hub\/api\/oauth2\/authorize/)
    const answer = await grace.submit(question, question.formWith('scopes'))
    expect(answer.status, answer.text.slice(0, 1000)).toBe(200)
    expect(answer.path).toMatch(/^\/user\/ada\//)
  })

  realTest('asks for a new login after its visitor has logged out of the hub', { timeout: 60_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/user/ada/' })
    expect((await ada.get('/user/ada/api/contents')).status).toBe(200)
    await ada.get('/hub/logout')
    expect((await ada.get('/user/ada/')).path).toMatch(/^\/hub\/login/)
    expect((await ada.get('/user/ada/api/contents')).status).toBe(403)
  })

  realTest('stays up and reachable while the hub is killed and started again', { timeout: 90_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/user/ada/' })
    const [before] = await hub.servers()
    await hub.crash()
    expect((await ada.get('/user/ada/api/contents')).status).toBe(200)
    await hub.start()
    await untilReady(hub, 'ada')
    expect((await hub.servers()).map(({ pid }) => pid)).toContain(before?.pid)
    expect(await runCode(ada, '/user/ada/', '6*7')).toBe('42')
  })

  realTest('runs under a name of its own beside the default one', { timeout: 90_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })
    await startServer(hub, 'ada', 'second')
    expect(await ada.get('/user/ada/second/')).toMatchObject({ status: 200 })
    expect(await runCode(ada, '/user/ada/second/', '6*7')).toBe('42')
    await stopServer(hub, 'ada', 'second')
  })

  realTest('serves a user whose name needs escaping', { timeout: 90_000 }, async () => {
    await using odd = hub.browser()
    await odd.login('odd name@x+ü', 'x', { next: '/hub/home' })
    const { url } = await startServer(hub, 'odd name@x+ü')
    const page = await odd.get(url)
    expect(page.status, page.text.slice(0, 1000)).toBe(200)
    expect(await runCode(odd, url, '6*7')).toBe('42')
    await stopServer(hub, 'odd name@x+ü')
  })

  realTest(
    'ends when it is stopped, and its old cookie opens nothing after the next start',
    { timeout: 90_000 },
    async () => {
      await using ada = hub.browser()
      await ada.login('ada', 'x', { next: '/user/ada/' })
      await stopServer(hub, 'ada')
      expect(await hub.servers()).toEqual([])
      const stale = ada.cookies.get('jupyterhub-user-ada', '/user/ada/')
      await startServer(hub, 'ada')
      await using thief = hub.browser()
      thief.cookies.set('jupyterhub-user-ada', stale ?? '', '/user/ada/')
      expect((await thief.get('/user/ada/api/contents')).status).toBe(403)
      await stopServer(hub, 'ada')
    },
  )
})

describe('the unmodified idle culler', () => {
  test.skipIf(venv === undefined)('stops the idle server and leaves the active one', { timeout: 60_000 }, async () => {
    await using hub = await startHubProcess({
      config: {
        JupyterHub: {
          services: [
            { name: 'test-admin', api_token: 'a'.repeat(32), admin: true },
            {
              name: 'culler',
              command: [join(venv ?? '', 'bin/jupyterhub-idle-culler'), '--timeout=4', '--cull-every=1'],
            },
          ],
          load_roles: [
            {
              name: 'culler',
              scopes: ['list:users', 'read:users:activity', 'read:servers', 'delete:servers'],
              services: ['culler'],
            },
          ],
        },
      },
    })
    const api = (method: string, path: string, body?: unknown) => hub.api(method, path, body, 'a'.repeat(32))
    for (const name of ['idle', 'busy']) {
      expect((await api('POST', `/users/${name}`)).status).toBe(201)
      expect([201, 202]).toContain((await api('POST', `/users/${name}/server`)).status)
    }
    const servers = async (name: string) => (await api('GET', `/users/${name}`)).json<{ servers: object }>().servers
    await waitFor(
      async () => {
        await api('POST', '/users/busy/activity', { servers: { '': { last_activity: new Date().toISOString() } } })
        return Object.keys(await servers('idle')).length === 0
      },
      { deadlineMs: 30_000, intervalMs: 200, what: 'the end of the idle server' },
    )
    expect(Object.keys(await servers('busy'))).toEqual([''])
  })
})

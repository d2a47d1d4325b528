import { join } from 'node:path'
import { type FakeServers, fakeServers, findVenv, startChild, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const venv = findVenv()
const python = join(venv ?? '', 'bin/python')
const culler = [python, '-m', 'jupyterhub_idle_culler', '--timeout=1', '--cull-every=1']

/** How upstream's page about it has the role. */
const cullerScopes = ['list:users', 'read:users:activity', 'read:servers', 'delete:servers']
const patient = { deadlineMs: 60_000 }

describe.skipIf(venv === undefined)('jupyterhub-idle-culler', () => {
  let fakes: FakeServers
  let hub: HubInProcess
  beforeAll(async () => {
    fakes = await fakeServers()
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          spawner_class: fakes.spawnerClass,
          allow_named_servers: true,
          load_roles: [
            { name: 'culler', scopes: cullerScopes, services: ['culler'] },
            { name: 'user-culler', scopes: [...cullerScopes, 'read:users', 'delete:users'], services: ['user-culler'] },
          ],
          services: [
            { name: 'culler', command: [...culler, '--remove-named-servers=true', '--api-page-size=2'] },
            { name: 'user-culler', api_token: 'user-culler-0123456789' },
          ],
        },
        Authenticator: { admin_users: ['boss'] },
      },
    })
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await fakes[Symbol.asyncDispose]()
  })

  const server = async (path: string) => {
    const page = await hub.api('GET', `/users/${path}`)
    return page.status === 200 ? page.json<{ ready: boolean }>() : undefined
  }
  const start = async (user: string, path = 'server'): Promise<void> => {
    await hub.api('POST', `/users/${user}`)
    expect((await hub.api('POST', `/users/${user}/${path}`)).status).toBe(201)
  }
  /** As if somebody went on working there for half an hour. */
  const keepBusy = async (user: string, name = ''): Promise<void> => {
    const at = new Date(Date.now() + 30 * 60_000).toISOString()
    const body = { last_activity: at, servers: { [name]: { last_activity: at } } }
    expect((await hub.api('POST', `/users/${user}/activity`, body)).status).toBe(200)
  }
  const culled = (path: string) =>
    waitFor(async () => (await server(path))?.ready !== true, { ...patient, what: `the end of ${path}` })

  test('as a service of the hub stops idle servers on every page of the list, removes named ones, and leaves busy ones', async () => {
    for (const user of ['busy', 'busy-too']) {
      await start(user)
      await keepBusy(user)
    }
    await start('busy', 'servers/work')
    await keepBusy('busy', 'work')
    for (const user of ['idle-1', 'idle-2', 'idle-3']) await start(user)
    await start('idle-1', 'servers/lab')
    await culled('idle-1/server')
    await culled('idle-2/server')
    await culled('idle-3/server')
    await waitFor(async () => (await server('idle-1/servers/lab')) === undefined, {
      ...patient,
      what: 'the removal of the named server',
    })
    // Another round has gone by once this one is stopped too.
    await start('idle-4')
    await culled('idle-4/server')
    for (const path of ['busy/server', 'busy-too/server', 'busy/servers/work']) {
      expect([path, (await server(path))?.ready]).toEqual([path, true])
    }
    // Stopping is all it may do.
    for (const user of ['idle-1', 'idle-4']) expect((await hub.api('GET', `/users/${user}`)).status).toBe(200)
  }, 120_000)

  test('as a program of its own removes idle users, but neither busy ones nor admins', async () => {
    await hub.api('POST', '/users/never-seen')
    await start('keen')
    await keepBusy('keen')
    await using child = startChild({
      command: [
        python,
        ...culler.slice(1),
        '--cull-users=true',
        '--cull-admin-users=false',
        `--url=${hub.origin}/hub/api`,
      ] as [string, ...string[]],
      env: { JUPYTERHUB_API_TOKEN: 'user-culler-0123456789' },
    })
    for (const user of ['never-seen', 'idle-1']) {
      await waitFor(async () => child.hasExited() || (await hub.api('GET', `/users/${user}`)).status === 404, {
        ...patient,
        what: `the removal of ${user}`,
      })
    }
    expect(child.hasExited() && child.log()).toBe(false)
    for (const user of ['keen', 'boss'])
      expect([user, (await hub.api('GET', `/users/${user}`)).status]).toEqual([user, 200])
  }, 120_000)
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hubEndpoints } from '@hub/api'
import { tempDir, type TempDir, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handlerName } from '../../src/metrics/handler-names.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
let dir: TempDir
beforeAll(async () => {
  dir = await tempDir()
  hub = await startHubInProcess({
    config: {
      EventLogger: { handlers: [join(dir.path, 'events.jsonl')] },
      JupyterHub: { active_server_limit: 1, concurrent_spawn_limit: 1, allow_named_servers: true },
      Spawner: { start_timeout: 5, http_timeout: 5 },
    },
  })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await dir[Symbol.asyncDispose]()
})

/** The value of a series, undefined when there is none. */
async function value(series: string): Promise<number | undefined> {
  const { text } = await hub.api('GET', '/metrics')
  const line = text.split('\n').find((each) => each.startsWith(`jupyterhub_${series} `))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

describe('metrics', () => {
  test.each(['/hub/metrics', '/hub/api/metrics'])('are for those with read:metrics, at %s', async (path) => {
    const anonymous = await hub.browser().get(path, { follow: false })
    expect(anonymous.status).toBe(403)
    expect(anonymous.headers['content-type']).toContain('text/html')
    expect(anonymous.text).toContain('read:metrics')

    const lesser = await (await hub.loggedIn(`lesser-${path.length}`)).get(path)
    expect(lesser.status).toBe(403)

    const token = await hub.userWith(`watcher-${path.length}`, ['read:metrics'])
    const reply = await hub.browser().get(path, { headers: { authorization: `token ${token}` } })
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  test('are for people who are logged in, too', async () => {
    await hub.role('watching', ['read:metrics!user=root'])
    await hub.user('root', ['watching'])
    expect((await (await hub.loggedIn('root')).get('/hub/metrics')).status).toBe(200)
  })

  test('are for everybody when they need not be authenticated', async () => {
    await using open = await startHubInProcess({ config: { JupyterHub: { authenticate_prometheus: false } } })
    for (const path of ['/hub/metrics', '/hub/api/metrics']) {
      const reply = await open.browser().get(path)
      expect([reply.status, reply.text.includes('jupyterhub_total_users')]).toEqual([200, true])
    }
  })

  test('count users as they come and go, not as they are read', async () => {
    const before = (await value('total_users')) ?? 0
    await hub.api('POST', '/users/counted')
    expect(await value('total_users')).toBe(before + 1)
    await hub.api('GET', '/users/counted')
    expect(await value('total_users')).toBe(before + 1)
    await hub.api('DELETE', '/users/counted')
    expect(await value('total_users')).toBe(before)
  })

  test('know each request by what answered it', async () => {
    const series =
      'request_duration_seconds_count{method="GET",handler="jupyterhub.apihandlers.users.SelfAPIHandler",code="200"}'
    const before = (await value(series)) ?? 0
    await hub.api('GET', '/user')
    await waitFor(async () => (await value(series)) === before + 1)
  })

  test('tell the start, logins and logouts', async () => {
    const browser = await hub.loggedIn('comes')
    await browser.get('/hub/logout')
    expect(await value('hub_startup_duration_seconds_count')).toBe(1)
    expect(await value('init_spawners_duration_seconds_count')).toBe(1)
    expect(await value('login_duration_seconds_count{status="LoginStatus.success"}')).toBeGreaterThan(0)
    expect(await value('logout_duration_seconds_count')).toBeGreaterThan(0)
    expect(await value('check_routes_duration_seconds_count')).toBeGreaterThan(0)
    expect(await value('proxy_poll_duration_seconds_count')).toBeGreaterThan(0)
    expect(await value('event_loop_interval_seconds_count')).toBeGreaterThan(0)
  })

  test('follow a server through its life', async () => {
    await hub.user('ada')
    const spawned = (await value('server_spawn_duration_seconds_count{status="success",reason=""}')) ?? 0
    expect((await hub.api('POST', '/users/ada/server')).status).toBe(201)
    expect(await value('server_spawn_duration_seconds_count{status="success",reason=""}')).toBe(spawned + 1)
    expect(await value('proxy_add_duration_seconds_count{status="success"}')).toBeGreaterThan(0)
    expect(await value('running_servers')).toBe(1)
    expect((await hub.api('POST', '/users/ada/server')).status).toBe(400)
    expect(await value('server_poll_duration_seconds_count{status="ServerPollStatus.running"}')).toBeGreaterThan(0)

    expect((await hub.api('POST', '/users/ada/servers/second')).status).toBe(429)
    expect(await value('server_spawn_duration_seconds_count{status="failure",reason="too-many-users"}')).toBe(1)

    const stopped = (await value('server_stop_seconds_count{status="success"}')) ?? 0
    await hub.api('DELETE', '/users/ada/server')
    expect(await value('server_stop_seconds_count{status="success"}')).toBe(stopped + 1)
    expect(await value('proxy_delete_duration_seconds_count{status="success"}')).toBeGreaterThan(0)
    expect(await value('running_servers')).toBe(0)
  })

  test('know a start that failed by its reason, and one that had to wait', async () => {
    await hub.user('dies')
    expect((await hub.api('POST', '/users/dies/server')).status).toBe(500)
    expect(await value('server_spawn_duration_seconds_count{status="error",reason="exited"}')).toBe(1)

    for (const name of ['mute-1', 'mute-2']) await hub.user(name)
    const first = hub.api('POST', '/users/mute-1/server')
    const throttled = 'server_spawn_duration_seconds_count{status="failure",reason="throttled"}'
    await waitFor(async () => (await value('running_servers')) === 1)
    expect((await hub.api('POST', '/users/mute-2/server')).status).toBe(429)
    expect(await value(throttled)).toBe(1)
    await hub.api('DELETE', '/users/mute-1/server')
    await first
  })

  test('know a start that was refused because the server is stopping', async () => {
    await hub.user('slow-stop')
    expect((await hub.api('POST', '/users/slow-stop/server')).status).toBe(201)
    const stop = hub.api('DELETE', '/users/slow-stop/server')
    await waitFor(async () => {
      const { pending } = (await hub.api('GET', '/users/slow-stop/server')).json<{ pending: string | null }>()
      return pending === 'stop'
    })
    expect((await hub.api('POST', '/users/slow-stop/server')).status).toBe(400)
    expect(await value('server_spawn_duration_seconds_count{status="failure",reason="already-pending"}')).toBe(1)
    await stop
  })
})

test('every endpoint has a name that dashboards know', () => {
  const unnamed = Object.values(hubEndpoints)
    .map(({ name }) => name)
    .filter((by) => !['getHealth', 'getMetrics', 'authorizeOAuth', 'confirmOAuth', 'exchangeOAuthCode'].includes(by))
    .filter((by) => handlerName({ by, path: '/', hubPrefix: '/hub/' }).startsWith('hub.'))
  expect(unnamed).toEqual([])
})

test('active users are counted at the start, by when they were last seen', async () => {
  const day = 24 * 3600 * 1000
  const before = await startHubInProcess()
  for (const [name, days] of [
    ['today', 0.5],
    ['this-week-1', 3],
    ['this-week-2', 6],
    ['this-month-1', 15],
    ['this-month-2', 29],
    ['long-ago', 40],
  ] as const) {
    const { id } = await before.user(name)
    before.foundation.activity.report('users', id, new Date(Date.now() - days * day))
  }
  await before.user('never')
  await before.stop()
  await using after = await startHubInProcess({ after: before })
  const periods = async () => {
    const { text } = await after.api('GET', '/metrics')
    return [...text.matchAll(/^jupyterhub_active_users\{period="(\w+)"\} (\d+)$/gm)].map(([, p, n]) => [p, Number(n)])
  }
  await waitFor(async () => (await periods())[2]?.[1] === 5)
  expect(await periods()).toEqual([
    ['24h', 1],
    ['7d', 3],
    ['30d', 5],
  ])
  const { id } = await after.user('fresh')
  after.foundation.activity.report('users', id, new Date())
  await after.foundation.activity.flush()
  expect((await periods())[0]).toEqual(['24h', 1])
})

describe('the event log', () => {
  const records = async (): Promise<Record<string, unknown>[]> => {
    const text = await readFile(join(dir.path, 'events.jsonl'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  test('has a line for each start and stop that somebody asked for', async () => {
    await hub.user('eve')
    const before = (await records()).length
    await hub.api('POST', '/users/eve/servers/named')
    await hub.api('DELETE', '/users/eve/servers/named')
    await waitFor(async () => (await records()).length === before + 2)
    const base = {
      __timestamp__: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      __schema__: 'https://schema.jupyter.org/jupyterhub/events/server-action',
      __schema_version__: '1',
      __metadata_version__: 1,
      username: 'eve',
      servername: 'named',
    }
    expect((await records()).slice(before)).toEqual([
      { ...base, action: 'start' },
      { ...base, action: 'stop' },
    ])
  })

  test('has none for starts that failed, or servers that were found dead', async () => {
    await hub.user('frank')
    await hub.user('dies-too')
    await hub.api('POST', '/users/dies-too/server')
    const before = (await records()).length
    await hub.api('POST', '/users/frank/server')
    const { pid } = (await hub.browser().get(`${hub.proxyOrigin}/user/frank/`)).json<{ pid: number }>()
    process.kill(pid, 'SIGKILL')
    await waitFor(
      async () => Object.keys((await hub.api('GET', '/users/frank')).json<{ servers: object }>().servers).length === 0,
    )
    expect((await records()).slice(before)).toEqual([expect.objectContaining({ action: 'start', username: 'frank' })])
  })
})

describe('health', () => {
  test.each(['/hub/health', '/hub/api/health'])('is told to everybody, without a body: %s', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const reply = await hub.browser().visit(path, { method })
      expect([reply.status, reply.text]).toEqual([200, ''])
    }
  })
})

describe('a report of a violated content policy', () => {
  const report = { 'csp-report': { 'document-uri': 'https://hub/hub/home?token=s3cret', 'blocked-uri': 'inline' } }
  const send = { method: 'POST', headers: { 'content-type': 'application/csp-report' }, body: JSON.stringify(report) }

  test('is counted and logged, without what may be secret in it', async () => {
    const before = (await value('csp_reports_total')) ?? 0
    const reply = await (await hub.loggedIn('reporter')).visit('/hub/security/csp-report', send)
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect(await value('csp_reports_total')).toBe(before + 1)
    const line = hub.log.find(({ event }) => event.includes('Content-Security-Policy'))
    expect(line).toMatchObject({ level: 'warn', fields: { 'blocked-uri': 'inline' } })
    expect(JSON.stringify(hub.log)).not.toContain('s3cret')
  })

  test('is not taken from strangers', async () => {
    expect((await hub.browser().visit('/hub/security/csp-report', send)).status).toBe(403)
  })
})

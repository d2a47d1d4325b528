import { describe, expect, test } from 'vitest'
import { HubEvents } from '../events.js'
import { loopInterval } from './event-loop-lag.js'
import { handlerName } from './handler-names.js'
import { HubMetrics } from './hub-metrics.js'

const metrics = (environment: Record<string, string> = {}, events = new HubEvents()) =>
  new HubMetrics({ events, environment, runningServers: () => 3, countUsers: () => Promise.resolve(5) })

const buckets = (text: string, family: string): string[] => [
  ...new Set([...text.matchAll(new RegExp(`^${family}_bucket\\{le="([^"]+)"`, 'gm'))].map(([, le]) => le ?? '')),
]

describe('the families', () => {
  test('are the seventeen that there are, of their types', async () => {
    const text = await metrics().text()
    const types = Object.fromEntries([...text.matchAll(/^# TYPE (jupyterhub_\w+) (\w+)$/gm)].map(([, n, t]) => [n, t]))
    expect(types).toEqual({
      jupyterhub_request_duration_seconds: 'histogram',
      jupyterhub_server_spawn_duration_seconds: 'histogram',
      jupyterhub_running_servers: 'gauge',
      jupyterhub_total_users: 'gauge',
      jupyterhub_active_users: 'gauge',
      jupyterhub_check_routes_duration_seconds: 'histogram',
      jupyterhub_hub_startup_duration_seconds: 'histogram',
      jupyterhub_init_spawners_duration_seconds: 'histogram',
      jupyterhub_proxy_poll_duration_seconds: 'histogram',
      jupyterhub_login_duration_seconds: 'histogram',
      jupyterhub_logout_duration_seconds: 'histogram',
      jupyterhub_csp_reports_total: 'counter',
      jupyterhub_proxy_add_duration_seconds: 'histogram',
      jupyterhub_server_poll_duration_seconds: 'histogram',
      jupyterhub_server_stop_seconds: 'histogram',
      jupyterhub_proxy_delete_duration_seconds: 'histogram',
      jupyterhub_event_loop_interval_seconds: 'histogram',
    })
  })

  test('have series of zeros for what has not happened yet', async () => {
    const text = await metrics().text()
    for (const line of [
      'jupyterhub_server_spawn_duration_seconds_count{status="success",reason=""} 0',
      'jupyterhub_server_spawn_duration_seconds_count{status="failure",reason=""} 0',
      'jupyterhub_server_spawn_duration_seconds_count{status="error",reason=""} 0',
      'jupyterhub_server_spawn_duration_seconds_count{status="failure",reason="throttled"} 0',
      'jupyterhub_server_spawn_duration_seconds_count{status="failure",reason="too-many-users"} 0',
      'jupyterhub_server_spawn_duration_seconds_count{status="failure",reason="already-pending"} 0',
      'jupyterhub_server_poll_duration_seconds_count{status="ServerPollStatus.running"} 0',
      'jupyterhub_server_poll_duration_seconds_count{status="ServerPollStatus.stopped"} 0',
      'jupyterhub_server_stop_seconds_count{status="failure"} 0',
      'jupyterhub_proxy_add_duration_seconds_count{status="success"} 0',
      'jupyterhub_proxy_delete_duration_seconds_count{status="failure"} 0',
      'jupyterhub_active_users{period="7d"} 0',
      'jupyterhub_check_routes_duration_seconds_count 0',
      'jupyterhub_logout_duration_seconds_count 0',
      'jupyterhub_csp_reports_total 0',
      'jupyterhub_running_servers 3',
      'jupyterhub_total_users 5',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).not.toContain('jupyterhub_login_duration_seconds_count{')
  })

  test('have the buckets that dashboards know', async () => {
    const text = await metrics().text()
    const standard = '0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf'
    expect(buckets(text, 'jupyterhub_server_stop_seconds').join(' ')).toBe(standard)
    expect(buckets(text, 'jupyterhub_server_spawn_duration_seconds').join(' ')).toBe(
      '0.5 1 2.5 5 10 15 30 60 120 180 300 600 +Inf',
    )
    expect(buckets(text, 'jupyterhub_event_loop_interval_seconds').join(' ')).toBe(
      '0.05 0.055 0.06 0.065 0.07 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf',
    )
  })

  test('are named, and cut into buckets, as the environment says', async () => {
    const text = await metrics({
      JUPYTERHUB_METRICS_PREFIX: 'lab',
      JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS_BUCKETS: '1, 10, inf',
      JUPYTERHUB_SERVER_STOP_DURATION_SECONDS_BUCKETS: '20,2',
    }).text()
    expect(buckets(text, 'lab_server_spawn_duration_seconds')).toEqual(['1', '10', '+Inf'])
    expect(buckets(text, 'lab_server_stop_seconds')).toEqual(['2', '20', '+Inf'])
    expect(text).not.toContain('jupyterhub_')
  })

  test('refuse buckets that are no numbers, with the variable’s name', () => {
    const variable = 'JUPYTERHUB_SERVER_STOP_DURATION_SECONDS_BUCKETS'
    for (const value of ['1,,2', 'fast', 'inf']) expect(() => metrics({ [variable]: value })).toThrow(variable)
  })
})

test('what happens before the library is there is counted all the same', async () => {
  const events = new HubEvents()
  const early = metrics({}, events)
  events.emit('loggedIn', { succeeded: true, seconds: 0.2 })
  events.emit('loggedIn', { succeeded: false, seconds: 0.2 })
  early.observeStartup(0.5)
  early.observeRequest({ method: 'GET', handler: 'h', status: 200, seconds: 0.1 })
  const text = await early.text()
  events.emit('loggedIn', { succeeded: true, seconds: 0.2 })
  expect(text).toContain('jupyterhub_login_duration_seconds_count{status="LoginStatus.success"} 1\n')
  expect(text).toContain('jupyterhub_login_duration_seconds_count{status="LoginStatus.failure"} 1\n')
  expect(text).toContain('jupyterhub_hub_startup_duration_seconds_count 1\n')
  expect(text).toContain('jupyterhub_request_duration_seconds_count{method="GET",handler="h",code="200"} 1\n')
  expect(await early.text()).toContain('jupyterhub_login_duration_seconds_count{status="LoginStatus.success"} 2\n')
})

test('metrics are there when the database is not', async () => {
  const lame = new HubMetrics({
    events: new HubEvents(),
    environment: {},
    runningServers: () => 0,
    countUsers: () => Promise.reject(new Error('gone')),
  })
  expect(await lame.text()).toContain('jupyterhub_running_servers 0\n')
})

test('a lag is what held the loop up; none at all is the resolution', () => {
  expect(loopInterval(0.05, 0.05)).toBe(0.05)
  expect(loopInterval(0.099, 0.05)).toBe(0.05)
  expect(loopInterval(0.3, 0.05)).toBeCloseTo(0.25)
})

test('requests go by upstream’s names, and unknown paths make no names of their own', () => {
  const name = (by: string | undefined, path = '/hub/x') => handlerName({ by, path, hubPrefix: '/hub/' })
  expect(name('whoami')).toBe('jupyterhub.apihandlers.users.SelfAPIHandler')
  expect(name('/login')).toBe('jupyterhub.handlers.login.LoginHandler')
  expect(name('/custom/login')).toBe('hub.custom.login')
  expect(name(undefined, '/hub/static/css/style.css')).toBe('jupyterhub.handlers.static.CacheControlStaticFilesHandler')
  expect(name(undefined, '/hub/api/what/ever')).toBe('jupyterhub.apihandlers.base.API404')
  expect(name(undefined, '/hub/what/ever')).toBe('jupyterhub.handlers.base.Template404')
  for (const path of ['/hub', '/user/ada', '/services/x'])
    expect(name(undefined, path)).toBe('jupyterhub.handlers.base.AddSlashHandler')
  expect(handlerName({ by: undefined, path: '/base/user/ada', hubPrefix: '/base/hub/' })).toMatch(/AddSlashHandler$/)
  expect(name(undefined, '/user/ada/lab')).toBe('jupyterhub.handlers.base.PrefixRedirectHandler')
  expect(name(undefined, '/elsewhere')).toBe('jupyterhub.handlers.base.PrefixRedirectHandler')
})

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MARK, fixture, freePort, startHubProcess, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as serviceStore from '../../src/services/service-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const server = [process.execPath, fixture('fake-server.mjs')]
const sleeper = ['sleep', '600']

/** A process whose parent was killed may stay as a zombie, depending on who inherits it. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

const isRunning = (command: string): boolean =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(command)

const ignoresInterrupts = async (pid: number): Promise<boolean> => {
  const [, ignored = '0'] = /^SigIgn:\s+(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number.parseInt(ignored.slice(-1), 16) & 2) !== 0
}

async function environmentOf(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8')
  return Object.fromEntries(
    text
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

describe('a managed service', () => {
  let hub: HubInProcess
  let url: string
  beforeAll(async () => {
    url = `http://127.0.0.1:${await freePort()}`
    hub = await startHubInProcess({
      env: { LANG: 'C.UTF-8', SECRET_OF_THE_HUB: 'x' },
      config: {
        JupyterHub: {
          public_url: 'https://hub.example.org/',
          services: [
            {
              name: 'web',
              url,
              command: server,
              environment: { EXTRA: 'more', JUPYTERHUB_USER: '' },
              oauth_client_allowed_scopes: ['read:users'],
            },
            { name: 'worker', command: sleeper, cwd: '/' },
          ],
        },
      },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  const pidOf = async (name: string): Promise<number> =>
    (await hub.api('GET', `/services/${name}`)).json<{ pid: number }>().pid

  test('answers through the proxy when the hub is up', async () => {
    const page = await hub.browser().get(`${hub.proxyOrigin}/services/web/page`)
    expect(page.json()).toMatchObject({ url: '/services/web/page', pid: await pidOf('web') })
  })

  test('knows what it needs of the hub, and nothing else', async () => {
    const environment = await environmentOf(await pidOf('web'))
    const token = environment['JUPYTERHUB_API_TOKEN']
    expect(environment).toEqual({
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      [MARK]: expect.any(String),
      JUPYTERHUB_SERVICE_NAME: 'web',
      JUPYTERHUB_API_TOKEN: token,
      JPY_API_TOKEN: token,
      JUPYTERHUB_API_URL: `${hub.origin}/hub/api`,
      JUPYTERHUB_BASE_URL: '/',
      JUPYTERHUB_CLIENT_ID: 'service-web',
      JUPYTERHUB_HOST: 'https://hub.example.org',
      JUPYTERHUB_SERVICE_URL: url,
      JUPYTERHUB_SERVICE_PREFIX: '/services/web/',
      JUPYTERHUB_OAUTH_CALLBACK_URL: '/services/web/oauth_callback',
      JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:services","access:services!service=web"]',
      JUPYTERHUB_OAUTH_SCOPES: '["access:services","access:services!service=web"]',
      JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: '["read:users"]',
      JUPYTERHUB_PUBLIC_URL: 'https://hub.example.org/services/web/',
      JUPYTERHUB_PUBLIC_HUB_URL: 'https://hub.example.org/hub/',
      JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: '0',
      JUPYTERHUB_USER: '',
      JUPYTERHUB_SERVER_NAME: '',
      EXTRA: 'more',
    })
    const whoami = await hub.api('GET', '/user', undefined, token)
    expect(whoami.json()).toMatchObject({ kind: 'service', name: 'web' })
  })

  test('without a URL has no prefix, and no route', async () => {
    const environment = await environmentOf(await pidOf('worker'))
    expect(environment).toMatchObject({
      JUPYTERHUB_SERVICE_URL: 'http://127.0.0.1:0/',
      JUPYTERHUB_OAUTH_CALLBACK_URL: 'oauth_callback',
      JUPYTERHUB_PUBLIC_URL: '',
    })
    expect(environment).not.toHaveProperty('JUPYTERHUB_SERVICE_PREFIX')
    expect((await hub.api('GET', '/proxy')).json()).not.toHaveProperty('/services/worker/')
  })

  test('runs in a session of its own', async () => {
    const pid = await pidOf('worker')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    expect([group, session]).toEqual([String(pid), String(pid)])
  })

  test('that ends is started again, with the same token', async () => {
    const before = await pidOf('worker')
    const { JUPYTERHUB_API_TOKEN: token } = await environmentOf(before)
    process.kill(before, 'SIGKILL')
    const after = await waitFor(async () => {
      const pid = await pidOf('worker')
      return pid !== before && pid
    })
    await waitFor(async () => (await environmentOf(after))['JUPYTERHUB_API_TOKEN'] === token)
    await waitFor(() => hub.log.some(({ event }) => event.includes('Service worker exited with status SIGKILL')))
    await waitFor(async () => (await serviceStore.findByName(hub.foundation.database.read, 'worker'))?.pid === after)
  })
})

test('services end with the hub, those that mind no interrupt or nothing at all as well, and what they have started', async () => {
  const seconds = `${600 + Math.round(Math.random() * 1e5)}`
  const stubborn = ['sh', '-c', `trap '' INT; sleep ${seconds} & wait`]
  // A child that a shell starts with its signals ignored ignores them too.
  const deadly = ['sh', '-c', `trap '' INT TERM; sleep ${seconds}1; sleep ${seconds}1`]
  const hub = await startHubInProcess({
    config: {
      JupyterHub: {
        services: [
          { name: 'polite', command: sleeper },
          { name: 'deaf', command: stubborn },
          { name: 'stone', command: deadly },
        ],
      },
    },
  })
  const models = (await hub.api('GET', '/services')).json<Record<string, { pid: number }>>()
  const pids = ['polite', 'deaf', 'stone'].map((name) => models[name]?.pid ?? 0)
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true, true])
  await waitFor(() => isRunning(`sleep ${seconds}1`))
  await waitFor(() => ignoresInterrupts(pids[1] ?? 0))
  await hub[Symbol.asyncDispose]()
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false])
  await waitFor(() => !isRunning(`sleep ${seconds}`) && !isRunning(`sleep ${seconds}1`))
}, 60_000)

test('a service that ends at once is started again with longer and longer pauses, and the hub goes on', async () => {
  await using hub = await startHubInProcess({
    config: { JupyterHub: { services: [{ name: 'short', command: ['sh', '-c', 'exit 7'] }] } },
  })
  const ends = (): number =>
    hub.log.filter(({ event }) => event === 'Service short exited with status 7; starting it again').length
  // The first two follow at once and after half a second; the fourth start is a second and a half after the first.
  await waitFor(() => ends() >= 3)
  expect((await hub.api('GET', '/services/short')).json()).toMatchObject({ pid: expect.any(Number) })
  expect(ends()).toBeLessThan(20)
  expect((await hub.api('GET', '/users')).status).toBe(200)
})

test('a service that prints without end keeps the hub from nothing', async () => {
  const token = 'admin-token-0123456789'
  const services = [
    { name: 'admin', api_token: token, admin: true },
    { name: 'loud', command: ['sh', '-c', 'yes loud | head -c 30000000; exec sleep 600'] },
  ]
  await using hub = await startHubProcess({ config: { JupyterHub: { services } } })
  for (let n = 0; n < 20; n++) expect((await hub.api('GET', '/services/loud', undefined, token)).status).toBe(200)
})

test('a service whose port is taken is tried again and again, and the log says why', async () => {
  const other = createServer((_, response) => response.end('other')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo // of a server that listens on TCP
  const url = `http://127.0.0.1:${port}`
  const server = `require('http').createServer((q, r) => r.end()).listen(${port}, '127.0.0.1')`
  try {
    await using hub = await startHubInProcess({
      config: { JupyterHub: { services: [{ name: 'late', url, command: [process.execPath, '-e', server] }] } },
    })
    const said = `Something listens at ${url} before service late is started`
    expect(hub.log.some(({ level, event }) => level === 'warn' && event.startsWith(said))).toBe(true)
    await waitFor(() => hub.log.some(({ event }) => event.startsWith('Service late exited with status 1')))
  } finally {
    other.closeAllConnections()
    other.close()
  }
})

test('a service that a killed hub has left behind is ended, not doubled', async () => {
  const token = 'admin-token-0123456789'
  const services = [
    { name: 'admin', api_token: token, admin: true },
    { name: 'worker', command: sleeper },
  ]
  await using hub = await startHubProcess({ config: { JupyterHub: { services } } })
  const pidOf = async () => (await hub.api('GET', '/services/worker', undefined, token)).json<{ pid: number }>().pid
  const before = await pidOf()
  await hub.crash()
  expect(await isAlive(before)).toBe(true)
  await hub.start()
  const after = await waitFor(pidOf)
  expect(await isAlive(before)).toBe(false)
  expect([after === before, await isAlive(after)]).toEqual([false, true])
})

describe('a hub does not start', () => {
  const starting = (service: object) => startHubInProcess({ config: { JupyterHub: { services: [service] } } })

  test('with a service that ends before it answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await expect(starting({ name: 'short', url, command: ['false'] })).rejects.toThrow(
      'Service short ended before it answered',
    )
  })

  test('with a service that does not answer in its time, and leaves none behind', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const seconds = `${600 + Math.round(Math.random() * 1e5)}`
    await expect(starting({ name: 'mute', url, command: ['sleep', seconds], timeout: 1 })).rejects.toThrow(
      `Service mute has not answered at ${url} within 1 seconds`,
    )
    await waitFor(() => !isRunning(`sleep ${seconds}`))
  })

  test('and its process says so, with status 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const services = [{ name: 'short', url, command: ['false'] }]
    await using hub = await startHubProcess({ config: { JupyterHub: { services } }, started: false })
    // It serves already while it waits for its services: whether the kit sees that or the end first is chance.
    await hub.start().catch(() => undefined)
    expect(await hub.child().exited).toMatchObject({ code: 1 })
    expect(hub.log()).toContain('Service short ended before it answered')
  })

  test.each([
    [{ name: 'x', command: ['/no/such/program'] }, '/no/such/program cannot be run'],
    [{ name: 'x', command: sleeper, cwd: '/no/such/place' }, 'cannot be run in /no/such/place'],
    [{ name: 'x', command: sleeper, user: 'nobody-at-all' }, 'no system user nobody-at-all'],
  ])('with a service that cannot be started: %j', async (service, problem) => {
    await expect(starting(service)).rejects.toThrow(problem)
  })
})

test.runIf(process.getuid?.() === 0)('a service runs as the user it is to, with its groups and home', async () => {
  await using hub = await startHubInProcess({
    config: { JupyterHub: { services: [{ name: 'lesser', command: sleeper, user: 'nobody', cwd: '/' }] } },
  })
  const { pid } = (await hub.api('GET', '/services/lesser')).json<{ pid: number }>()
  const status = await waitFor(async () => {
    const text = await readFile(`/proc/${pid}/status`, 'utf8')
    return text.includes('Name:\tsleep') && text // setpriv has become the command
  })
  const uid = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim()
  expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'))
  expect(await environmentOf(pid)).toMatchObject({ USER: 'nobody', JUPYTERHUB_USER: 'nobody' })
})

test('an external service that does not answer is logged, and again when it does', async () => {
  const port = await freePort()
  await using hub = await startHubInProcess({
    config: {
      JupyterHub: { services: [{ name: 'far', url: `http://127.0.0.1:${port}` }], service_check_interval: 1 },
    },
  })
  const logged = (text: string) => hub.log.some(({ event }) => event === `Service far ${text}`)
  await waitFor(() => logged('does not answer'), { deadlineMs: 20_000 })
  const late = createServer((_, response) => response.end()).listen(port, '127.0.0.1')
  try {
    await waitFor(() => logged('answers again'), { deadlineMs: 20_000 })
  } finally {
    late.closeAllConnections()
    late.close()
  }
})

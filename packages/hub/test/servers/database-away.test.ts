import { join } from 'node:path'
import { type Postgres, startPostgres, startTcpGate, type TcpGate, waitFor } from '@hub/testkit'
import sqlite3 from 'sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gate, type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

/** How a database goes away, and comes back. */
interface Outage {
  readonly away: () => Promise<void>
  readonly back: () => Promise<void>
  /** What can still be read meanwhile. */
  readonly readable: boolean
}

/** Deadlines that a test can wait for; requests do not wait for starts and stops. */
const config = {
  JupyterHub: { db_kwargs: { statement_timeout_ms: 400 } },
  Spawner: { poll_interval: 1 },
} as const

function suite(start: () => Promise<{ readonly hub: HubWithFakes; readonly outage: Outage }>): void {
  let hub: HubWithFakes
  let outage: Outage
  beforeAll(async () => {
    ;({ hub, outage } = await start())
  }, 60_000)
  afterAll(async () => {
    await outage.back()
    await hub[Symbol.asyncDispose]()
  })

  test('requests that need it say so, and when to come again; others are answered, and so are servers', async () => {
    await hub.user('ada')
    await hub.start('ada')
    await hub.settled('ada')
    const browser = hub.browser()
    await browser.login('ada', 'x', { next: '/hub/home' })
    const token = (await hub.api('POST', '/users/ada/tokens', {})).json<{ token: string }>().token
    await outage.away()
    for (const [method, path, body] of [
      ['POST', '/users/late', undefined],
      ['POST', '/users/ada/tokens', {}],
      ['POST', '/users/ada/servers/x', {}],
      ['DELETE', '/users/ada/server', undefined],
      ['PUT', '/groups/g/properties', {}],
    ] as const) {
      const page = await hub.api(method, path, body, method === 'PUT' ? token : undefined)
      // What is not there, or not held, is told from what can be read; a stop begins, and fails later.
      if (outage.readable && [202, 400, 403, 404].includes(page.status)) continue
      expect([method, path, page.status]).toEqual([method, path, 503])
      expect(page.headers['retry-after']).toBe('5')
      expect(page.json<{ message: string }>().message).toMatch(/^The (database|hub).*(again|administrator)/)
    }
    const list = await hub.api('GET', '/users')
    expect(list.status).toBe(outage.readable ? 200 : 503)
    expect((await hub.api('GET', '/health', undefined, null)).status).toBe(200)
    expect((await hub.api('GET', '/', undefined, null)).status).toBe(200)
    expect((await browser.get('/user/ada/anything')).status).toBe(200)
    const home = await browser.get('/hub/home')
    expect(home.status).toBe(outage.readable ? 200 : 503)
    if (!outage.readable) expect(home.text).toContain('<html')
    await outage.back()
    await waitFor(async () => (await hub.api('POST', '/users/late')).status === 201)
    expect((await browser.get('/hub/home')).status).toBe(200)
    await browser[Symbol.asyncDispose]()
  }, 60_000)

  test('a start under way fails and leaves nothing behind; the next one succeeds', async () => {
    const [reached, before] = [gate(), gate()]
    const beforeStart = (): Promise<void> => (reached.open(), before.opened)
    await hub.user('bob', { beforeStart })
    await hub.start('bob')
    await reached.opened
    await outage.away()
    before.open()
    await waitFor(() => hub.log.some(({ event }) => event.includes('could not take back what a start had written')))
    expect(hub.world.running).not.toContain('bob/')
    await outage.back()
    expect(await hub.settled('bob')).toMatchObject({ ready: false, stopped: true, pending: null })
    expect((await hub.api('GET', '/users/bob/tokens')).json()).toEqual({ api_tokens: [] })
    expect(await hub.routes()).not.toContain('/user/bob/')
    expect((await hub.start('bob')).status).toBe(202)
    expect(await hub.settled('bob')).toMatchObject({ ready: true })
  }, 60_000)

  test('a start that has just been asked for fails, and the next one succeeds', async () => {
    await hub.user('dan')
    await outage.away()
    const answer = await hub.start('dan')
    expect([202, 503]).toContain(answer.status)
    await waitFor(() =>
      hub.log.some(
        ({ event, fields }) => (event === 'the start failed' && fields?.['user'] === 'dan') || answer.status === 503,
      ),
    )
    await outage.back()
    await waitFor(async () => (await hub.start('dan')).status === 202)
    expect(await hub.settled('dan')).toMatchObject({ ready: true })
  }, 60_000)

  test('a stop under way ends with the process, and is noted when it can be', async () => {
    const before = gate()
    await hub.user('eve', { beforeStop: () => before.opened })
    await hub.start('eve')
    await hub.settled('eve')
    await hub.end('eve')
    await waitFor(async () => !(await hub.routes()).includes('/user/eve/'))
    await outage.away()
    before.open()
    await waitFor(() => hub.log.some(({ event }) => event.includes('could not remove the traces of a server')))
    expect(hub.world.running).not.toContain('eve/')
    await outage.back()
    expect(await hub.settled('eve')).toMatchObject({ stopped: true })
    expect((await hub.api('GET', '/users/eve/tokens')).json()).toEqual({ api_tokens: [] })
  }, 60_000)

  test('a server that ends by itself is noticed, and cleaned up afterwards', async () => {
    await hub.user('fay')
    await hub.start('fay')
    await hub.settled('fay')
    await outage.away()
    hub.world.exit('fay/', 3)
    await waitFor(() =>
      hub.log.some(({ event }) => /could not (look up a server|note that a server has ended)/.test(event)),
    )
    await outage.back()
    await waitFor(async () => (await hub.server('fay')).stopped)
    expect(await hub.routes()).not.toContain('/user/fay/')
  }, 60_000)

  test('what people did meanwhile is not forgotten', async () => {
    await hub.user('gil')
    const { token } = (await hub.api('POST', '/users/gil/tokens', {})).json<{ token: string }>()
    // Known tokens are known without the database.
    await hub.api('GET', '/user', undefined, token)
    await outage.away()
    await hub.api('GET', '/user', undefined, token)
    await outage.back()
    await waitFor(async () => {
      const page = await hub.api('GET', '/users?sort=-last_activity&name_filter=gil')
      return page.status === 200 && page.json<{ last_activity: string | null }[]>()[0]?.last_activity !== null
    })
  }, 60_000)
}

describe('while PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 60_000)
  afterAll(() => postgres.stop())

  const behindGate = async (name: string): Promise<{ readonly tcp: TcpGate; readonly dbUrl: string }> => {
    const url = new URL(await postgres.createDatabase(name))
    const tcp = await startTcpGate({ host: url.hostname, port: Number(url.port) })
    url.port = `${tcp.port}`
    return { tcp, dbUrl: url.href }
  }
  const started = async (name: string, leave: (tcp: TcpGate) => void) => {
    const { tcp, dbUrl } = await behindGate(name)
    const hub = await startHubWithFakes({ dbUrl, config })
    const outage: Outage = {
      away: () => {
        leave(tcp)
        return Promise.resolve()
      },
      back: () => {
        tcp.open()
        return Promise.resolve()
      },
      readable: false,
    }
    return { hub, outage, tcp }
  }

  describe('does not answer', () => suite(() => started('silent', (tcp) => tcp.freeze())))
  describe('cannot be reached', () => suite(() => started('gone', (tcp) => tcp.cut())))

  test('is away the hub can be ended, and the next one finds what was left', async () => {
    const { hub, outage, tcp } = await started('left', (gate) => gate.cut())
    await hub.user('ada')
    await hub.start('ada')
    await hub.settled('ada')
    await outage.away()
    await hub.stop()
    await outage.back()
    await using next = await startHubWithFakes({ after: hub, config })
    expect(await next.settled('ada')).toMatchObject({ ready: true })
    await next[Symbol.asyncDispose]()
    await tcp[Symbol.asyncDispose]()
  }, 60_000)

  test('is slow everything still works', async () => {
    const { hub, tcp } = await started('slow', () => undefined)
    tcp.delayMs = 10
    await hub.user('ada')
    await hub.start('ada')
    expect(await hub.settled('ada')).toMatchObject({ ready: true })
    await hub.end('ada')
    expect(await hub.settled('ada')).toMatchObject({ stopped: true })
    await hub[Symbol.asyncDispose]()
    await tcp[Symbol.asyncDispose]()
  }, 60_000)
})

describe('while another program writes to the sqlite file', () => {
  suite(async () => {
    const hub = await startHubWithFakes({ config })
    const other = new sqlite3.Database(join(hub.dir, 'jupyterhub.sqlite'))
    other.configure('busyTimeout', 5_000)
    const run = (text: string): Promise<void> =>
      new Promise((resolve, reject) => other.exec(text, (error) => (error === null ? resolve() : reject(error))))
    let isLocked = false
    return {
      hub,
      outage: {
        away: async () => {
          await run('BEGIN IMMEDIATE')
          isLocked = true
        },
        back: async () => {
          if (isLocked) await run('ROLLBACK')
          isLocked = false
        },
        readable: true,
      },
    }
  })
})

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { findPostgres, redisProgram, startPostgres, startRedis } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy, startTarget, until, type TestProxy } from './support.js'

interface Away extends AsyncDisposable {
  readonly url: string
  /** Cuts all connections, and refuses new ones until `come`. */
  go(): void
  come(): void
  /** Lets connections stand, but passes nothing on. */
  stall(): void
}

/** Stands before a server and can take it away. */
async function mayGoAway(serverUrl: string): Promise<Away> {
  const server = new URL(serverUrl)
  const place = { port: Number(server.port), host: server.hostname }
  const sockets = new Set<Socket>()
  let state: 'there' | 'away' | 'stalled' = 'there'
  const front = createServer((client) => {
    if (state === 'away') {
      client.destroy()
      return
    }
    const back = connect(place)
    for (const [from, to] of [
      [client, back],
      [back, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('data', (bytes: Buffer) => {
        if (state !== 'stalled') to.write(bytes)
      })
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  server.port = String((front.address() as AddressInfo).port)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: server.href,
    go: () => {
      state = 'away'
      cut()
    },
    come: () => void (state = 'there'),
    stall: () => void (state = 'stalled'),
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => front.close(resolve))
    },
  }
}

const servers = [
  {
    name: 'Redis',
    isThere: redisProgram !== undefined,
    start: startRedis,
    database: (url: string, n: number) => Promise.resolve(url.replace(/\/0$/, `/${n}?prefix=t${n}`)),
  },
  {
    name: 'PostgreSQL',
    isThere: findPostgres() !== undefined,
    start: async () => {
      const server = await startPostgres()
      postgres = server
      return server
    },
    database: (_url: string, n: number) => postgres!.createDatabase(`routes_${n}`),
  },
]
let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined

const has = async (proxy: TestProxy, key: string): Promise<boolean> => key in (await proxy.table())

describe.each(servers)('several proxies share a table in $name', ({ isThere, start, database }) => {
  if (!isThere) {
    test.skip('it is not installed', () => {})
    return
  }
  let server: Awaited<ReturnType<typeof start>>
  let n = 0
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  const place = () => database(server.url, ++n)

  test('each sees what another has added, replaced and removed', async () => {
    await using target = await startTarget()
    const storageBackend = await place()
    await using one = await startProxy({ storageBackend })
    await using two = await startProxy({ storageBackend })
    expect((await one.route('/user/a', { target: target.url, user: 'a', order: { z: 1, a: [null] } })).status).toBe(201)
    expect((await one.get('/user/a/x')).body).toBe('target')
    await until('the route', () => has(two, '/user/a'))
    expect((await two.get('/user/a/x')).body).toBe('target')
    expect((await two.table())['/user/a']).toMatchObject({ user: 'a', order: { z: 1, a: [null] } })
    await two.route('/user/a', { target: target.url, user: 'b' })
    await until('the other', async () => (await one.table())['/user/a']?.['user' as never] === 'b')
    expect((await one.callApi('DELETE', '/api/routes/user/a')).status).toBe(204)
    await until('the end', async () => !(await has(two, '/user/a')))
    expect((await two.callApi('DELETE', '/api/routes/user/a')).status).toBe(404)
  })

  test('a change is seen within 100 ms', async () => {
    const storageBackend = await place()
    await using one = await startProxy({ storageBackend })
    await using two = await startProxy({ storageBackend })
    const took: number[] = []
    for (let i = 0; i < 20; i++) {
      await one.route(`/${i}`, { target: 'http://127.0.0.1:1' })
      const answeredAt = performance.now()
      while ((await two.proxy.routes.get(`/${i}`)) === undefined) await new Promise((resolve) => setTimeout(resolve, 1))
      took.push(performance.now() - answeredAt)
    }
    // The middle one: a busy machine holds up one or the other.
    expect(took.sort((a, b) => a - b)[10]).toBeLessThan(100)
  })

  test('a proxy that starts later has the table at once, with names of every kind', async () => {
    const storageBackend = await place()
    await using one = await startProxy({ storageBackend })
    const names = ['/user/秀', "/it's", '/a b?#', '/constructor', '/__proto__', `/${'x'.repeat(7_500)}`]
    for (const name of names) {
      expect(
        (await one.route(encodeURI(name).replace(/[?#]/g, encodeURIComponent), { target: 'http://127.0.0.1:1' }))
          .status,
      ).toBe(201)
    }
    await using two = await startProxy({ storageBackend })
    expect(Object.keys(await two.table()).sort()).toEqual([...names].sort())
    expect(await two.table()).toEqual(await one.table())
  })

  test('activity that one proxy sees counts for all, and does not move on by being looked at', async () => {
    await using target = await startTarget()
    const storageBackend = await place()
    await using one = await startProxy({ storageBackend })
    await using two = await startProxy({ storageBackend })
    await one.route('/a', { target: target.url })
    await until('the route', () => has(two, '/a'))
    const before = (await one.table())['/a']?.last_activity
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await two.get('/a/x')).status).toBe(200)
    const seen = (await two.table())['/a']?.last_activity
    expect(seen! > before!).toBe(true)
    await until('the activity', async () => (await one.table())['/a']?.last_activity === seen)
    expect((await two.table())['/a']?.last_activity).toBe(seen)
  })

  test('without the server requests go on, changes are refused, and all is caught up with when it is back', async () => {
    await using target = await startTarget()
    const storageBackend = await place()
    await using front = await mayGoAway(storageBackend)
    await using one = await startProxy({ storageBackend: front.url })
    await using two = await startProxy({ storageBackend })
    await one.route('/a', { target: target.url })
    await one.route('/old', { target: target.url })
    front.go()
    await until('the loss', async () => (await one.callApi('GET', '/api/health')).status === 503)
    expect((await one.get('/a/x')).body).toBe('target')
    expect(Object.keys(await one.table())).toEqual(['/a', '/old'])
    expect((await one.route('/b', { target: target.url })).status).toBe(503)
    expect((await one.callApi('DELETE', '/api/routes/a')).status).toBe(503)
    await two.route('/c', { target: target.url })
    await two.callApi('DELETE', '/api/routes/old')
    front.come()
    await until('the way back', async () => (await one.callApi('GET', '/api/health')).status === 200)
    expect(Object.keys(await one.table()).sort()).toEqual(['/a', '/c'])
    expect((await one.route('/b', { target: target.url })).status).toBe(201)
    await until('the route', () => has(two, '/b'))
  })

  test('a server that says nothing any more is away too', async () => {
    const storageBackend = await place()
    await using front = await mayGoAway(storageBackend)
    await using proxy = await startProxy({ storageBackend: front.url })
    front.stall()
    expect((await proxy.route('/b', { target: 'http://127.0.0.1:1' })).status).toBe(503)
    expect((await proxy.callApi('GET', '/api/health')).status).toBe(503)
    front.go()
    front.come()
    await until('the way back', async () => (await proxy.callApi('GET', '/api/health')).status === 200)
  })

  test('without the server there is no start', async () => {
    const url = new URL(await place())
    url.port = '1'
    await expect(startProxy({ storageBackend: url.href })).rejects.toThrow(/ECONNREFUSED/)
  })
})

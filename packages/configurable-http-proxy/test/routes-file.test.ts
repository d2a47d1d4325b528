import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ask, freePort, run, startProxy, startTarget, temporaryFolder, until } from './support.js'

test('routes, their data and activity are there again after a restart', async () => {
  using folder = temporaryFolder()
  await using target = await startTarget()
  const options = { routesFile: folder.at('routes') }
  let before: Awaited<ReturnType<Awaited<ReturnType<typeof startProxy>>['table']>>
  {
    await using proxy = await startProxy(options)
    await proxy.route('/user/a', { target: target.url, user: 'a' })
    await proxy.route('/user/%E7%A7%80', { target: target.url })
    await proxy.route('/gone', { target: target.url })
    await proxy.callApi('DELETE', '/api/routes/gone')
    await proxy.get('/user/a/x')
    before = await proxy.table()
  }
  await using again = await startProxy(options)
  expect((await again.get('/user/a/x')).body).toBe('target')
  expect(Object.keys(before).sort()).toEqual(['/user/a', '/user/秀'])
  const table = await again.table()
  expect(table['/user/秀']).toEqual(before['/user/秀'])
  expect(table['/user/a']).toMatchObject({ user: 'a', target: target.url })
  expect(readdirSync(folder.path)).toEqual(['routes'])
})

test('a route that was answered for survives kill -9 right behind the answer', async () => {
  using folder = temporaryFolder()
  const [port, apiPort] = [await freePort(), await freePort()]
  const args = ['--ip=127.0.0.1', `--port=${port}`, '--api-ip=127.0.0.1', `--api-port=${apiPort}`]
  {
    await using process = run([...args, '--routes-file', folder.at('routes')])
    await process.line('Proxy API at')
    const added = Array.from({ length: 50 }, (_, i) =>
      ask(`127.0.0.1:${apiPort}`, `/api/routes/user/${i}`, { method: 'POST', body: '{"target":"http://127.0.0.1:1"}' }),
    )
    for (const answer of await Promise.all(added)) expect(answer.status).toBe(201)
    process.child.kill('SIGKILL')
    await process.ended
  }
  await using again = await startProxy({ routesFile: folder.at('routes') })
  expect(Object.keys(await again.table())).toHaveLength(50)
}, 60_000)

test('a last line that was cut off is left out; a damaged one elsewhere, or a file of another kind, stops the start', async () => {
  using folder = temporaryFolder()
  const routesFile = folder.at('routes')
  {
    await using proxy = await startProxy({ routesFile })
    for (const name of ['a', 'b', 'c']) await proxy.route(`/${name}`, { target: 'http://127.0.0.1:1' })
  }
  const whole = readFileSync(routesFile, 'utf8')
  for (let cut = whole.length - 1; cut > whole.length - 40; cut -= 7) {
    writeFileSync(routesFile, whole.slice(0, cut))
    await using proxy = await startProxy({ routesFile })
    expect(Object.keys(await proxy.table())).toEqual(['/a', '/b'])
  }
  for (const spoiled of [whole.replace('/b', '/x'), '{"mine": true}\n']) {
    writeFileSync(routesFile, spoiled)
    await expect(startProxy({ routesFile })).rejects.toThrow(/Line \d of the routes file .* Move the file away/)
    expect(readFileSync(routesFile, 'utf8')).toBe(spoiled)
  }
})

test('the file does not grow with changes', async () => {
  using folder = temporaryFolder()
  const routesFile = folder.at('routes')
  await using proxy = await startProxy({ routesFile })
  for (let i = 0; i < 500; i++)
    await Promise.all(
      Array.from({ length: 10 }, async (_, n) => proxy.proxy.routes.add(`/${n}`, { target: 'http://127.0.0.1:1' })),
    )
  expect(readFileSync(routesFile, 'utf8').split('\n').length).toBeLessThan(2_200)
})

test('a file that another proxy has taken over, or that is gone, is written no more: the change is refused', async () => {
  using folder = temporaryFolder()
  const routesFile = folder.at('routes')
  await using former = await startProxy({ routesFile })
  await former.route('/a', { target: 'http://127.0.0.1:1' })
  {
    await using later = await startProxy({ routesFile })
    expect((await later.route('/b', { target: 'http://127.0.0.1:1' })).status).toBe(201)
    expect((await former.route('/c', { target: 'http://127.0.0.1:1' })).status).toBe(500)
    expect(Object.keys(await former.table())).toEqual(['/a'])
    expect((await former.callApi('GET', '/api/health')).status).toBe(503)
    expect(Object.keys(await later.table())).toEqual(['/a', '/b'])
  }
  expect(existsSync(routesFile)).toBe(true)
})

test.each([
  ['a folder that is missing', (at: string) => `${at}/no/routes`, () => {}],
  [
    'a file of another kind',
    (at: string) => `${at}/routes`,
    (path: string) => {
      appendFileSync(path, 'hello\n')
      chmodSync(path, 0o600)
    },
  ],
])(
  '%s: one line on stderr and status 1',
  async (_what, place, prepare) => {
    using folder = temporaryFolder()
    prepare(place(folder.path))
    await using process = run(['--port', String(await freePort()), '--routes-file', place(folder.path)])
    expect(await process.ended).toBe(1)
    expect(process.stderr().trimEnd()).toMatch(/^.*routes file.*$/)
    rmSync(place(folder.path), { force: true })
  },
  60_000,
)

test('health says whether the table can be changed, without a token', async () => {
  await using proxy = await startProxy({ authToken: 't' })
  const health = await ask(proxy.api, '/api/health')
  expect([health.status, health.json()]).toEqual([200, { status: 'OK' }])
  await until('the API', async () => (await ask(proxy.api, '/api/routes')).status === 403)
})

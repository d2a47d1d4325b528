import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import {
  ask,
  freePort,
  handshake,
  raw,
  run,
  startTarget,
  temporaryFolder,
  until,
  type ProxyProcess,
} from './support.js'

interface Workers extends AsyncDisposable {
  readonly process: ProxyProcess
  readonly at: string
  readonly api: string
  readonly metrics: string
  /** Process numbers of the workers. */
  pids(): number[]
}

async function startWorkers(count: number, more: readonly string[] = []): Promise<Workers> {
  const [port, apiPort, metricsPort] = [await freePort(), await freePort(), await freePort()]
  const process = run([
    ...['--ip=127.0.0.1', `--port=${port}`, '--api-ip=127.0.0.1', `--api-port=${apiPort}`],
    ...['--metrics-ip=127.0.0.1', `--metrics-port=${metricsPort}`, `--workers=${count}`, ...more],
  ])
  await process.line('Serve metrics at')
  const { pid } = process.child
  return {
    process,
    at: `127.0.0.1:${port}`,
    api: `127.0.0.1:${apiPort}`,
    metrics: `127.0.0.1:${metricsPort}`,
    pids: () =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(`--port=${port}`))
        .map(Number),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}

const post = (api: string, path: string, target: string) =>
  ask(api, `/api/routes${path}`, { method: 'POST', body: JSON.stringify({ target }) })

test('all workers have a route when the API has answered, and none has it when it is deleted', async () => {
  await using target = await startTarget()
  await using proxy = await startWorkers(3)
  expect(proxy.pids()).toHaveLength(3)
  expect(proxy.process.stdout()).toContain(`Proxying http://${proxy.at} to (no default)`)
  for (let i = 0; i < 5; i++) {
    expect((await post(proxy.api, `/user/${i}`, target.url)).status).toBe(201)
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(proxy.at, `/user/${i}/x`)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await ask(proxy.api, `/api/routes/user/${i}`, { method: 'DELETE' })).status).toBe(204)
    const gone = await Promise.all(Array.from({ length: 12 }, () => ask(proxy.at, `/user/${i}/x`)))
    expect(new Set(gone.map(({ status }) => status))).toEqual(new Set([404]))
  }
}, 60_000)

test('activity and metrics of all workers come together', async () => {
  await using target = await startTarget()
  await using proxy = await startWorkers(2)
  await post(proxy.api, '/a', target.url)
  const activity = async () => (await ask(proxy.api, '/api/routes/a')).json() as { last_activity: string }
  const before = (await activity()).last_activity
  await new Promise((resolve) => setTimeout(resolve, 5))
  await Promise.all(Array.from({ length: 20 }, () => ask(proxy.at, '/a')))
  expect((await activity()).last_activity > before).toBe(true)
  const socket = (await raw(proxy.at, handshake('/a'), '101')).socket
  const text = (await ask(proxy.metrics, '/metrics')).body
  for (const line of [
    'requests_web 20',
    'requests_ws 1',
    'requests_proxy{status="200"} 20',
    'api_route_add 1',
    'find_target_for_req_count 21',
    'request_duration_seconds_count 20',
    'websockets_open 1',
    'routes 1',
  ]) {
    expect(text).toMatch(new RegExp(`^${line.replace(/[{}]/g, '\\$&')}$`, 'm'))
  }
  expect(text).toMatch(/^find_target_for_req\{quantile="0.5"\} 0\.\d+$/m)
  expect(text.match(/^# TYPE find_target_for_req /gm)).toHaveLength(1)
  socket.destroy()
}, 60_000)

test('kill -9 of one worker loses its connections and nothing else', async () => {
  await using target = await startTarget()
  await using proxy = await startWorkers(2)
  await post(proxy.api, '/a', target.url)
  const sockets = await Promise.all(Array.from({ length: 12 }, () => raw(proxy.at, handshake('/a'), '101')))
  const closed = new Set<unknown>()
  for (const { socket } of sockets) socket.on('close', () => closed.add(socket))
  const [victim] = proxy.pids()
  process.kill(victim!, 'SIGKILL')
  // New connections all the while.
  const statuses = new Set<number>()
  await until(
    'the next worker',
    async () => {
      statuses.add((await ask(proxy.at, '/a/x')).status)
      return proxy.pids().length === 2 && !proxy.pids().includes(victim!)
    },
    20_000,
  )
  expect(statuses).toEqual(new Set([200]))
  expect(closed.size).toBeLessThan(12)
  await post(proxy.api, '/b', target.url)
  for (let i = 0; i < 12; i++) expect((await ask(proxy.at, '/b/x')).status).toBe(200)
  expect(Object.keys((await ask(proxy.api, '/api/routes')).json() as object)).toEqual(['/a', '/b'])
  await proxy.process.line('a worker ended and is started again')
  for (const { socket } of sockets) socket.destroy()
}, 60_000)

test('SIGTERM lets the requests of all workers finish; a second one does not wait for them', async () => {
  const answers: (() => void)[] = []
  await using target = await startTarget('x', (_request, response) => void answers.push(() => response.end('done')))
  await using proxy = await startWorkers(2, ['--drain-timeout=60000', '--default-target', target.url])
  const agent = new Agent()
  const asked = Array.from({ length: 6 }, () => ask(proxy.at, '/'))
  const cut = new Promise<string>((resolve) => {
    request({ agent, host: '127.0.0.1', port: proxy.at.split(':')[1], path: '/cut' })
      .on('error', (error) => resolve(error.message))
      .end()
  })
  await until('the requests', () => answers.length === 7)
  proxy.process.child.kill('SIGTERM')
  await until('a free port', async () => {
    const server = createServer()
    const bound = new Promise<boolean>((resolve) => {
      server.on('error', () => resolve(false))
      server.listen(Number(proxy.at.split(':')[1]), '127.0.0.1', () => resolve(true))
    })
    const isFree = await bound
    await new Promise((resolve) => server.close(resolve))
    return isFree
  })
  const last = target.seen.findIndex(({ url }) => url === '/cut')
  for (const [index, answer] of answers.entries()) if (index !== last) answer()
  for (const each of asked) expect((await each).body).toBe('done')
  expect(proxy.process.child.exitCode).toBe(null)
  proxy.process.child.kill('SIGTERM')
  expect(await proxy.process.ended).toBe(2)
  expect(await cut).toMatch(/hang up|ECONNRESET/)
  agent.destroy()
}, 60_000)

test('kill -9 of the first process leaves no worker behind', async () => {
  await using proxy = await startWorkers(2)
  const pids = proxy.pids()
  proxy.process.child.kill('SIGKILL')
  await until('the end of the workers', () =>
    pids.every((pid) => {
      try {
        process.kill(pid, 0)
        return false
      } catch {
        return true
      }
    }),
  )
}, 60_000)

test('a taken port: one line, status 1, no worker left', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await using process = run(['--ip=127.0.0.1', `--port=${port}`, `--api-port=${await freePort()}`, '--workers=2'])
  expect(await process.ended).toBe(1)
  expect(process.stderr()).toMatch(/^.*EADDRINUSE.*\n$/)
  await new Promise((resolve) => server.close(resolve))
}, 60_000)

test('workers on Unix sockets, with a routes file: everything is there again after kill -9 of all', async () => {
  using folder = temporaryFolder()
  await using target = await startTarget()
  const args = [
    ...['--socket', folder.at('p'), '--api-socket', folder.at('a')],
    ...['--workers=3', '--routes-file', folder.at('routes')],
  ]
  {
    await using process = run(args)
    await process.line('Proxy API at')
    const body = JSON.stringify({ target: target.url })
    expect((await ask('', '/api/routes/a', { method: 'POST', body, socketPath: folder.at('a') })).status).toBe(201)
    process.child.kill('SIGKILL')
    await process.ended
  }
  await using process = run(args)
  await process.line('Proxy API at')
  for (let i = 0; i < 6; i++) expect((await ask('', '/a/x', { socketPath: folder.at('p') })).body).toBe('target')
  process.child.kill('SIGTERM')
  expect(await process.ended).toBe(2)
}, 60_000)

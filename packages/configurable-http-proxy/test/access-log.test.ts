import { existsSync, readFileSync, renameSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ask, freePort, handshake, raw, run, startProxy, startTarget, temporaryFolder, until } from './support.js'

const secret = 'the-secret-of-the-query'

describe.each(['combined', 'json'] as const)('the access log, %s', (format) => {
  test('has a line for each request and WebSocket, and no query', async () => {
    using folder = temporaryFolder()
    const file = folder.at('access.log')
    await using target = await startTarget('target', (_request, response) => response.end('x'.repeat(1_000)))
    await using proxy = await startProxy({ accessLog: { format, file }, defaultTarget: target.url })
    const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean)
    await proxy.get(`/user/a%22b?token=${secret}`, {
      headers: {
        referer: `https://me:${secret}@hub.example/page?token=${secret}#${secret}`,
        'user-agent': 'a "quoted" agent',
      },
    })
    await until('the first line', () => lines().length === 1)
    const socket = (await raw(proxy.at, handshake(`/ws?token=${secret}`), '101')).socket
    socket.destroy()
    await until('the second line', () => lines().length === 2)
    await target[Symbol.asyncDispose]()
    await proxy.get('/down')
    await proxy.get('/_chp_healthz')
    await until('the third line', () => lines().length === 3)
    expect(lines().join('\n')).not.toContain(secret)
    const [first = '', second = '', third = ''] = lines()
    if (format === 'json') {
      expect(JSON.parse(first)).toMatchObject({
        ...{ client: '127.0.0.1', method: 'GET', path: '/user/a%22b', protocol: 'HTTP/1.1', status: 200 },
        ...{ referer: 'https://hub.example/page', user_agent: 'a "quoted" agent' },
        bytes: expect.toSatisfy((bytes: number) => bytes > 1_000 && bytes < 2_000),
        duration_ms: expect.any(Number),
      })
      expect(JSON.parse(second)).toMatchObject({ path: '/ws', status: 101 })
      expect(JSON.parse(third)).toMatchObject({ path: '/down', status: 503 })
    } else {
      expect(first).toMatch(
        /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/user\/a%22b HTTP\/1\.1" 200 1\d{3} "https:\/\/hub\.example\/page" "a \\"quoted\\" agent"$/,
      )
      expect(second).toMatch(/"GET \/ws HTTP\/1\.1" 101 /)
      expect(third).toMatch(/"GET \/down HTTP\/1\.1" 503 /)
    }
  })
})

test('a client that leaves before the answer is logged with 499', async () => {
  using folder = temporaryFolder()
  const file = folder.at('access.log')
  let wasAsked = false
  await using target = await startTarget('target', () => void (wasAsked = true))
  await using proxy = await startProxy({ accessLog: { format: 'combined', file }, defaultTarget: target.url })
  const { socket } = await raw(proxy.at, 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', /^/)
  await until('the request', () => wasAsked)
  socket.destroy()
  await until('the line', () => / 499 0 /.test(readFileSync(file, 'utf8')))
})

test('the file is opened anew on SIGHUP; the log in JSON', async () => {
  using folder = temporaryFolder()
  const file = folder.at('access.log')
  const port = await freePort()
  await using process = run([
    ...['--ip=127.0.0.1', `--port=${port}`, `--api-port=${await freePort()}`, '--log-format=json'],
    ...['--access-log=combined', `--access-log-file=${file}`],
  ])
  await process.line('Proxy API at')
  await ask(`127.0.0.1:${port}`, '/one')
  await until('the first line', () => readFileSync(file, 'utf8').includes('/one'))
  renameSync(file, folder.at('access.log.1'))
  process.child.kill('SIGHUP')
  await until('the new file', () => existsSync(file))
  await process.line('read again')
  await ask(`127.0.0.1:${port}`, `/two?token=${secret}`)
  await until('the second line', () => readFileSync(file, 'utf8').includes('/two'))
  await process.line('404 GET /two')
  expect(readFileSync(folder.at('access.log.1'), 'utf8')).not.toContain('/two')
  for (const line of process.stdout().trimEnd().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ name: 'ConfigProxy', time: expect.any(String), level: expect.any(String) })
  }
}, 60_000)

test('on standard output beside the log, when no file is named', async () => {
  const port = await freePort()
  await using process = run(['--ip=127.0.0.1', `--port=${port}`, `--api-port=${await freePort()}`, '--access-log=json'])
  await process.line('Proxy API at')
  await ask(`127.0.0.1:${port}`, '/one')
  await process.line(/^\{"time":.*"path":"\/one".*\}$/m)
}, 60_000)

test('a file that cannot be opened: one line, status 1', async () => {
  await using process = run(['--port', String(await freePort()), '--access-log=json', '--access-log-file=/nowhere/log'])
  expect(await process.ended).toBe(1)
  expect(process.stderr()).toMatch(/^.*\/nowhere\/log.*\n$/)
}, 60_000)

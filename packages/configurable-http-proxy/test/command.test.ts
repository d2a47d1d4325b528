import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ask, freePort, handshake, raw, run, startTarget, temporaryFolder, until } from './support.js'

async function ports(): Promise<{ port: number; apiPort: number; args: string[] }> {
  const [port, apiPort] = [await freePort(), await freePort()]
  return {
    port,
    apiPort,
    args: ['--ip=127.0.0.1', `--port=${port}`, '--api-ip', '127.0.0.1', '--api-port', String(apiPort)],
  }
}

describe('the command', () => {
  test('prints its version', async () => {
    await using process = run(['-V'])
    expect(await process.ended).toBe(0)
    expect(process.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('starts, says where, serves, and ends on SIGTERM with status 2', async () => {
    using folder = temporaryFolder()
    await using target = await startTarget()
    const { port, apiPort, args } = await ports()
    await using process = run([...args, '--default-target', target.url, '--pid-file', folder.at('pid')], {
      CONFIGPROXY_AUTH_TOKEN: 'very-secret',
    })
    await process.line(/Writing pid \d+ to/)
    await until('the pid file', () => existsSync(folder.at('pid')))
    expect(readFileSync(folder.at('pid'), 'utf8')).toBe(String(process.child.pid))
    expect(process.stdout()).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[ConfigProxy\] .*info.*: Adding route \/ -> /m,
    )
    for (const part of [
      `Route added / -> ${target.url}`,
      `Proxying http://127.0.0.1:${port} to ${target.url}`,
      `Proxy API at http://127.0.0.1:${apiPort}/api/routes`,
    ]) {
      expect(process.stdout()).toContain(part)
    }
    expect((await ask(`127.0.0.1:${port}`, '/x?token=query-secret')).body).toBe('target')
    expect((await ask(`127.0.0.1:${apiPort}`, '/api/routes/none?token=query-secret')).status).toBe(403)
    expect(
      (
        await ask(`127.0.0.1:${apiPort}`, '/api/routes/a%0Ab', {
          method: 'POST',
          body: '{"target":"http://127.0.0.1:9"}',
          headers: { authorization: 'token very-secret' },
        })
      ).status,
    ).toBe(201)
    expect((await ask(`127.0.0.1:${port}`, '/a%0Ab?token=query-secret')).status).toBe(503)
    await process.line(/403 GET \/api\/routes\/none/)
    const webSocket = await raw(`127.0.0.1:${port}`, handshake('/ws'), '101')
    const started = Date.now()
    process.child.kill('SIGTERM')
    expect(await process.ended).toBe(2)
    expect(Date.now() - started).toBeLessThan(2_000)
    expect(process.stdout()).toContain('Terminated')
    expect(existsSync(folder.at('pid'))).toBe(false)
    expect(process.stdout() + process.stderr()).not.toMatch(/secret/)
    for (const line of process.stdout().trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-/)
    webSocket.socket.destroy()
  }, 60_000)

  test('without a token says that the API is open; ends on SIGINT with status 2', async () => {
    const { args } = await ports()
    await using process = run(args)
    await process.line('Proxy API at')
    expect(process.stdout()).toMatch(/warn.*REST API is not authenticated/)
    process.child.kill('SIGINT')
    expect(await process.ended).toBe(2)
    expect(process.stdout()).toContain('Interrupted')
  }, 60_000)

  test('a request under way is finished after SIGTERM; a second signal does not wait for it', async () => {
    const answers: (() => void)[] = []
    await using target = await startTarget('x', (_request, response) => void answers.push(() => response.end('done')))
    using folder = temporaryFolder()
    const start = async () => {
      const { port, args } = await ports()
      const process = run([
        ...[...args, '--default-target', target.url, '--drain-timeout=60000', '--pid-file', folder.at('pid')],
      ])
      await process.line('Writing pid')
      const asked = ask(`127.0.0.1:${port}`, '/')
      const count = answers.length
      await until('the request', () => answers.length > count)
      process.child.kill('SIGTERM')
      await process.line('Terminated')
      return { process, asked }
    }
    const patient = await start()
    await using first = patient.process
    answers.at(-1)?.()
    expect((await patient.asked).body).toBe('done')
    expect(await first.ended).toBe(2)
    const hurried = await start()
    await using second = hurried.process
    second.child.kill('SIGTERM')
    await expect(hurried.asked).rejects.toThrow(/hang up|ECONNRESET/)
    expect(await second.ended).toBe(2)
    expect(existsSync(folder.at('pid'))).toBe(false)
  }, 60_000)

  test('socket files are removed at the end, and a dead one replaced at the start', async () => {
    using folder = temporaryFolder()
    const args = ['--socket', folder.at('p'), '--api-socket', folder.at('a')]
    {
      await using killed = run(args)
      await killed.line('Proxy API at')
      killed.child.kill('SIGKILL')
      await killed.ended
    }
    expect(statSync(folder.at('p')).isSocket()).toBe(true)
    await using process = run(args)
    await process.line('Proxy API at')
    expect((await ask('', '/_chp_healthz', { socketPath: folder.at('p') })).status).toBe(200)
    process.child.kill('SIGTERM')
    expect(await process.ended).toBe(2)
    expect(existsSync(folder.at('p')) || existsSync(folder.at('a'))).toBe(false)
  }, 60_000)

  test.each([
    ['an unknown option', () => ['--nope'], /--nope/],
    [
      'a missing certificate',
      () => ['--ssl-key', '/nowhere/key.pem', '--ssl-cert', '/nowhere/cert.pem'],
      /\/nowhere\//,
    ],
    [
      'a missing storage back end',
      () => ['--storage-backend', 'no-such-module'],
      /Cannot find module 'no-such-module'/,
    ],
    ['a custom header without a colon', () => ['--custom-header', 'x'], /colon was expected/],
    ['a custom header that speaks of the connection', () => ['--custom-header', 'Connection: close'], /Connection/],
    ['an unwritable pid file', () => ['--pid-file', '/nowhere/pid'], /\/nowhere\/pid/],
  ])(
    '%s: one line, status 1',
    async (_what, more, message) => {
      const { args } = await ports()
      await using process = run([...args, ...more()])
      expect(await process.ended).toBe(1)
      expect(process.stderr()).toMatch(message)
      expect(process.stderr().trimEnd()).not.toContain('\n')
    },
    60_000,
  )

  test.each(['proxy', 'api'])(
    'a taken port of the %s: one line, status 1',
    async (which) => {
      const { port, apiPort, args } = await ports()
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(which === 'proxy' ? port : apiPort, '127.0.0.1', resolve))
      await using process = run(args)
      expect(await process.ended).toBe(1)
      expect(process.stderr()).toMatch(/EADDRINUSE/)
      expect(process.stderr().trimEnd()).not.toContain('\n')
      await new Promise((resolve) => server.close(resolve))
    },
    60_000,
  )

  test('https with redirects; keys are read anew on SIGHUP', async () => {
    using folder = temporaryFolder()
    const make = (name: string) =>
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          folder.at('key'),
          '-out',
          folder.at('cert'),
          '-subj',
          `/CN=${name}`,
          '-days',
          '2',
        ],
        { stdio: 'pipe' },
      )
    make('first')
    const { port, args } = await ports()
    const redirectPort = await freePort()
    await using process = run([
      ...args,
      '--ssl-key',
      folder.at('key'),
      '--ssl-cert',
      folder.at('cert'),
      '--redirect-port',
      String(redirectPort),
    ])
    await process.line(`Added HTTP to HTTPS redirection from ${redirectPort} to ${port}`)
    expect(
      (await ask(`127.0.0.1:${redirectPort}`, '/a?b', { headers: { host: 'hub.example:80' } })).headers.location,
    ).toBe(`https://hub.example:${port}/a?b`)
    expect((await ask(`127.0.0.1:${redirectPort}`, '/a', { headers: { host: '[::1]:80' } })).headers.location).toBe(
      `https://[::1]:${port}/a`,
    )
    expect((await raw(`127.0.0.1:${redirectPort}`, 'GET / HTTP/1.0\r\n\r\n')).text).toMatch(/^HTTP\/1.1 400/)
    const name = async (): Promise<string> => {
      const { connect } = await import('node:tls')
      return await new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subject.CN)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    }
    expect(await name()).toBe('first')
    make('second')
    process.child.kill('SIGHUP')
    await until('the new certificate', async () => (await name()) === 'second')
    writeFileSync(folder.at('cert'), 'nonsense')
    process.child.kill('SIGHUP')
    await process.line('reload failed')
    expect(await name()).toBe('second')
  }, 60_000)

  test('a password in the URL of a target is in no line', async () => {
    const { args, port, apiPort } = await ports()
    const secret = 'http://ada:hidden@127.0.0.1:1'
    await using proxy = run([...args, '--log-level=debug', '--default-target', secret])
    await proxy.line('Proxy API at')
    const body = JSON.stringify({ target: secret })
    expect((await ask(`127.0.0.1:${apiPort}`, '/api/routes/a', { method: 'POST', body })).status).toBe(201)
    for (const path of ['/', '/a']) expect((await ask(`127.0.0.1:${port}`, path)).status).toBe(503)
    await raw(`127.0.0.1:${port}`, handshake('/a/ws'))
    await proxy.line('PROXY WS /a/ws to http://***@127.0.0.1:1')
    await proxy.line('Route added /a -> http://***@127.0.0.1:1')
    expect(proxy.stdout()).not.toContain('hidden')
  })

  test('a log level keeps lines below it away', async () => {
    const { port, args } = await ports()
    await using process = run([...args, '--log-level', 'error'])
    await until(
      'an answer',
      () =>
        new Promise((resolve) => {
          httpRequest({ port, host: '127.0.0.1', path: '/' }, (response) =>
            resolve(response.resume().statusCode === 404),
          )
            .on('error', () => resolve(false))
            .end()
        }),
      20_000,
    )
    await process.line(/error.*: 404 GET \/ /)
    expect(process.stdout()).not.toMatch(/info|warn/)
  }, 60_000)
})

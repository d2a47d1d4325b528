import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { helperEndpoints } from '@hub/api'
import { HelperAnswerError } from '@hub/api/helper-client'
import { isAlive as isThere } from '@hub/spawner/host'
import { MARK, signal, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fetchText, type HelperProcess, serverEnvironment, startHelper, startServer, TOKEN } from './helper-process.js'
import { documentedRule, makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

// Real programs, many of them: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const execute = promisify(execFile)
/** An ended process whose parent has not looked at it yet is no living one. */
const isAlive = (pid: number): Promise<boolean> => isThere({ pid })
const stopNow = [{ signal: 'SIGKILL' as const, seconds: 10 }]
const status = async (call: Promise<unknown>): Promise<{ status: number; detail: string }> => {
  const error: unknown = await call.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof HelperAnswerError)) throw error
  return { status: error.answerStatus, detail: error.detail }
}

describe.skipIf(whyNoSudo !== undefined)(
  'sudospawner-helper, as an account without rights, through the real sudo',
  () => {
    let host: SudoHost
    let helper: HelperProcess

    beforeAll(async () => {
      host = await makeSudoHost()
      helper = await startHelper(host, {
        settings: { max_servers_per_user: 6, max_memory: '1G', allowed_args: ['--debug', '--port=\\d+'] },
      })
    })
    afterAll(async () => {
      await helper[Symbol.asyncDispose]()
      await host[Symbol.asyncDispose]()
    })

    test('a server runs as its user, in a session of its own, with the environment that was sent and no other', async () => {
      const { id, pid, port } = await startServer(helper, host.ada.name, { JUPYTERHUB_API_TOKEN: 's3cret-token' })
      expect((await stat(`/proc/${pid}`)).uid).toBe(host.ada.uid)
      const seen = JSON.parse((await fetchText(port)) ?? '{}') as { environment: Record<string, string> }
      expect(seen.environment).toMatchObject({ JUPYTERHUB_API_TOKEN: 's3cret-token', [MARK]: helper.mark })
      expect(Object.keys(seen.environment)).not.toContain('SUDO_USER')
      expect(await helper.client.server(id)).toMatchObject({ phase: 'running', user: host.ada.name, pid, port })
      // Neither on disk nor in the log of the helper.
      const files = await readdir(join(helper.stateDir, 'state'), { recursive: true, withFileTypes: true })
      for (const file of files.filter((each) => each.isFile()))
        expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('s3cret-token')
      expect(helper.child().log()).not.toContain('s3cret-token')
      await helper.client.stop(id, stopNow)
      expect(await isAlive(pid)).toBe(false)
    })

    test('it lists, tells the use of, follows the log of, signals and stops', async () => {
      const { id, pid } = await startServer(helper, host.bob.name, { JUPYTERHUB_USER: 'bob' })
      expect((await helper.client.servers()).map((each) => each.id)).toContain(id)
      const use = await helper.client.resources(id)
      expect(use.memory_bytes).toBeGreaterThan(1_000_000)
      expect(use.cpu_seconds).toBeGreaterThan(0)
      expect(use.processes).toBe(1)
      expect(await helper.client.log(id, 5)).toContain('bob is on its way')

      const lines: string[] = []
      const following = (async () => {
        for await (const line of helper.client.followLog(id, 1)) lines.push(line)
      })()
      await waitFor(() => lines.includes('bob is on its way'))
      const ended: string[] = []
      const hearing = new AbortController()
      let isOpen = false
      const exits = (async () => {
        for await (const each of helper.client.exits({ signal: hearing.signal, onOpen: () => (isOpen = true) }))
          ended.push(each)
      })().catch(() => undefined)
      await waitFor(() => isOpen)

      expect(await helper.client.signal(id, 'SIGINT')).toBe(true)
      // The stream ends with the server.
      await following
      expect(lines.at(-1)).toBe('bob was asked to end')
      await waitFor(() => ended.includes(id))
      hearing.abort()
      await exits
      expect(await isAlive(pid)).toBe(false)
      expect(await helper.client.server(id)).toMatchObject({ phase: 'exited', pid })
      // Ended, and so nothing to stop, and its log is there until it is forgotten.
      await helper.client.stop(id, stopNow)
      expect(await helper.client.log(id, 5)).toContain('bob was asked to end')
      await helper.client.forget(id)
      expect(await helper.client.server(id)).toBeUndefined()
    })

    test('a stubborn server is ended step by step, its children too', async () => {
      const { id, pid } = await startServer(helper, host.ada.name, { JUPYTERHUB_USER: 'stubborn' })
      await helper.client.stop(id, [
        { signal: 'SIGINT', seconds: 0.2 },
        { signal: 'SIGTERM', seconds: 0.2 },
        { signal: 'SIGKILL', seconds: 10 },
      ])
      expect(await isAlive(pid)).toBe(false)
      expect(await helper.client.log(id, 5)).toEqual(expect.arrayContaining(['stubborn was asked to end']))
    })

    test('a stop that comes before the start wins', async () => {
      const { server } = await helper.client.reserve({ user: host.ada.name })
      await helper.client.stop(server.id, stopNow)
      const start = helper.client.start(server.id, { args: [], environment: {} })
      expect(await status(start)).toMatchObject({ status: 404 })
      // Neither does one of a server that the helper has never heard of fail.
      await helper.client.stop('11111111-2222-4333-8444-555555555555', stopNow)
    })

    test('a hub does not see, and cannot touch, the servers of another', async () => {
      const { id, pid } = await startServer(helper, host.ada.name)
      expect(await helper.otherHub.servers()).toEqual([])
      expect(await helper.otherHub.server(id)).toBeUndefined()
      const answers = await Promise.all(
        [
          helper.otherHub.signal(id, 'SIGKILL'),
          helper.otherHub.log(id, 5),
          helper.otherHub.resources(id),
          helper.otherHub.forget(id),
          helper.otherHub.start(id, { args: [], environment: {} }),
        ].map(status),
      )
      expect(answers.map((each) => each.status)).toEqual([404, 404, 404, 404, 404])
      await helper.otherHub.stop(id, stopNow)
      expect(await isAlive(pid)).toBe(true)
      await helper.client.stop(id, stopNow)
    })

    test.each(['', 'wrong', `${TOKEN}x`, TOKEN.slice(1)])(
      'without a known token (%j) nothing is told',
      async (token) => {
        const refused = helperEndpoints.filter(({ access }) => access !== 'public')
        const statuses = await Promise.all(
          refused.map(async ({ method, path }) => {
            const { stdout } = await execute('curl', [
              ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '-X', method],
              ...['--unix-socket', join(helper.stateDir, 'helper.sock'), '-H', `Authorization: Bearer ${token}`],
              `http://helper/api${path.replace(':id', 'x')}`,
            ])
            return `${method} ${path} ${stdout}`
          }),
        )
        expect(statuses).toEqual(refused.map(({ method, path }) => `${method} ${path} 401`))
      },
    )

    test.each([
      ['one who is in no group that may', (h: SudoHost) => h.eve.name, 403, /groups/],
      ['root', () => 'root', 403, /account of the system/],
      ['an option of sudo', () => '-i', 403, /not the name/],
      ['a number', () => '#0', 403, /not the name/],
      ['a path', () => '../ada', 403, /not the name/],
      ['a name with a blank', () => 'ada bob', 403, /not the name/],
      ['nobody at all', () => 'no-such-account-here', 404, /no account/],
    ] as const)('no server for %s', async (_who, user, code, reason) => {
      const refused = await status(helper.client.reserve({ user: user(host) }))
      expect(refused.status).toBe(code)
      expect(refused.detail).toMatch(reason)
    })

    test('commands, limits, arguments and variables that the policy does not allow are refused, each by name', async () => {
      const user = host.ada.name
      expect(await status(helper.client.reserve({ user, command: '/bin/sh' }))).toMatchObject({
        status: 403,
        detail: expect.stringContaining('"/bin/sh"') as string,
      })
      expect((await status(helper.client.reserve({ user, memory_bytes: 2 ** 40 }))).detail).toContain('memory')
      const { server } = await helper.client.reserve({ user })
      // One that asks for no limit gets the highest.
      expect(server.limits).toEqual({ memory_bytes: 2 ** 30, cpu_cores: null })
      const start = (args: string[], environment: Record<string, string>): Promise<unknown> =>
        helper.client.start(server.id, { args, environment })
      expect((await status(start(['--debug', '--evil=1'], {}))).detail).toContain('"--evil"')
      expect((await status(start(['--port=80;rm'], {}))).status).toBe(403)
      expect((await status(start([], { LD_PRELOAD: '/tmp/x.so' }))).detail).toContain('LD_PRELOAD')
      await helper.client.stop(server.id, stopNow)
    })

    test('a user gets no more servers than are allowed, also of requests that come at once', async () => {
      const asked = await Promise.allSettled(
        Array.from({ length: 9 }, () => helper.client.reserve({ user: host.bob.name })),
      )
      const got = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value.server] : []))
      expect(got).toHaveLength(6)
      expect(new Set(got.map(({ port }) => port)).size).toBe(6)
      await Promise.all(got.map(({ id }) => helper.client.stop(id, stopNow)))
    })

    test('bodies that are not understood are answered with the field, and do no harm', async () => {
      const wrong = helper.client.reserve({ user: '', server_name: 'x'.repeat(300) })
      expect(await status(wrong)).toMatchObject({ status: 400, detail: expect.stringContaining('user') as string })
      expect((await helper.client.host()).cpus).toBeGreaterThan(0)
    })

    test('a server that ends at once is told with the last lines of its log, and without its secrets', async () => {
      const program = join(host.bin, 'sudospawner-singleuser')
      const kept = await readFile(program, 'utf8')
      await writeFile(program, '#!/bin/sh\necho "no module named jupyter, token $JUPYTERHUB_API_TOKEN" >&2\nexit 3\n')
      try {
        const { server } = await helper.client.reserve({ user: host.ada.name })
        const environment = { PATH: '/usr/bin:/bin', JUPYTERHUB_API_TOKEN: 's3cret-token' }
        const failed = await status(helper.client.start(server.id, { args: [], environment }))
        expect(failed.status).toBe(502)
        expect(failed.detail).toContain('Exited with status: 3')
        expect(failed.detail).toContain('no module named jupyter, token ***')
        expect(await helper.client.server(server.id)).toMatchObject({ phase: 'exited' })
      } finally {
        await writeFile(program, kept)
      }
    })

    test('a sudo that wants a password is told as that, and nothing hangs', async () => {
      await host.rule(`${host.hub.name} ALL=(%${host.group}) PASSWD: ${host.mediator}\n`)
      try {
        const { server } = await helper.client.reserve({ user: host.ada.name })
        const failed = await status(helper.client.start(server.id, { args: [], environment: {} }))
        expect(failed.detail).toContain('sudoers')
        expect(failed.detail).toContain('a password is required')
      } finally {
        await host.rule(documentedRule(host))
      }
    })

    describe('when it comes back', () => {
      test('after a kill -9 it has its servers again, and stops them', async () => {
        const { id, pid, port } = await startServer(helper, host.ada.name)
        await helper.crash()
        expect(await isAlive(pid)).toBe(true)
        expect(await fetchText(port)).toBeDefined()
        await helper.start()
        expect(await helper.client.server(id)).toMatchObject({ phase: 'running', pid, port })
        await helper.client.stop(id, stopNow)
        expect(await isAlive(pid)).toBe(false)
      })

      test('one that ended meanwhile is told as ended, and so is one whose pid is another process by now', async () => {
        const [one, other] = [await startServer(helper, host.ada.name), await startServer(helper, host.bob.name)]
        await helper.crash()
        signal(one.pid, 'SIGKILL')
        await waitFor(async () => !(await isAlive(one.pid)))
        const file = join(helper.stateDir, 'state/servers.json')
        const state = readFileSync(file, 'utf8')
        expect(state).toContain(`"pid": ${other.pid}`)
        await writeFile(file, state.replace(`"pid": ${other.pid}`, `"pid": ${process.pid}`))
        await helper.start()
        expect(await helper.client.server(one.id)).toMatchObject({ phase: 'exited' })
        expect(await helper.client.server(other.id)).toMatchObject({ phase: 'exited' })
        signal(other.pid, 'SIGKILL')
      })

      test.each(['before sudo is through', 'while the server starts', 'at once'])(
        'a start during which it was killed (%s) is found or gone, and nothing runs unknown to it',
        async (when) => {
          const { server } = await helper.client.reserve({ user: host.ada.name })
          const environment = serverEnvironment(helper, server.port)
          const started = helper.client.start(server.id, { args: [], environment }).catch(() => undefined)
          const answer = join(helper.stateDir, `state/answers/${server.id}.json`)
          if (when !== 'at once') await waitFor(() => existsSync(answer))
          if (when === 'while the server starts') {
            await waitFor(() => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes('fake-server.mjs'), {
              deadlineMs: 30_000,
            })
          }
          await helper.crash()
          await started
          await helper.start()
          const found = await helper.client.server(server.id)
          if (found?.phase === 'running') {
            await waitFor(async () => (await fetchText(server.port)) !== undefined, { deadlineMs: 30_000 })
            await helper.client.stop(server.id, stopNow)
          }
          const left = (): string =>
            execFileSync('ps', ['-u', host.ada.name, '-o', 'args='], { encoding: 'utf8' }).trim()
          await waitFor(() => {
            try {
              return !left().includes('fake-server')
            } catch {
              return true // ps ends with 1 when the account has no process
            }
          })
        },
      )

      test('a second helper on the same state is refused, and a list that is no list is not overwritten', async () => {
        const second = startHelper(host, { settings: { state_dir: join(helper.stateDir, 'state') }, name: 'second' })
        await expect(second).rejects.toThrow(/Another sudospawner-helper/)
        await helper.child().stop('SIGTERM')
        const file = join(helper.stateDir, 'state/servers.json')
        const kept = await readFile(file, 'utf8')
        await writeFile(file, '{"version": 1, "servers": [{"facts"')
        await expect(helper.start()).rejects.toThrow(/is not a list of servers/)
        await writeFile(file, kept)
        await chmod(file, 0o644)
        await helper.start()
      })
    })
  },
)

test('the helper answers every endpoint of its contract', async () => {
  const { HelperApi } = await import('../src/api.js')
  const { mountRoutes } = await import('../src/routes.js')
  const { TokenTable } = await import('../src/tokens.js')
  const { silentLog } = await import('@hub/api')
  const api = new HelperApi(new TokenTable({}), silentLog)
  // Only mounted, never called.
  mountRoutes(api, undefined as never, undefined as never)
  expect(api.missing).toEqual([])
})

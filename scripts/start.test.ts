import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  Browser,
  fixture,
  freePort,
  killMarked,
  MARK,
  markedProcesses,
  repository,
  startChild,
  tempDir,
  waitFor,
} from '@hub/testkit'
import { describe, expect, test } from 'vitest'

const mark = `npm-start-${process.pid}`
const npmStart = (args: readonly string[], env: Record<string, string> = {}) =>
  startChild({ command: ['npm', 'start', '--', ...args], cwd: repository, env: { [MARK]: mark, ...env } })

describe('npm start', () => {
  test(
    'prints an address and a password that work, ends all at Ctrl-C, and starts again in 5 seconds',
    { timeout: 240_000 },
    async () => {
      await using state = await tempDir()
      const port = await freePort()
      const singleuser = `${process.execPath} ${fixture('fake-server.mjs')}`
      const args = ['--port', `${port}`, '--state', state.path, '--singleuser', singleuser]
      try {
        await using first = npmStart(args)
        const [, url = ''] = await first.waitForLog(/Open\s+(http\S+)/, 200_000)
        const [, password = ''] = await first.waitForLog(/any user name and the password (\S+)/)
        const [, adminPassword = ''] = await first.waitForLog(/user name admin with the password (\S+)/)
        await using ada = new Browser(url)
        await ada.login('ada', password, { next: '/hub/spawn' })
        await waitFor(async () => (await ada.get('/user/ada/x', { follow: false })).text.includes('"user":"ada"'))
        await using admin = new Browser(url)
        await admin.login('admin', adminPassword, { next: '/hub/home' })
        expect((await admin.get('/hub/api/user')).json()).toMatchObject({ name: 'admin', admin: true })
        expect((await markedProcesses(mark)).some(({ command }) => command.includes('configurable-http-proxy'))).toBe(
          true,
        )

        // As from a terminal: npm and its child both get it.
        process.kill(-first.pid, 'SIGINT')
        await first.exited
        await waitFor(async () => (await markedProcesses(mark)).length === 0, { what: 'the end of all processes' })

        const startedAt = Date.now()
        await using second = npmStart(args)
        await second.waitForLog(/Open\s+http/)
        expect(Date.now() - startedAt).toBeLessThan(5_000)
        await second.waitForLog(/Stop\s+Ctrl-C/)
        expect(second.log()).not.toContain(password)
        await using again = new Browser(url)
        expect(await again.login('ada', password, { next: '/hub/home' })).toMatchObject({
          status: 200,
          path: '/hub/home',
        })

        await using third = npmStart(args)
        await third.exited
        expect(third.log()).toMatch(/A hub is already running from/)
      } finally {
        await killMarked(mark)
      }
    },
  )

  test('explains itself', async () => {
    await using help = npmStart(['--help'])
    expect(await help.exited).toEqual({ code: 0, signal: null })
    for (const option of ['--port', '--ip', '--password', '--singleuser', '--state'])
      expect(help.log()).toContain(option)
  })

  test('says in one sentence that its port is taken', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await using start = npmStart(['--port', `${port}`])
    expect((await start.exited).code).toBe(1)
    expect(start.log()).toContain(`Port ${port} on 127.0.0.1 is already in use`)
    expect(start.log()).not.toMatch(/\n\s+at /)
    await new Promise((done) => other.close(done))
  })

  test('says in one sentence that python3 is missing', async () => {
    await using dir = await tempDir()
    await symlink(process.execPath, join(dir.path, 'node'))
    await using start = startChild({
      command: [
        process.execPath,
        join(repository, 'scripts/start.mjs'),
        '--port',
        `${await freePort()}`,
        '--state',
        dir.path,
      ],
      env: { PATH: dir.path },
    })
    expect((await start.exited).code).toBe(1)
    expect(start.log().trim()).toMatch(/^python3 was not found: .*--singleuser COMMAND\.$/)
  })

  test('says in one sentence that there is no network', { timeout: 90_000 }, async () => {
    await using dir = await tempDir()
    const checkout = join(dir.path, 'checkout')
    await mkdir(checkout)
    for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'scripts'])
      await cp(join(repository, name), join(checkout, name), { recursive: true })
    for (const name of await readdir(join(repository, 'packages')))
      await cp(join(repository, 'packages', name, 'package.json'), join(checkout, 'packages', name, 'package.json'))
    await using start = startChild({
      command: ['npm', 'start', '--', '--port', `${await freePort()}`, '--singleuser', process.execPath],
      cwd: checkout,
      env: { npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: join(dir.path, 'cache') },
    })
    expect((await start.exited).code).toBe(1)
    expect(start.log()).toMatch(/The npm registry cannot be reached \(ECONNREFUSED\)/)
    expect(start.log()).not.toMatch(/\n\s+at /)
  })
})

import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { isAlive, signal, tempDir, type TempDir, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findPythonSudospawner, installMediator, installPythonMediator } from './sudo-host.js'

// Real programs, many of them: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Reply {
  readonly ok: boolean
  readonly pid?: number
  readonly alive?: boolean
  readonly error?: string
}

const env = { PATH: '/usr/bin:/bin' }
const sitePackages = findPythonSudospawner()

async function run(mediator: string, input: string, args: string[] = []): Promise<Run> {
  const child = spawn(mediator, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  // The server keeps standard error open: what matters of it is what was said before the end of the mediator.
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, status] = await Promise.all([text(child.stdout), code])
  child.stderr.destroy()
  return { code: status, stdout, stderr }
}

const reply = ({ stdout }: Run): Reply => JSON.parse(stdout) as Reply

/** What the two programs have in common: the protocol, as a hub sees it. */
function describeProtocol(name: string, install: (folder: string) => Promise<string>): void {
  describe(`${name} keeps the protocol of mediators`, () => {
    let dir: TempDir
    let mediator: string
    const started: number[] = []

    beforeAll(async () => {
      dir = await tempDir()
      mediator = await install(dir.path)
      await writeFile(
        join(dir.path, 'jupyterhub-singleuser'),
        '#!/bin/sh\n[ "$1" = fail ] && exit 7\n[ "$1" = done ] && exit 0\ncase "$1" in /*) { pwd; env; ps -o pgid= -p $$; } > "$1.new"; mv "$1.new" "$1";; esac\nexec sleep 1000\n',
        { mode: 0o755 },
      )
    })
    afterAll(async () => {
      for (const pid of started) signal(pid, 'SIGKILL')
      await dir[Symbol.asyncDispose]()
    })
    const start = async (request: object): Promise<Run> => {
      const result = await run(mediator, JSON.stringify({ action: 'spawn', args: [], env, ...request }))
      const { pid } = JSON.parse(result.stdout || '{}') as Reply
      if (pid !== undefined) started.push(pid)
      return result
    }

    test('a started server outlives it, with the pid it told, in a process group of its own', async () => {
      const result = await start({})
      expect(result.code).toBe(0)
      const { ok, pid = 0 } = reply(result)
      expect(ok).toBe(true)
      expect(isAlive(pid)).toBe(true)
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/sleep/)
    })

    test('the environment is the one of the request and no other, PYTHONPATH left out, and home the folder', async () => {
      const seen = join(dir.path, 'seen')
      const result = await start({ args: [seen], env: { ...env, SECRET: 'a b\nc', PYTHONPATH: '/evil' } })
      expect(reply(result).ok).toBe(true)
      const lines = (await waitFor(() => readFile(seen, 'utf8').catch(() => ''))).split('\n')
      expect(lines[0]).toBe(process.env['HOME'])
      const names = lines.slice(1).flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? [])
      expect(names.filter((each) => !['PWD', '_', 'OLDPWD', 'SHLVL'].includes(each)).sort()).toEqual(['PATH', 'SECRET'])
      expect(result.stderr).toContain('PYTHONPATH')
    })

    test('a server that ends at once with a status is told as not started', async () => {
      const result = await start({ args: ['fail'] })
      expect(result.code).toBe(0)
      expect(reply(result)).toEqual({ ok: false, error: 'Exited with status: 7' })
    })

    test('a server that ends at once without one counts as started', async () => {
      expect(reply(await start({ args: ['done'] })).ok).toBe(true)
    })

    test('signals arrive, and a process that is gone is told as gone', async () => {
      const { pid = 0 } = reply(await start({}))
      const kill = (number: number): Promise<Run> =>
        run(mediator, JSON.stringify({ action: 'kill', pid, signal: number }))
      expect(reply(await kill(0))).toEqual({ ok: true, alive: true })
      expect(reply(await kill(9))).toEqual({ ok: true, alive: true })
      await waitFor(() => !isAlive(pid))
      expect(reply(await kill(15))).toEqual({ ok: true, alive: false })
      expect(reply(await kill(4711))).toEqual({ ok: true, alive: false })
    })

    test.each([
      ['no JSON', 'nonsense'],
      ['an unknown action', '{"action": "dance"}'],
      ['no action', '{}'],
      ['a field too many', JSON.stringify({ action: 'kill', pid: 1, signal: 0, force: true })],
    ])('%s is refused with a status', async (_what, input) => {
      const { code, stdout } = await run(mediator, input)
      expect(code).not.toBe(0)
      expect(stdout).toBe('')
    })

    test('a wrapper beside it is preferred, also when it is called through a link', async () => {
      await using other = await tempDir()
      const link = join(other.path, 'sudospawner')
      await symlink(mediator, link)
      await writeFile(join(other.path, 'sudospawner-singleuser'), '#!/bin/sh\nexit 5\n')
      await chmod(join(other.path, 'sudospawner-singleuser'), 0o755)
      const result = await run(link, JSON.stringify({ action: 'spawn', args: [], env }))
      expect(reply(result).error).toBe('Exited with status: 5')
    })

    test('--help and the levels of the log work', async () => {
      const help = await run(mediator, '', ['--help'])
      expect(help.code).toBe(0)
      expect(help.stdout + help.stderr).toMatch(/usage/i)
      const quiet = await run(mediator, '{"action": "kill", "pid": 999999, "signal": 0}', ['--logging=none'])
      expect(quiet).toMatchObject({ code: 0, stderr: '' })
      const loud = await run(mediator, '{"action": "kill", "pid": 999999, "signal": 0}', ['--logging=debug'])
      expect(loud.stderr).toMatch(/^\[D .*sudospawner|^\[D /m)
    })
  })
}

describeProtocol('sudospawner', (folder) => installMediator(folder))
describe.skipIf(sitePackages === undefined)('for comparison', () => {
  describeProtocol("PyPI's sudospawner", (folder) => installPythonMediator(folder, sitePackages ?? ''))
})

describe('sudospawner', () => {
  test.each([
    ['args', { args: 'x', env }],
    ['args', { args: [1], env }],
    ['env', { args: [], env: { A: 1 } }],
    ['env', { args: [], env: ['A=1'] }],
    ['args', { args: ['a\0b'], env }],
  ])('refuses %s of another form', async (field, request) => {
    await using dir = await tempDir()
    const mediator = await installMediator(dir.path)
    const { code, stderr } = await run(mediator, JSON.stringify({ action: 'spawn', ...request }))
    expect(code).toBe(1)
    expect(stderr).toContain(`"${field}"`)
  })

  test.each([0, -1, 1.5, '7', null])('never signals everything it may: pid %j is refused', async (pid) => {
    await using dir = await tempDir()
    const mediator = await installMediator(dir.path)
    const { code, stderr } = await run(mediator, JSON.stringify({ action: 'kill', pid, signal: 0 }))
    expect(code).toBe(1)
    expect(stderr).toContain('"pid"')
  })

  test('a missing program is told, and input that is no JSON is not repeated', async () => {
    await using dir = await tempDir()
    const mediator = await installMediator(dir.path)
    const missing = await run(mediator, JSON.stringify({ action: 'spawn', args: [], env }))
    expect(reply(missing).error).toMatch(/jupyterhub-singleuser could not be started.*ENOENT/)
    const garbled = await run(mediator, '{"env": {"JUPYTERHUB_API_TOKEN": "s3cret"')
    expect(garbled.stderr).toContain('Expected JSON on stdin')
    expect(garbled.stderr).not.toContain('s3cret')
  })

  test('a server whose caller has gone before the answer is ended', async () => {
    await using dir = await tempDir()
    const mediator = await installMediator(dir.path)
    const pidFile = join(dir.path, 'pid')
    await mkdir(join(dir.path, 'home'))
    await writeFile(join(dir.path, 'sudospawner-singleuser'), `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 1000\n`, {
      mode: 0o755,
    })
    const child = spawn(mediator, [], { stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdout.destroy()
    child.stdin.end(JSON.stringify({ action: 'spawn', args: [], env }))
    await new Promise((resolve) => child.once('exit', resolve))
    const pid = Number(await readFile(pidFile, 'utf8'))
    await waitFor(() => !isAlive(pid))
  })
})

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SpawnError } from '../src/index.js'
import { fakeRequest } from '../src/fake-request.js'
import { accounts } from './accounts.js'
import { never, pidOf, proc, type RecordedEvent, recordingLog, Servers } from './harness.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-process-'))
})
afterAll(() => rm(directory, { recursive: true }))

const home_dir_template = (): string => `${directory}/home/{username}`
const cmd = ['sleep', '1000']

describe('the program', () => {
  test('is started with exactly the environment of the spawner, in the home, with a session of its own', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({ cmd, home_dir_template: home_dir_template() })
    const { state, address } = await servers.start(spawner)
    // An address of a local spawner is host and port.
    const listen = address as { host: string; port: number }
    expect(listen.host).toBe('127.0.0.1')
    await untilRuns(pidOf(state), 'sleep')
    expect(await proc.environment(pidOf(state))).toEqual(await spawner.env(fakeRequest(spawner), listen))
    expect(await readlink(`/proc/${pidOf(state)}/cwd`)).toBe(`${directory}/home/ada`)
    expect((await readFile(`/proc/${pidOf(state)}/stat`, 'utf8')).split(' ')[5]).toBe(String(pidOf(state)))
  })

  test('gets values of the environment and arguments unchanged, whatever is in them', async () => {
    await using servers = new Servers()
    const odd = `it's "odd" \\ $HOME \`id\` $(id)\n\ttwo lines; * ? [a] ünï`
    const spawner = servers.simple({
      cmd: ['sleep'],
      args: ['1000'],
      environment: { ODD: odd, IFS: 'x', EMPTY: '', TRICK: '"; kill $$; "' },
      home_dir_template: home_dir_template(),
    })
    const { state } = await servers.start(spawner)
    await untilRuns(pidOf(state), 'sleep')
    expect(await proc.environment(pidOf(state))).toMatchObject({
      ODD: odd,
      IFS: 'x',
      EMPTY: '',
      TRICK: '"; kill $$; "',
    })

    const printing = servers.simple({
      cmd: ['/bin/sh', '-c', 'printf "%s|" "$@"', 'sh'],
      args: [odd, '', '-x'],
      popen_kwargs: { stdout: `${directory}/arguments` },
      home_dir_template: home_dir_template(),
    })
    await exitOf(servers, printing)
    expect(await readFile(`${directory}/arguments`, 'utf8')).toBe(`${odd}||-x|`)
  })

  test('leaves out variables whose names a shell cannot hold, and says so', async () => {
    await using servers = new Servers()
    const events: RecordedEvent[] = []
    const environment = { 'dotted.name': 'x', UID: '5', FINE: 'y' }
    const spawner = servers.simple({ cmd, environment, home_dir_template: home_dir_template() }, recordingLog(events))
    const { state } = await servers.start(spawner)
    await untilRuns(pidOf(state), 'sleep')
    expect(await proc.environment(pidOf(state))).toHaveProperty('FINE', 'y')
    expect(events).toContainEqual(expect.objectContaining({ level: 'warn', fields: { names: ['dotted.name', 'UID'] } }))
  })

  test('does not have the channel to the hub', async () => {
    await using servers = new Servers()
    const { state } = await servers.start(servers.simple({ cmd, home_dir_template: home_dir_template() }))
    await untilRuns(pidOf(state), 'sleep')
    expect(await readdir(`/proc/${pidOf(state)}/fd`)).not.toContain('3')
  })

  test('does nothing before the state is saved, and does not even exist as itself', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({
      cmd: ['/bin/sh', '-c', `touch ${directory}/ran`],
      home_dir_template: home_dir_template(),
    })
    let before: string[] | undefined
    const save = async (state: { pid: number }): Promise<void> => {
      await untilRuns(state.pid, 'sh')
      before = await proc.commandLine(state.pid)
    }
    await servers.start(spawner, { save })
    expect(before?.slice(0, 2)).toEqual(['/bin/sh', '-c'])
    expect(before).toContain('hub-launcher')
    await expect.poll(() => existsSync(`${directory}/ran`)).toBe(true)
  })

  test('is given up by an abort even while the database does not answer', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({ cmd, home_dir_template: home_dir_template() })
    const abort = new AbortController()
    let pid = 0
    const hang = async (state: { pid: number }): Promise<void> => {
      pid = state.pid
      queueMicrotask(() => abort.abort(new Error('cancelled')))
      await new Promise(() => undefined)
    }
    await expect(spawner.start({ ...fakeRequest(spawner), save: hang }, abort.signal)).rejects.toThrow('cancelled')
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  test('that is missing fails the start with its name', async () => {
    await using servers = new Servers()
    for (const program of ['no-such-program', '/no/such/program']) {
      const error = await failureOf(servers, servers.simple({ cmd: [program], home_dir_template: home_dir_template() }))
      expect(error).toBeInstanceOf(SpawnError)
      expect(error).toMatchObject({ reason: 'no_program', status: 500, message: expect.stringContaining(program) })
    }
  })

  test('that may not be run fails the start as well', async () => {
    await using servers = new Servers()
    const error = await failureOf(
      servers,
      servers.simple({ cmd: ['/etc/passwd'], home_dir_template: home_dir_template() }),
    )
    expect(error).toMatchObject({ reason: 'permission_denied', message: expect.stringContaining('/etc/passwd') })
  })

  test('is run through shell_cmd as one quoted word', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({
      cmd: ['printf', '%s|'],
      args: ['two words', "it's"],
      shell_cmd: ['/bin/sh', '-c'],
      popen_kwargs: { stdout: `${directory}/through-shell` },
      home_dir_template: home_dir_template(),
    })
    await exitOf(servers, spawner)
    expect(await readFile(`${directory}/through-shell`, 'utf8')).toBe("two words|it's|")
  })

  test('writes where popen_kwargs say, and works in its cwd', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({
      cmd: ['/bin/sh', '-c', 'pwd; echo trouble >&2'],
      popen_kwargs: { stdin: 'ignore', stdout: `${directory}/log`, stderr: 'stdout', cwd: directory },
      home_dir_template: home_dir_template(),
    })
    await exitOf(servers, spawner)
    expect(await readFile(`${directory}/log`, 'utf8')).toBe(`${directory}\ntrouble\n`)
    expect((await stat(`${directory}/log`)).mode & 0o777).toBe(0o600)
  })
})

describe('the exit', () => {
  test.each([
    ['exit 3', 3],
    ['exit 0', 0],
    ['kill -9 $$', -9],
    ['kill -15 $$', -15],
  ])('of `%s` has code %i', async (script, code) => {
    await using servers = new Servers()
    const spawner = servers.simple({ cmd: ['/bin/sh', '-c', script], home_dir_template: home_dir_template() })
    const { state, told } = await exitOf(servers, spawner)
    expect(told).toEqual({ status: 'exited', code })
    expect(await servers.simple({}).poll(state)).toEqual({ status: 'exited', code })
  })

  test('is told at once, and not to those who do not listen any more', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({ cmd, home_dir_template: home_dir_template() })
    const { state } = await servers.start(spawner)
    const calls: string[] = []
    spawner.onExit(state, () => void calls.push('kept'))
    spawner.onExit(state, () => void calls.push('left'))?.()
    await spawner.stop(state, { now: true }, never)
    expect(calls).toEqual(['kept'])
  })
})

describe('ports', () => {
  test('are never given to two starts at the same time', async () => {
    await using servers = new Servers()
    const started = await Promise.all(
      Array.from({ length: 40 }, () => servers.start(servers.simple({ cmd, home_dir_template: home_dir_template() }))),
    )
    const ports = started.map(({ address }) => (address as { port: number }).port)
    expect(new Set(ports).size).toBe(40)
  })

  test('are those configured, where one is', async () => {
    await using servers = new Servers()
    const spawner = servers.simple({ cmd, ip: '', port: 4321, home_dir_template: home_dir_template() })
    const { state, address } = await servers.start(spawner)
    expect(address).toEqual({ host: '127.0.0.1', port: 4321 })
    await untilRuns(pidOf(state), 'sleep')
    expect(await proc.environment(pidOf(state))).toHaveProperty('JUPYTERHUB_SERVICE_URL', 'http://:4321/user/ada/')
  })
})

describe('accounts', () => {
  test('that do not exist fail the start before anything is started', async () => {
    await using servers = new Servers()
    const error = await failureOf(servers, servers.local('no-such-account', { cmd }))
    expect(error).toMatchObject({ reason: 'no_account', message: expect.stringContaining('no-such-account') })
  })

  test('are looked up by name only: a user named 0 is not root', async () => {
    await using servers = new Servers()
    expect(await failureOf(servers, servers.local('0', { cmd }))).toMatchObject({ reason: 'no_account' })
    expect(await failureOf(servers, servers.local('-i', { cmd }))).toMatchObject({ reason: 'no_account' })
  })

  test('give USER, HOME and SHELL', async () => {
    await using servers = new Servers()
    const { name, home, shell } = accounts.self
    const { state } = await servers.start(servers.local(name, { cmd, popen_kwargs: { cwd: '/' } }))
    await untilRuns(pidOf(state), 'sleep')
    expect(await proc.environment(pidOf(state))).toMatchObject({ USER: name, HOME: home, SHELL: shell })
  })
})

/** The launcher has given way to the program. */
async function untilRuns(pid: number, program: string): Promise<void> {
  await expect.poll(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')).trim(), { interval: 5 }).toBe(program)
}

async function failureOf(servers: Servers, spawner: Parameters<Servers['start']>[0]): Promise<unknown> {
  return servers.start(spawner).then(
    () => expect.unreachable('the start should fail'),
    (error: unknown) => error,
  )
}

async function exitOf(servers: Servers, spawner: Parameters<Servers['start']>[0]) {
  const { state } = await servers.start(spawner)
  const told = await new Promise((resolve) => spawner.onExit(state, resolve))
  return { state, told }
}

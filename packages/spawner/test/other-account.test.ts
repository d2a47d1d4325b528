import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts } from './accounts.js'
import { pidOf, proc, Servers } from './harness.js'

const cmd = ['sleep', '1000']
const name = `hubtest${process.pid}`
const group = `${name}x`
let ids: { uid: number; gid: number; extra: number }
let directory: string
let home: string

describe.runIf(process.getuid?.() === 0)('as root, for an account made for the test', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'other-account-'))
    await chmod(directory, 0o755)
    home = join(directory, 'home', name)
    await mkdir(join(directory, 'home'))
    execFileSync('groupadd', [group])
    execFileSync('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/sh', '--groups', group, name])
    // As on a file server that root has no rights on, nobody but the owner gets in.
    await chmod(home, 0o700)
    const id = (...args: string[]): number => Number(execFileSync('id', [...args, name], { encoding: 'utf8' }))
    const extra = Number(execFileSync('getent', ['group', group], { encoding: 'utf8' }).split(':')[2])
    ids = { uid: id('-u'), gid: id('-g'), extra }
  })
  afterAll(async () => {
    execFileSync('userdel', [name])
    execFileSync('groupdel', [group])
    await rm(directory, { recursive: true })
  })

  test('the server has its uid, its gid and all its groups, and works in its home', async () => {
    await using servers = new Servers()
    const { state } = await servers.start(servers.local(name, { cmd }))
    await untilSleeps(pidOf(state))
    const four = (id: number): string[] => Array.from({ length: 4 }, () => String(id))
    expect(await proc.status(pidOf(state), 'Uid')).toEqual(four(ids.uid))
    expect(await proc.status(pidOf(state), 'Gid')).toEqual(four(ids.gid))
    expect((await proc.status(pidOf(state), 'Groups')).sort()).toEqual([String(ids.gid), String(ids.extra)].sort())
    expect(await readlink(`/proc/${pidOf(state)}/cwd`)).toBe(home)
  })

  test('nothing of the environment counts while the process is still root', async () => {
    await using servers = new Servers()
    let before: Record<string, string> = {}
    const spawner = servers.local(name, { cmd, environment: { LD_PRELOAD: '/nonexistent.so', PATH: '/usr/bin' } })
    const { state } = await servers.start(spawner, {
      save: async ({ pid }) => {
        await expect.poll(async () => (await proc.commandLine(pid)).length, { interval: 5 }).toBeGreaterThan(0)
        before = await proc.environment(pid)
      },
    })
    expect(Object.keys(before).filter((variable) => !variable.startsWith('_HUB_'))).toEqual([])
    await untilSleeps(pidOf(state))
    expect(await proc.environment(pidOf(state))).toHaveProperty('LD_PRELOAD', '/nonexistent.so')
  })

  test('a home that cannot be entered gives way to its parent, and one line says so', async () => {
    await using servers = new Servers()
    const log = join(directory, 'fallback.log')
    execFileSync('chmod', ['0', home])
    execFileSync('chown', ['root', home])
    try {
      const { state } = await servers.start(servers.local(name, { cmd, popen_kwargs: { stderr: log } }))
      await untilSleeps(pidOf(state))
      expect(await readlink(`/proc/${pidOf(state)}/cwd`)).toBe(join(directory, 'home'))
      expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual([`Cannot work in ${home}, trying its parent`])
    } finally {
      execFileSync('chown', [name, home])
      execFileSync('chmod', ['700', home])
    }
  })

  test('a program that the account may not run fails the start', async () => {
    await using servers = new Servers()
    const program = join(directory, 'for-root-only')
    await writeFile(program, '#!/bin/sh\n', { mode: 0o700 })
    await expect(servers.start(servers.local(name, { cmd: [program] }))).rejects.toMatchObject({
      reason: 'permission_denied',
      message: expect.stringContaining(name),
    })
  })

  test('certificates become files of the account that nobody else can read', async () => {
    const paths = { keyFile: join(directory, 'k'), certFile: join(directory, 'c'), caFile: join(directory, 'a') }
    for (const [what, path] of Object.entries(paths)) await writeFile(path, what, { mode: 0o600 })
    const moved = await new Servers().local(name, {}).moveCerts(paths)
    for (const what of ['keyFile', 'certFile', 'caFile'] as const) {
      const path = moved[what]
      expect(await readFile(path, 'utf8')).toBe(what)
      const { uid, mode } = await stat(path)
      expect({ uid, mode: mode & 0o777 }).toEqual({ uid: ids.uid, mode: 0o600 })
    }
    expect((await stat(join(home, '.jupyterhub', 'jupyterhub-certs'))).mode & 0o777).toBe(0o700)
  })

  test('certificates do not follow a link out of the home to where only root may write', async () => {
    const paths = { keyFile: join(directory, 'k'), certFile: join(directory, 'c'), caFile: join(directory, 'a') }
    const forbidden = await mkdtemp(join(tmpdir(), 'only-root-'))
    await rm(join(home, '.jupyterhub'), { recursive: true, force: true })
    await symlink(forbidden, join(home, '.jupyterhub'))
    await expect(new Servers().local(name, {}).moveCerts(paths)).rejects.toThrow('could not be written')
    await rm(forbidden, { recursive: true })
  })
})

describe.runIf(accounts.other !== undefined)('a hub that is not root', () => {
  test('cannot start servers of others and says what to do; a process of root counts as alive', async () => {
    const script = fileURLToPath(new URL('hub-without-root.ts', import.meta.url))
    const { uid, gid } = accounts.other!
    const child = spawn(process.execPath, ['--conditions=@hub/source', '--import', 'tsx', script], {
      uid,
      gid,
      env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(JSON.parse(await text(child.stdout))).toEqual({
      reason: 'cannot_switch_user',
      logMessage: expect.stringContaining('SudoSpawner'),
      rootAlive: true,
    })
  })
})

async function untilSleeps(pid: number): Promise<void> {
  await expect.poll(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')).trim(), { interval: 5 }).toBe('sleep')
}

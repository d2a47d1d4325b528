import { execFile } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { tempDir } from '@hub/testkit'
import { describe, expect, test } from 'vitest'
import { forkOsProcess, type Exit, type OsProcess, type OsProcessRequest } from '../src/local/os-process.js'
import { posixSpawn } from '../src/local/posix-spawn.js'

const byPosixSpawn = await posixSpawn()

const ways = [
  ['fork', forkOsProcess],
  ['posix_spawn', byPosixSpawn],
] as const

const exitOf = (child: OsProcess): Promise<Exit> => new Promise((resolve) => child.onExit(resolve))

test('posix_spawn is what this system uses', () => {
  expect(byPosixSpawn).toBeDefined()
})

describe.each(ways)('a process started by %s', (_, start) => {
  const run = async (script: string, more: Partial<OsProcessRequest> = {}): Promise<OsProcess> => {
    if (start === undefined) throw new Error('not to be had here')
    return start({
      program: '/bin/sh',
      args: ['-c', script],
      env: { PATH: '/usr/bin:/bin', A: 'ü $x "\n' },
      stdio: ['ignore', 'ignore', 'ignore'],
      newSession: true,
      ...more,
    })
  }

  test('tells its exit code, or the signal that ended it', async () => {
    expect(await exitOf(await run('exit 7'))).toEqual({ code: 7 })
    expect(await exitOf(await run('kill -KILL $$'))).toEqual({ code: -9 })
    const gone = await run('exit 255')
    await exitOf(gone)
    expect(gone.exit).toEqual({ code: 255 })
    expect(await exitOf(gone)).toEqual({ code: 255 })
  })

  test('has the channel, both ways', async () => {
    const child = await run('read line <&3; echo "got $line" >&3')
    child.channel.write('hello\n')
    expect(await text(child.channel)).toBe('got hello\n')
  })

  test('has the arguments and environment it was given, and no other', async () => {
    const child = await run('exec /usr/bin/env >&3')
    const seen = await text(child.channel)
    expect(seen).toContain('A=ü $x "\n')
    expect(seen).not.toContain('HOME=')
    const args = await run('', { args: ['-c', 'printf "%s|" "$@" >&3', 'zero', 'one', '', 'two words'] })
    expect(await text(args.channel)).toBe('one||two words|')
  })

  test('has no descriptor but its own', async () => {
    await using dir = await tempDir()
    await using secret = await open(join(dir.path, 'secret'), 'w')
    const child = await run('ls -l /proc/self/fd >&3')
    expect(secret.fd).toBeGreaterThan(3)
    expect(await text(child.channel)).not.toContain('secret')
  })

  test('writes where it is told to', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'log')
    const file = await open(path, 'a')
    const child = await run('echo out; echo err >&2; cat', { stdio: ['ignore', file.fd, file.fd] })
    await file.close()
    expect(await exitOf(child)).toEqual({ code: 0 })
    expect(await readFile(path, 'utf8')).toBe('out\nerr\n')
  })

  test('works in /, in a session of its own, and ignores and blocks no signal', async () => {
    const child = await run('pwd >&3; exec cat /proc/self/stat /proc/self/status >&3')
    const lines = (await text(child.channel)).split('\n')
    expect(lines[0]).toBe('/')
    expect(lines[1]?.split(' ')[5]).toBe(String(child.pid))
    expect(lines).toContain('SigBlk:\t0000000000000000')
    expect(lines).toContain('SigIgn:\t0000000000000000')
    const inOurs = await run('exec cat /proc/self/stat >&3', { newSession: false })
    expect((await text(inOurs.channel)).split(' ')[5]).not.toBe(String(inOurs.pid))
  })

  test('that cannot be run is an error, which leaves nothing', async () => {
    await expect(run('', { program: '/no/such/program' })).rejects.toThrow(/errno 2|ENOENT/)
    await expect(run('', { env: { A: 'x\0y' } })).rejects.toThrow(/NUL|null bytes/)
  })
})

test('many ends at once are all told, also among those of other children', async () => {
  if (byPosixSpawn === undefined) throw new Error('not to be had here')
  const start = byPosixSpawn
  const others = Array.from({ length: 10 }, () => promisify(execFile)('/bin/true'))
  const children = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      start({
        program: '/bin/sh',
        args: ['-c', `exit ${i}`],
        env: {},
        stdio: ['ignore', 'ignore', 'ignore'],
        newSession: true,
      }),
    ),
  )
  expect(await Promise.all(children.map(exitOf))).toEqual(children.map((_, code) => ({ code })))
  await Promise.all(others)
  for (const { channel } of children) channel.destroy()
})

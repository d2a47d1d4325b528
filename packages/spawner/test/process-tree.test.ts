import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAlive } from '../src/local/process-identity.js'
import { never, pidOf, proc, type RecordedEvent, recordingLog, Servers } from './harness.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'process-tree-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** Starts a process of another session whose parent ends at once, as a daemon does, and writes its pid down. */
const withDaemon = (file: string, last: string): string[] => [
  '/bin/sh',
  '-c',
  `setsid sh -c 'sleep 1000 & echo $! > ${file}' & wait; ${last}`,
]

async function startWithDaemon(servers: Servers, cgroup_parent: string, last = 'exec sleep 1000') {
  const file = join(directory, `daemon-${Math.random()}`)
  const spawner = servers.simple({ cmd: withDaemon(file, last), cgroup_parent, home_dir_template: directory })
  const { state } = await servers.start(spawner)
  await expect.poll(() => readFile(file, 'utf8').catch(() => ''), { interval: 5 }).toMatch(/\d\n/)
  return { spawner, state, daemon: Number(await readFile(file, 'utf8')) }
}

const inCgroups = process.getuid?.() === 0 && existsSync('/proc/self/cgroup')

test.each(inCgroups ? ['auto', 'none'] : ['none'])(
  'with cgroup_parent %j a stop ends all that the server has started, daemons too',
  async (where) => {
    await using servers = new Servers()
    const { spawner, state, daemon } = await startWithDaemon(servers, where)
    expect(await isAlive({ pid: daemon })).toBe(true)
    await spawner.stop(state, { now: false }, never)
    await expect.poll(() => isAlive({ pid: daemon }), { interval: 5 }).toBe(false)
  },
)

test.each(inCgroups ? ['auto', 'none'] : ['none'])(
  'with cgroup_parent %j nothing is left of a server that crashes',
  async (where) => {
    await using servers = new Servers()
    const { daemon } = await startWithDaemon(servers, where, 'kill -9 $$')
    await expect.poll(() => isAlive({ pid: daemon }), { interval: 5 }).toBe(false)
  },
)

test('a server beside it, of the same user, goes on', async () => {
  await using servers = new Servers()
  const first = await startWithDaemon(servers, 'none')
  const second = await startWithDaemon(servers, 'none')
  await first.spawner.stop(first.state, { now: true }, never)
  await expect.poll(() => isAlive({ pid: first.daemon }), { interval: 5 }).toBe(false)
  expect(await isAlive({ pid: second.daemon })).toBe(true)
  expect(await second.spawner.poll(second.state)).toEqual({ status: 'running' })
})

test.runIf(inCgroups)('limits are enforced by the kernel, or the log says that they are not', async () => {
  await using servers = new Servers()
  const events: RecordedEvent[] = []
  const limits = { mem_limit: '64M', cpu_limit: 0.5 }
  const { state } = await servers.start(
    servers.simple({ cmd: ['sleep', '1000'], ...limits, home_dir_template: directory }, recordingLog(events)),
  )
  const membership = await readFile(`/proc/${pidOf(state)}/cgroup`, 'utf8')
  expect(membership).toMatch(new RegExp(`^0::.*/server-${state.pid}-${state.start_time ?? ''}$`, 'm'))
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  const root =
    mounts
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))
      ?.split(' ')[4] ?? ''
  const folder = join(root, /^0::(.*)$/m.exec(membership)?.[1] ?? '')
  for (const [file, value] of [
    ['memory.max', String(64 * 1024 * 1024)],
    ['cpu.max', '50000 100000'],
  ] as const) {
    const enforced = await readFile(join(folder, file), 'utf8').catch(() => undefined)
    const warned = events.some(({ level, fields }) => level === 'warn' && fields?.['file'] === file)
    expect(enforced?.trim() ?? (warned && value)).toBe(value)
  }
  await expect.poll(() => proc.environment(pidOf(state)), { interval: 5 }).toMatchObject({ MEM_LIMIT: '67108864' })
})

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identifyProcess, isAlive } from '../src/local/process-identity.js'
import { never, pidOf, Servers } from './harness.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stop-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** Writes down the signals it gets; ends at `endsAt`. */
const recorder = (file: string, endsAt: string): string[] => [
  '/bin/sh',
  '-c',
  `for s in INT TERM; do trap "echo $s >> ${file}; [ $s = ${endsAt} ] && exit 0" $s; done; echo ready >> ${file}; while :; do sleep 0.02; done`,
]

async function startRecorder(servers: Servers, endsAt: string, seconds: number) {
  const file = join(directory, `signals-${endsAt}-${seconds}-${Math.random()}`)
  const spawner = servers.simple({
    cmd: recorder(file, endsAt),
    interrupt_timeout: seconds,
    term_timeout: seconds,
    home_dir_template: directory,
  })
  const { state } = await servers.start(spawner)
  const signals = async (): Promise<string[]> => (await readFile(file, 'utf8').catch(() => '')).trim().split('\n')
  await expect.poll(signals, { interval: 5 }).toEqual(['ready'])
  return { spawner, state, signals }
}

test('a server that ends at SIGINT gets nothing else', async () => {
  await using servers = new Servers()
  const { spawner, state, signals } = await startRecorder(servers, 'INT', 30)
  await spawner.stop(state, { now: false }, never)
  expect(await signals()).toEqual(['ready', 'INT'])
  expect(await spawner.poll(state)).toEqual({ status: 'exited', code: 0 })
})

test('a server that ignores SIGINT gets SIGTERM after interrupt_timeout', async () => {
  await using servers = new Servers()
  const { spawner, state, signals } = await startRecorder(servers, 'TERM', 1)
  await spawner.stop(state, { now: false }, never)
  expect(await signals()).toEqual(['ready', 'INT', 'TERM'])
})

test('a server that ignores both is killed', async () => {
  await using servers = new Servers()
  const { spawner, state, signals } = await startRecorder(servers, 'never', 1)
  await spawner.stop(state, { now: false }, never)
  expect(await signals()).toEqual(['ready', 'INT', 'TERM'])
  expect(await spawner.poll(state)).toEqual({ status: 'exited', code: -9 })
})

test('a stop now begins with SIGTERM', async () => {
  await using servers = new Servers()
  const { spawner, state, signals } = await startRecorder(servers, 'TERM', 30)
  await spawner.stop(state, { now: true }, never)
  expect(await signals()).toEqual(['ready', 'TERM'])
})

test('an aborted stop says so and leaves the server to the next one', async () => {
  await using servers = new Servers()
  const { spawner, state } = await startRecorder(servers, 'never', 30)
  const abort = new AbortController()
  const stopping = spawner.stop(state, { now: false }, abort.signal)
  abort.abort(new Error('no time left'))
  await expect(stopping).rejects.toThrow('no time left')
  expect(await spawner.poll(state)).toEqual({ status: 'running' })
})

test('a pid that now belongs to another process is not polled as running, nor signalled', async () => {
  await using servers = new Servers()
  const { spawner, state } = await startRecorder(servers, 'never', 1)
  const older = { ...state, start_time: (state.start_time ?? 0) - 1 }
  const beforeBoot = { ...state, start_time: state.start_time ?? 0, boot_id: 'another' }
  for (const stale of [older, beforeBoot]) await spawner.stop(stale, { now: true }, never)
  expect(await isAlive(older)).toBe(false)
  expect(await isAlive(beforeBoot)).toBe(false)
  expect(await isAlive(state)).toBe(true)
})

test.each([{}, { pid: 0 }, { pid: -1 }, { pid: '5' }, { pid: 1.5 }])(
  'a state %j names no process: it is exited and nothing is signalled',
  async (state) => {
    const spawner = new Servers().simple({})
    // What a database may hold.
    const stored = state as { pid: number }
    expect(await spawner.poll(stored)).toEqual({ status: 'exited', code: null })
    await spawner.stop(stored, { now: true }, never)
  },
)

test("JupyterHub's own rows have a pid alone, which is enough", async () => {
  await using servers = new Servers()
  const { spawner, state } = await startRecorder(servers, 'TERM', 1)
  const upstream = { pid: pidOf(state) }
  expect(await spawner.poll(upstream)).toEqual({ status: 'running' })
  await spawner.stop(upstream, { now: false }, never)
  expect(await spawner.poll(upstream)).toMatchObject({ status: 'exited' })
})

test('a zombie counts as exited', async () => {
  // The shell becomes a sleep, which never asks for its child.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)))
    await expect
      .poll(async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).includes(') Z '), { interval: 5 })
      .toBe(true)
    expect(await isAlive(await identifyProcess(pid))).toBe(false)
  } finally {
    parent.kill('SIGKILL')
  }
})

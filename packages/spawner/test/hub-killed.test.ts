import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAlive, type ProcessState } from '../src/local/process-identity.js'
import { never, Servers } from './harness.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-killed-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A process that starts a server and is killed at a chosen point. */
function startHub(
  stage: 'before go-ahead' | 'after start',
  marker: string,
): { hub: ChildProcess; state: Promise<ProcessState> } {
  const hub = spawn(
    process.execPath,
    [
      '--conditions=@hub/source',
      '--import',
      'tsx',
      fileURLToPath(new URL('hub-to-kill.ts', import.meta.url)),
      stage,
      marker,
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const state = new Promise<ProcessState>((resolve, reject) => {
    createInterface(hub.stdout).once('line', (line) => resolve(JSON.parse(line) as ProcessState))
    hub.once('exit', () => reject(new Error('the hub ended by itself')))
  })
  return { hub, state }
}

test('a hub killed before the go-ahead leaves no process, and the server never ran', async () => {
  const marker = join(directory, 'never-ran')
  const { hub, state } = startHub('before go-ahead', marker)
  const launcher = await state
  expect(await isAlive(launcher)).toBe(true)
  hub.kill('SIGKILL')
  await expect.poll(() => isAlive(launcher), { interval: 5, timeout: 5000 }).toBe(false)
  expect(existsSync(marker)).toBe(false)
})

test('a server outlives a killed hub; another hub polls it, stops it and is told that it is gone', async () => {
  const marker = join(directory, 'ran')
  const { hub, state } = startHub('after start', marker)
  const running = await state
  hub.kill('SIGKILL')
  await expect.poll(() => existsSync(marker), { interval: 5 }).toBe(true)
  await using servers = new Servers()
  const spawner = servers.simple({})
  expect(await spawner.poll(running)).toEqual({ status: 'running' })
  expect(spawner.onExit(running, () => undefined)).toBeUndefined()
  await spawner.stop(running, { now: false }, never)
  expect(await spawner.poll(running)).toEqual({ status: 'exited', code: null })
})

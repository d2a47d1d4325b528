import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JsonObject, silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import type { PollResult, ServerAddress, SpawnerContext, Started, StartRequest } from './contract.js'
import { fakeRequest } from './fake-request.js'
import { spawnerConfigurable } from './spawner-config.js'
import type { Spawner } from './spawner.js'

/** What the suite needs to try a spawner. */
export interface SpawnerUnderTest {
  /** Makes a new object, each time; `context` has `config` at its defaults, which may be replaced. */
  create(context: SpawnerContext): Spawner
  /** Owner of the servers that are started; `ada` by default. */
  readonly userName?: string
  /** Ends a started server from outside, as a crash does. Without, the tests of that are skipped. */
  crash?(state: JsonObject): Promise<void> | void
  /** Gives back what was taken for the tests. */
  close?(): Promise<void> | void
}

const DEADLINE_MS = 20_000

/** The rules of the contract that hold for every spawner. Call it in a test file of the plug-in. */
export function describeSpawner(name: string, setUp: () => SpawnerUnderTest | Promise<SpawnerUnderTest>): void {
  describe(`${name} keeps the contract of spawners`, () => {
    let underTest: SpawnerUnderTest
    let saved: JsonObject[]
    let leftovers: (() => Promise<void>)[]
    const never = new AbortController().signal

    beforeEach(async () => {
      underTest = await setUp()
      saved = []
      leftovers = []
    })
    afterEach(async () => {
      for (const stop of leftovers) await stop()
      await underTest.close?.()
    })

    const spawnerFor = (serverName = ''): Spawner => underTest.create(contextFor(underTest, serverName))
    const save = (state: JsonObject): Promise<void> => {
      saved.push(state)
      leftovers.push(() => spawnerFor().stop(state, { now: true }, never))
      return Promise.resolve()
    }
    const start = (spawner: Spawner, request: Partial<StartRequest> = {}, signal = never): Promise<Started> =>
      spawner.start({ ...fakeRequest(spawner), save, ...request }, signal)
    /** As it comes back from the database, into an object that knows nothing. */
    const pollAnew = (state: JsonObject): Promise<PollResult> => spawnerFor().poll(fromDatabase(state), never)

    test('a started server is found by another object with nothing but the stored state', async () => {
      const { state, address } = await start(spawnerFor())
      expect(isAddress(address)).toBe(true)
      expect(await pollAnew(state)).toEqual({ status: 'running' })
    })

    test('the state is saved before the start resolves, and what was saved finds the server', async () => {
      await start(spawnerFor())
      expect(saved.length).toBeGreaterThan(0)
      expect(await pollAnew(saved[0] ?? {})).toEqual({ status: 'running' })
    })

    test('a state that cannot be saved fails the start and leaves no server', async () => {
      const refuse = async (state: JsonObject): Promise<void> => {
        await save(state)
        throw new Error('database is away')
      }
      await expect(start(spawnerFor(), { save: refuse })).rejects.toThrow('database is away')
      for (const state of saved) expect(await pollAnew(state)).toMatchObject({ status: 'exited' })
    })

    test('a start aborted before it began leaves no server', async () => {
      await expect(start(spawnerFor(), {}, AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled')
      for (const state of saved) expect(await pollAnew(state)).toMatchObject({ status: 'exited' })
    })

    test('a start aborted while its state is saved leaves no server', async () => {
      const abort = new AbortController()
      const saveAndAbort = async (state: JsonObject): Promise<void> => {
        await save(state)
        abort.abort(new Error('cancelled'))
      }
      await expect(start(spawnerFor(), { save: saveAndAbort }, abort.signal)).rejects.toThrow('cancelled')
      for (const state of saved) expect(await pollAnew(state)).toMatchObject({ status: 'exited' })
    })

    test('the token is not part of the stored state', async () => {
      const spawner = spawnerFor()
      const { state } = await start(spawner)
      const token = fakeRequest(spawner).server.apiToken
      for (const stored of [state, ...saved]) expect(JSON.stringify(stored)).not.toContain(token)
    })

    test('stop returns only when the server is gone', async () => {
      const { state } = await start(spawnerFor())
      await spawnerFor().stop(fromDatabase(state), { now: false }, never)
      expect(await pollAnew(state)).toMatchObject({ status: 'exited' })
    })

    test('stop now ends the server as well', async () => {
      const { state } = await start(spawnerFor())
      await spawnerFor().stop(fromDatabase(state), { now: true }, never)
      expect(await pollAnew(state)).toMatchObject({ status: 'exited' })
    })

    test('a server that is gone may be stopped again', async () => {
      const { state } = await start(spawnerFor())
      await spawnerFor().stop(fromDatabase(state), { now: true }, never)
      await spawnerFor().stop(fromDatabase(state), { now: false }, never)
    })

    test('a server that was never started counts as exited, and stopping it does nothing', async () => {
      expect(await spawnerFor().poll({}, never)).toMatchObject({ status: 'exited' })
      await spawnerFor().stop({}, { now: false }, never)
    })

    test('two servers of one user live side by side', async () => {
      const [first, second] = await Promise.all([start(spawnerFor()), start(spawnerFor('second'))])
      await spawnerFor().stop(first.state, { now: true }, never)
      expect(await pollAnew(first.state)).toMatchObject({ status: 'exited' })
      expect(await spawnerFor('second').poll(second.state, never)).toEqual({ status: 'running' })
    })

    test('a stopped server can be started again', async () => {
      const spawner = spawnerFor()
      const first = await start(spawner)
      await spawner.stop(first.state, { now: true }, never)
      const second = await start(spawner)
      expect(await pollAnew(second.state)).toEqual({ status: 'running' })
      expect(await pollAnew(first.state)).toMatchObject({ status: 'exited' })
    })

    test('a server that dies by itself is noticed', async ({ skip }) => {
      if (underTest.crash === undefined) skip('the platform has no crash to offer')
      const { state } = await start(spawnerFor())
      const told = new Promise<PollResult>((resolve) => {
        if (spawnerFor().onExit?.(state, resolve) === undefined) resolve({ status: 'exited', code: null })
      })
      await underTest.crash?.(state)
      expect(await told).toMatchObject({ status: 'exited' })
      await expect.poll(() => pollAnew(state), { timeout: DEADLINE_MS }).toMatchObject({ status: 'exited' })
    })

    test('the environment has what a server cannot do without', async () => {
      const spawner = spawnerFor()
      const environment = await spawner.env(fakeRequest(spawner), { host: '127.0.0.1', port: 4321 })
      expect(environment).toMatchObject({
        JUPYTERHUB_API_TOKEN: 'token-for-the-suite',
        JUPYTERHUB_CLIENT_ID: `jupyterhub-user-${spawner.user.name}`,
        JUPYTERHUB_SERVICE_PREFIX: `/user/${spawner.user.name}/`,
      })
    })

    test('progress ends by itself or when it is told to', async () => {
      const events = []
      for await (const event of spawnerFor().progress(AbortSignal.timeout(1000))) events.push(event)
      for (const event of events) expect(event.message).toEqual(expect.any(String))
    })
  })
}

function isAddress(address: ServerAddress): boolean {
  if (typeof address === 'string' || address instanceof URL) return /^https?:$/.test(new URL(address).protocol)
  return Number.isInteger(address.port) && address.port > 0 && address.port <= 65_535
}

function fromDatabase(state: JsonObject): JsonObject {
  // Whatever JSON.parse makes of a JSON object is one.
  return JSON.parse(JSON.stringify(state)) as JsonObject
}

function contextFor(underTest: SpawnerUnderTest, serverName: string): SpawnerContext {
  return {
    user: { id: 1, name: underTest.userName ?? 'ada', admin: false, groups: [] },
    serverName,
    displayName: serverName,
    spawnerId: serverName === '' ? 1 : 2,
    config: valuesWith(spawnerConfigurable),
    log: silentLog,
    hubEnvironment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    baseUrl: '/',
  }
}

import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeRequest, SudoSpawner, sudoConfigurable } from '../src/index.js'
import { mediatorProblem } from '../src/sudo/mediator-problem.js'
import { contextOf, never, pidOf, proc } from './harness.js'
import { makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

describe.skipIf(whyNoSudo !== undefined)("with PyPI's mediator, unmodified", () => {
  let host: SudoHost
  beforeAll(async () => {
    host = await makeSudoHost('pypi', '[ "$1" = --fail ] && echo no such option >&2 && exit 3; exec sleep 1000')
  })
  afterAll(() => host[Symbol.asyncDispose]())

  const spawnerOf = (config: InputsOf<typeof sudoConfigurable>, userName = host.user): SudoSpawner =>
    new SudoSpawner({
      ...contextOf(userName, silentLog),
      config: valuesWith(sudoConfigurable, { sudospawner_path: host.mediator, ...config }),
    })
  const start = (spawner: SudoSpawner) => spawner.start(fakeRequest(spawner), never)

  test('the server runs as the user, and ends when it is asked to', async () => {
    const spawner = spawnerOf({ environment: { ODD: `it's "odd"` } })
    const { state } = await start(spawner)
    expect((await proc.environment(pidOf(state)))['ODD']).toBe(`it's "odd"`)
    expect((await proc.environment(pidOf(state)))['USER']).toBe(host.user)
    expect((await proc.status(pidOf(state), 'Uid'))[0]).not.toBe('0')
    await spawner.stop(state, { now: true }, never)
    expect(await spawner.poll(state)).toMatchObject({ status: 'exited' })
  })

  test('a server that ends at once, a missing mediator, and names that must not reach sudo fail with their reason', async () => {
    await expect(start(spawnerOf({ args: ['--fail'] }))).rejects.toMatchObject({
      reason: 'launch_failed',
      message: expect.stringContaining('Exited with status: 3'),
    })
    await expect(start(spawnerOf({ sudospawner_path: '/no/such/sudospawner' }))).rejects.toMatchObject({
      reason: 'no_mediator',
    })
    for (const name of ['#0', '-i', '%root', 'a b', '../x', ''])
      await expect(start(spawnerOf({}, name))).rejects.toMatchObject({ reason: 'bad_account_name' })
  })
})

test.each([
  ['sudo: a password is required', 'sudo_password', 'NOPASSWD: /usr/bin/sudospawner'],
  ['sudo: The "no new privileges" flag is set', 'sudo_no_new_privileges', 'NoNewPrivileges'],
  ['sudo: unknown user ada', 'no_account', 'no account ada'],
  ['Sorry, user hub is not allowed', 'mediator_failed', 'exit code 1'],
])('%j is explained', (line, reason, advice) => {
  const stderr = { fd: undefined, lastLines: () => Promise.resolve([]) }
  const call = { userName: 'ada', sudoArgs: [], mediator: '/usr/bin/sudospawner', logLevel: '', path: '', stderr }
  const problem = mediatorProblem(call, { code: 1, stderr: [line] })
  expect(problem.reason).toBe(reason)
  expect(problem.logMessage).toContain(advice)
  expect(problem.message).not.toContain('sudo:')
})

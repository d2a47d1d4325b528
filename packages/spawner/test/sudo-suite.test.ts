import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { valuesWith } from '@hub/config'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SudoSpawner, sudoConfigurable } from '../src/index.js'
import { describeSpawner } from '../src/suite.js'
import { makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

describe.skipIf(whyNoSudo !== undefined)('through sudo and a mediator', () => {
  let host: SudoHost
  beforeAll(async () => {
    host = await makeSudoHost('quick', 'exec sleep 1000')
  })
  afterAll(() => host[Symbol.asyncDispose]())

  describeSpawner('SudoSpawner', () => ({
    userName: host.user,
    create: (context) =>
      new SudoSpawner({
        ...context,
        config: valuesWith(sudoConfigurable, { sudospawner_path: host.mediator, mediator_log_level: '' }),
      }),
    crash: ({ pid }) => void process.kill(Number(pid), 'SIGKILL'),
  }))

  test('a hub without rights starts and stops servers of the users that sudoers names, and of nobody else', async () => {
    const script = fileURLToPath(new URL('hub-through-sudo.ts', import.meta.url))
    const node = [process.execPath, '--conditions=@hub/source', '--import', import.meta.resolve('tsx'), script]
    const account = [`--reuid=${host.hubAccount}`, `--regid=${host.hubAccount}`, '--init-groups', '--']
    const { stdout } = await promisify(execFile)('setpriv', [...account, ...node, host.user, host.mediator], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    })
    expect(JSON.parse(stdout)).toEqual({ running: 'running', stopped: 'exited', reason: 'sudo_password' })
  })
})

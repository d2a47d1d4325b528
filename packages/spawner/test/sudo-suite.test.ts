import { valuesWith } from '@hub/config'
import { afterAll, beforeAll, describe } from 'vitest'
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
})

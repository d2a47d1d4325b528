import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@hub/api'
import { valuesWith } from '@hub/config'
import {
  FakeSpawner,
  FakeWorld,
  LocalProcessSpawner,
  localProcessConfigurable,
  SimpleLocalProcessSpawner,
  simpleLocalProcessConfigurable,
} from '../src/index.js'
import { describeSpawner } from '../src/suite.js'
import { accounts } from './accounts.js'

const cmd = ['sleep', '1000']

function crash(state: JsonObject): void {
  process.kill(Number(state['pid']), 'SIGKILL')
}

describeSpawner('FakeSpawner', () => {
  const world = new FakeWorld()
  return {
    create: (context) => new FakeSpawner(context, world),
    crash: () => world.exit('ada/', 1),
  }
})

describeSpawner('SimpleLocalProcessSpawner', async () => {
  const home = await mkdtemp(join(tmpdir(), 'simple-spawner-'))
  return {
    create: (context) =>
      new SimpleLocalProcessSpawner({
        ...context,
        config: valuesWith(simpleLocalProcessConfigurable, { cmd, home_dir_template: `${home}/{username}` }),
      }),
    crash,
    close: () => rm(home, { recursive: true }),
  }
})

describeSpawner('LocalProcessSpawner for the account of the hub', () => ({
  userName: accounts.self.name,
  create: (context) =>
    new LocalProcessSpawner({
      ...context,
      config: valuesWith(localProcessConfigurable, { cmd, interrupt_timeout: 1 }),
    }),
  crash,
}))

if (accounts.other !== undefined) {
  describeSpawner('LocalProcessSpawner for another account', () => ({
    userName: accounts.other!.name,
    create: (context) =>
      new LocalProcessSpawner({
        ...context,
        config: valuesWith(localProcessConfigurable, { cmd, popen_kwargs: { cwd: '/' } }),
      }),
    crash,
  }))
}

/** Run as an account that may only run the mediator, and only as one user: starts, polls and stops that user's server; tries root's. */
import { silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import { fakeRequest, SpawnError, SudoSpawner, sudoConfigurable } from '../src/index.js'
import { contextOf, never } from './harness.js'

const [user = '', mediator = ''] = process.argv.slice(2)
const spawnerOf = (name: string): SudoSpawner =>
  new SudoSpawner({
    ...contextOf(name, silentLog),
    config: valuesWith(sudoConfigurable, { sudospawner_path: mediator, mediator_log_level: '' }),
  })
const spawner = spawnerOf(user)
const { state } = await spawner.start(fakeRequest(spawner), never)
const running = await spawnerOf(user).poll(state)
await spawnerOf(user).stop(state, { now: false }, never)
const stopped = await spawnerOf(user).poll(state)
const refused: unknown = await spawnerOf('root')
  .start(fakeRequest(spawnerOf('root')), never)
  .catch((error: unknown) => error)
const { reason } = refused instanceof SpawnError ? refused : { reason: String(refused) }
process.stdout.write(JSON.stringify({ running: running.status, stopped: stopped.status, reason }))
process.exit(0)

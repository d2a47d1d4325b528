/** Run as an account without rights: what becomes of a start for root, and whether root's process 1 is seen. */
import { fakeRequest, SpawnError } from '../src/index.js'
import { isAlive } from '../src/local/process-identity.js'
import { never, Servers } from './harness.js'

const spawner = new Servers().local('root', { cmd: ['sleep', '1000'] })
const error: unknown = await spawner.start(fakeRequest(spawner), never).then(
  () => undefined,
  (reason: unknown) => reason,
)
const { reason, logMessage } = error instanceof SpawnError ? error : { reason: String(error), logMessage: '' }
process.stdout.write(JSON.stringify({ reason, logMessage, rootAlive: await isAlive({ pid: 1 }) }))

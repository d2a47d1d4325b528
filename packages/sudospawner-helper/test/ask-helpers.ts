/** Starts a server through the helpers that its argument names, as a hub on this host would, and tells where. */
import { silentLog } from '@hub/api'
import { Secret, valuesWith } from '@hub/config'
import { fakeRequest, SudoHelperSpawner, sudoHelperConfigurable } from '@hub/spawner'

interface Asked {
  readonly helpers: Record<string, string>
  readonly token: string
  readonly ca: string
  readonly user: string
}

const { helpers, token, ca, user } = JSON.parse(process.argv[2] ?? '{}') as Asked
const spawner = new SudoHelperSpawner({
  user: { id: 1, name: user, admin: false, groups: [] },
  serverName: '',
  displayName: '',
  spawnerId: 1,
  config: valuesWith(sudoHelperConfigurable, { helpers, helper_token: new Secret(token), helper_ca: ca }),
  log: silentLog,
  hubEnvironment: { PATH: '/usr/bin:/bin' },
  baseUrl: '/',
})
const never = new AbortController().signal
const { address, state } = await spawner.start(fakeRequest(spawner), never)
process.stdout.write(JSON.stringify({ address, helper: state.helper, poll: await spawner.poll(state, never) }))
process.exit(0)

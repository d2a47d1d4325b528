/** Run in the network of a Docker: a hub that starts a server, is started again, and stops it. Prints what it saw. */
import { startTestHub } from '@hub/testkit'
import { DockerSpawner } from '../src/index.js'

const [image = '', url = ''] = process.argv.slice(2)
const config = {
  JupyterHub: { spawner_class: DockerSpawner },
  DockerSpawner: { image, cmd: ['node', '/srv/fake-server.mjs'], client_kwargs: { base_url: url } },
  Spawner: { hub_connect_url: 'http://hub.example:8081' },
}
const seen: Record<string, unknown> = {}
const hub = await startTestHub({ config })
await hub.api('POST', '/users/ada')
seen['started'] = (await hub.api('POST', '/users/ada/server', {})).status
const first = hub.browser()
await first.login('ada', 'x')
const echo = (await first.get('/user/ada/environment')).json<{ environment: Record<string, string> }>()
seen['environment'] = echo.environment
await hub.stop({ servers: false, proxy: false })

const again = await startTestHub({ config, after: hub })
const deadline = performance.now() + 15_000
let server: string | null = null
while (server === null && performance.now() < deadline)
  server = (await again.api('GET', '/users/ada')).json<{ server: string | null }>().server
seen['adopted'] = server
const second = again.browser()
await second.login('ada', 'x')
seen['answers'] = (await second.get('/user/ada/x')).status
seen['stopped'] = (await again.api('DELETE', '/users/ada/server')).status
// The container is kept, and goes on with its token.
seen['resumed'] = (await again.api('POST', '/users/ada/server', {})).status
seen['deleted'] = (await again.api('DELETE', '/users/ada')).status
await again[Symbol.asyncDispose]()
await hub[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify(seen))
process.exit(0)

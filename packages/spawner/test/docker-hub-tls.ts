/** Run in the network of a Docker: a hub with certificates inside starts a server in a container. Prints what it saw. */
import { startTestHub } from '@hub/testkit'
import { DockerSpawner } from '../src/index.js'

const [image = '', url = ''] = process.argv.slice(2)
const hub = await startTestHub({
  config: {
    JupyterHub: { spawner_class: DockerSpawner, internal_ssl: true },
    DockerSpawner: { image, cmd: ['node', '/srv/fake-server.mjs'], client_kwargs: { base_url: url } },
  },
})
await hub.api('POST', '/users/ada')
const started = (await hub.api('POST', '/users/ada/server', {})).status
const ada = hub.browser()
await ada.login('ada', 'x')
const answer = await ada.get('/user/ada/environment')
const { environment } = answer.json<{ environment: Record<string, string> }>()
const stopped = (await hub.api('DELETE', '/users/ada/server')).status
// A kept container gets the files of the new start.
const resumed = (await hub.api('POST', '/users/ada/server', {})).status
const again = (await ada.get('/user/ada/x')).status
await hub.api('DELETE', '/users/ada')
await hub[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify({ started, stopped, resumed, again, environment }))
process.exit(0)

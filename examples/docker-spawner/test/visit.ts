/** Run in the network of a Docker: starts the example, logs in, starts a server twice, and prints what was seen. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { type Browser, waitFor } from '@hub/testkit'
import { runExample } from '../../run-example.js'

const [dockerHost = ''] = process.argv.slice(2)
const docker = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('docker', args, { env: { ...process.env, DOCKER_HOST: dockerHost } })).stdout.trim()

async function start(browser: Browser): Promise<void> {
  await browser.get('/hub/spawn')
  await waitFor(async () => (await browser.get('/user/ada/api')).status === 200, { deadlineMs: 60_000 })
}

async function stop(browser: Browser): Promise<void> {
  await browser.get('/hub/home')
  const { status } = await browser.api('DELETE', '/hub/api/users/ada/server')
  if (status >= 300) throw new Error(`the server was not stopped: ${status}`)
  await waitFor(async () => (await docker('ps', '--all', '--quiet')) === '', { what: 'the end of the container' })
}

await using hub = await runExample({
  configFile: fileURLToPath(new URL('../jupyterhub_config.py', import.meta.url)),
  env: { DOCKER_HOST: dockerHost },
  serverCommand: ['node', '/srv/fake-server.mjs'],
})
await using ada = hub.browser()
await ada.login('ada', 'change-this-password')
await start(ada)
const [{ HostConfig: host }] = JSON.parse(await docker('inspect', 'jupyter-ada')) as [
  { HostConfig: Record<string, unknown> },
]
const ask = 'fetch(process.env.JUPYTERHUB_API_URL).then(({ status }) => console.log(status))'
const hubAnswers = await docker('exec', 'jupyter-ada', 'node', '-e', ask)
await docker('exec', 'jupyter-ada', 'sh', '-c', 'echo notes > /home/jovyan/work/notes')
await stop(ada)
await start(ada)
const kept = await docker('exec', 'jupyter-ada', 'cat', '/home/jovyan/work/notes')
await stop(ada)
const { Memory, CpuQuota, PidsLimit, CapDrop } = host
const left = await docker('ps', '--all', '--quiet')
process.stdout.write(JSON.stringify({ limits: { Memory, CpuQuota, PidsLimit, CapDrop }, hubAnswers, kept, left }))

import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from './client.mjs'

const TOKEN = 'benchtoken'
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * Starts the proxies to compare: ours, the one CHP names, and each NAME=COMMAND of the command line, to which the
 * usual flags are added.
 *
 * @returns for each its name, port, process id, and a client of its API
 */
export async function startProxies(specs) {
  // What was built before the last change would be measured in its place.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const commands = [
    ['ours', join(root, 'packages/configurable-http-proxy/bin/configurable-http-proxy.js')],
    ...(process.env.CHP ? [['npm', process.env.CHP]] : []),
    ...specs.map((spec) => [spec.slice(0, spec.indexOf('=')), spec.slice(spec.indexOf('=') + 1)]),
  ]
  return await Promise.all(commands.map(([name, command]) => startProxy(name, command)))
}

async function startProxy(name, command) {
  const [port, apiPort] = [await freePort(), await freePort()]
  const flags = `--ip=127.0.0.1 --port=${port} --api-ip=127.0.0.1 --api-port=${apiPort} --log-level=error`
  const env = { ...process.env, CONFIGPROXY_AUTH_TOKEN: TOKEN }
  // On a cpu of their own: what a message costs depends on where the other side runs.
  const pin = cpus().length > 1 ? 'taskset -c 0 ' : ''
  const child = spawn('bash', ['-c', `exec ${pin}${command} ${flags}`], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  process.on('exit', () => child.kill('SIGKILL'))
  const api = createClient(apiPort, TOKEN)
  for (let tries = 0; ; tries++) {
    try {
      await api('GET', '/api/routes')
      break
    } catch (error) {
      if (tries === 100 || child.exitCode !== null) throw new Error(`${name} did not start`, { cause: error })
      await wait(100)
    }
  }
  return {
    name,
    port,
    apiPort,
    token: TOKEN,
    pid: child.pid,
    api,
    stop: () =>
      new Promise((resolve) => {
        child.on('close', resolve)
        child.kill('SIGKILL')
      }),
  }
}

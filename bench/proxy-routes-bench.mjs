// proxy-routes-bench.mjs [NAME=COMMAND...]: ROUTES routes added over the API, ten at a time as a hub does; then the whole
// table read, requests found among them, and all deleted. Before that one by one over one connection, and requests among
// ten routes: a look-up costs the same with any number. Side by side, one proxy after the other.
import { performance } from 'node:perf_hooks'
import { createServer, Agent, request } from 'node:http'
import { connect } from 'node:net'
import { cpuSeconds, memoryMb } from './lib/processes.mjs'
import { startProxies } from './lib/proxies.mjs'

const ROUTES = Number(process.env.ROUTES ?? 10_000)
const AT_A_TIME = 10
const FEW = 10
const REQUESTS = 2_000

const target = createServer((_request, response) => response.end('ok'))
await new Promise((resolve) => target.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${target.address().port}`
const agent = new Agent({ keepAlive: true })

for (const proxy of await startProxies(process.argv.slice(2))) {
  const { name, api, pid, port } = proxy
  const say = (what, result) => console.log(`${name} ${what}: ${result}`)
  const path = (i) => `/api/routes/user/user-${i}`
  const expect = (status, answer) => {
    if (answer.status !== status) throw new Error(`${name}: ${answer.status} ${answer.text}`)
    return answer
  }
  say('memory before', `${memoryMb(pid)} MB`)
  const body = (i) => ({ target: url, user: `user-${i}`, server_name: '', jupyterhub: true })
  const one = await plainClient(proxy)
  say('add, one by one', await timed(pid, ROUTES, (i) => one('POST', path(i), body(i), 201), 1))
  say('delete, one by one', await timed(pid, ROUTES - FEW, (i) => one('DELETE', path(i + FEW), undefined, 204), 1))
  say(`request among ${FEW} routes`, await timed(pid, REQUESTS, (i) => get(port, `/user/user-${i % FEW}/lab`)))
  one.close()
  say('add', await timed(pid, ROUTES, async (i) => expect(201, await api('POST', path(i), body(i)))))
  say('memory with routes', `${memoryMb(pid)} MB`)
  say('read the table', await timed(pid, 5, async () => expect(200, await api('GET', '/api/routes')), 1))
  say(
    `request among ${ROUTES} routes`,
    await timed(pid, REQUESTS, (i) => get(port, `/user/user-${(i * 7919) % ROUTES}/lab`)),
  )
  say('delete', await timed(pid, ROUTES, async (i) => expect(204, await api('DELETE', path(i)))))
  await proxy.stop()
}
target.close()
target.closeAllConnections()
agent.destroy()
process.exit()

async function timed(pid, count, act, atATime = AT_A_TIME) {
  const before = cpuSeconds(pid)
  const startedAt = performance.now()
  let next = 0
  const worker = async () => {
    for (let i = next++; i < count; i = next++) await act(i)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  const each = (seconds) => `${((seconds * 1e6) / count).toFixed(0)} us`
  return `${each((performance.now() - startedAt) / 1_000)} each, ${each(cpuSeconds(pid) - before)} of cpu`
}

/** One connection and next to no cpu of its own, so that what is measured is the proxy. */
async function plainClient({ apiPort, token }) {
  const socket = connect(apiPort, '127.0.0.1').setNoDelay(true)
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const ask = (method, path, body, status) =>
    new Promise((resolve, reject) => {
      const data = body === undefined ? '' : JSON.stringify(body)
      socket.once('data', (bytes) => {
        if (bytes.includes(` ${status} `)) resolve()
        else reject(new Error(bytes.toString()))
      })
      const length = data === '' ? '' : `Content-Length: ${data.length}\r\n`
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: token ${token}\r\n${length}\r\n${data}`)
    })
  return Object.assign(ask, { close: () => socket.destroy() })
}

function get(port, path) {
  return new Promise((resolve, reject) => {
    request({ agent, host: '127.0.0.1', port, path }, (response) => {
      response
        .resume()
        .on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode)))))
    })
      .on('error', reject)
      .end()
  })
}

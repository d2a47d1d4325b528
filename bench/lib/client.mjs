import { execSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const agent = new http.Agent({ keepAlive: true, maxSockets: 200 })
const REQUEST_TIMEOUT_MS = 120_000
const TRIES_AFTER_A_CUT = 3

/** Requests to one hub with an admin token. */
export function createClient(port, token) {
  const once = (method, path, body) =>
    new Promise((resolve, reject) => {
      const data = body === undefined ? undefined : JSON.stringify(body)
      const headers = { authorization: `token ${token}` }
      if (data !== undefined)
        Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) })
      const request = http.request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode, text, json: () => JSON.parse(text) }))
      })
      request.setTimeout(REQUEST_TIMEOUT_MS, () => request.destroy(new Error('timeout')))
      request.on('error', reject)
      request.end(data)
    })
  return async (method, path, body) => {
    for (let tries = 0; ; tries++) {
      try {
        return await once(method, path, body)
      } catch (error) {
        // A kept connection may be closed by the other side just when it is used again.
        if (tries === TRIES_AFTER_A_CUT || !/hang up|ECONNRESET/.test(error.message)) throw error
      }
    }
  }
}

/** Requests per second through wrk, or what went wrong if more than 1 % of them failed. */
export function rate({ port, token, path, connections, seconds, method = 'GET', body }) {
  const script = join(tmpdir(), `hub-bench-${process.pid}.lua`)
  const lines = [`wrk.method = "${method}"`, `wrk.headers["Authorization"] = "token ${token}"`]
  if (body) lines.push('wrk.headers["Content-Type"] = "application/json"', `wrk.body = [==[${JSON.stringify(body)}]==]`)
  execSync(`cat > ${script}`, { input: lines.join('\n') })
  const command = `wrk -t1 -c${connections} -d${seconds}s --timeout 30s -s ${script} http://127.0.0.1:${port}${path}`
  const output = execSync(command, { encoding: 'utf8' })
  rmSync(script)
  const count = (pattern) => Number(pattern.exec(output)?.[1] ?? 0)
  const failed = count(/Non-2xx or 3xx responses: (\d+)/)
  const all = count(/(\d+) requests in/)
  return failed > all / 100 ? `${failed} of ${all} failed` : count(/Requests\/sec:\s+([\d.]+)/)
}

/** Runs `work` over all items, at most `width` at once; answers in the order of completion. */
export async function pool(items, width, work) {
  const answers = []
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) answers.push(await work(item))
  }
  await Promise.all(Array.from({ length: width }, worker))
  return answers
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

import { createServer } from 'node:http'
import { join } from 'node:path'
import {
  Browser,
  type Child,
  freePort,
  isAlive,
  repository,
  singleuserCommand,
  startChild,
  waitFor,
} from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

// Real programs, many of them: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const app = join(repository, 'packages/singleuser/test/app.mjs')
/** Answers the question for the version, and knows one token. */
const hub = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  if (request.url?.endsWith('/user')) {
    if (request.headers.authorization !== 'token good') {
      response.writeHead(403).end('{"status": 403, "message": "no"}')
      return
    }
    const scopes = ['access:servers!server=ada/']
    response.end(
      JSON.stringify({ kind: 'user', name: 'ädä, x', groups: ['a b', 'c'], scopes, token_id: null, session_id: null }),
    )
  } else response.end('{"version": "6.0.0"}')
})
let hubPort: number

beforeAll(async () => {
  hubPort = await freePort()
  await new Promise<void>((resolve) => hub.listen(hubPort, '127.0.0.1', resolve))
})
afterAll(() => {
  hub.closeAllConnections()
  hub.close()
})

interface Run {
  readonly child: Child
  readonly url: string
}

async function run(options: string[], words: string[], env: Record<string, string> = {}): Promise<Run> {
  const port = await freePort()
  const child = startChild({
    command: [...singleuserCommand(), ...options, '--', process.execPath, app, '{port}', ...words],
    env: {
      JUPYTERHUB_USER: 'ada',
      JUPYTERHUB_API_TOKEN: 's3cret',
      JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-ada',
      JUPYTERHUB_API_URL: `http://127.0.0.1:${hubPort}/hub/api`,
      JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${port}/user/ada/`,
      JUPYTERHUB_SERVICE_PREFIX: '/user/ada/',
      JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:servers!server=ada/", "access:servers!user=ada"]',
      ...env,
    },
  })
  return { child, url: `http://127.0.0.1:${port}/user/ada/` }
}

const get = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(5_000) })
const good = { authorization: 'Bearer good' }

async function untilUp({
  child,
  url,
}: Run): Promise<{ pid: number; headers: Record<string, string>; secret?: string }> {
  return waitFor(
    async () => {
      if (child.hasExited()) throw new Error(child.log())
      const answer = await get(url, good)
      return (
        answer.status === 200 &&
        ((await answer.json()) as { pid: number; headers: Record<string, string>; secret?: string })
      )
    },
    { deadlineMs: 30_000 },
  )
}

describe('hub-singleuser, the command', () => {
  test('ends with the status of its app', async () => {
    const one = await run([], ['fails'])
    await using _one = one.child
    expect(await one.child.exited).toMatchObject({ code: 7 })
    const other = await run([], [])
    await using _other = other.child
    await untilUp(other)
    await get(`${other.url}end`, good).catch(() => undefined)
    expect(await other.child.exited).toMatchObject({ code: 3 })
  })

  test('ends an app that takes no notice of SIGTERM, and the children of the app', async () => {
    const server = await run(['--stop-timeout', '1'], ['stubborn', 'child'])
    await using _server = server.child
    const { pid } = await untilUp(server)
    expect(await server.child.stop('SIGTERM')).toMatchObject({ code: 0 })
    await waitFor(() => !isAlive(pid))
  })

  test('killed itself, it takes the app and its children along', async () => {
    const server = await run(['--stop-timeout', '1'], ['stubborn', 'child'])
    await using _server = server.child
    const { pid } = await untilUp(server)
    await server.child.stop('SIGKILL')
    await waitFor(() => !isAlive(pid), { deadlineMs: 20_000 })
  })

  test('names that no header can hold are told percent-encoded; the token is shared when asked for', async () => {
    const server = await run(['--share-token'], [])
    await using _server = server.child
    const { headers, secret } = await untilUp(server)
    expect(headers).toMatchObject({ 'x-forwarded-user': '%C3%A4d%C3%A4%2C%20x', 'x-forwarded-groups': 'a%20b,c' })
    expect(secret).toBe('s3cret')
    expect(server.child.log()).not.toContain('s3cret')
  })

  test('a token in the address counts only where that is switched on, and goes into the cookie at once', async () => {
    const server = await run([], [], { JUPYTERHUB_ALLOW_TOKEN_IN_URL: '1' })
    await using _server = server.child
    await untilUp(server)
    await using browser = new Browser(new URL(server.url).origin)
    const page = await browser.get(`${server.url}x?a=1&token=good`, { follow: false })
    expect(page.location).toBe('/user/ada/x?a=1')
    expect(browser.cookies.header('/user/ada/')).not.toContain('good')
    expect((await browser.get(`${server.url}x?a=1`, { follow: false })).status).toBe(200)
    const called = (await (await get(`${server.url}x?token=good&a=1`)).json()) as { url: string }
    expect(called.url).toBe('/x?a=1')
  })

  test.each([
    [['--app-prot', '1', '--', 'x'], 2, /Unknown option --app-prot/],
    [[], 2, /command of the app is missing/],
    [['--', 'x'], 1, /JUPYTERHUB_SERVICE_PREFIX is not set/],
    [['--help'], 0, /hub-singleuser/],
    [['--version'], 0, /^\d+\.\d+\.\d+/],
  ])('%j ends with status %i and says why', async (args, code, says) => {
    await using child = startChild({ command: [...singleuserCommand(), ...args] })
    expect(await child.exited).toMatchObject({ code })
    expect(child.log()).toMatch(says)
  })

  test('words in braces that are unknown, and programs that are missing, are named', async () => {
    const wrong = await run([], ['{prot}'])
    await using _wrong = wrong.child
    expect(await wrong.child.exited).toMatchObject({ code: 1 })
    expect(wrong.child.log()).toMatch(/\{prot\}.*\{port\}/)
  })
})

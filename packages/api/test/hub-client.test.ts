import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HubAnswerError, HubApiClient, HubUnreachableError } from '../src/client.js'
import { listShareCodesOfServer } from '../src/index.js'

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

let server: Server
let client: HubApiClient
let seen: Seen[]
let answer: (request: Seen, response: ServerResponse) => void

const json = (status: number, body: unknown) => (_: Seen, response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const nothing = (status: number) => (_: Seen, response: ServerResponse) => void response.writeHead(status).end()

/** A hub as far as the wire goes: tests say what it answers, and look at what it was asked. */
beforeEach(async () => {
  seen = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      seen.push({ method, url, headers, body })
      answer({ method, url, headers, body }, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = clientOf({})
})

afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function clientOf(options: object): HubApiClient {
  const { port } = server.address() as AddressInfo // listens on TCP
  return new HubApiClient({ apiUrl: `http://127.0.0.1:${port}/base/hub/api/`, token: 't0ken', ...options })
}

describe('a call', () => {
  test('carries token, path and body as the contract has them', async () => {
    answer = nothing(202)
    const { status } = await client.startServer('a/b', '', { user_options: { profile: 'big' } })
    expect(status).toBe(202)
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/base/hub/api/users/a%2Fb/servers/',
      headers: { authorization: 'token t0ken', 'content-type': 'application/json' },
      body: '{"user_options":{"profile":"big"}}',
    })
  })

  test('without a body sends none', async () => {
    answer = nothing(204)
    await client.stopServer('ada', 'lab')
    expect(seen[0]).toMatchObject({ method: 'DELETE', url: '/base/hub/api/users/ada/servers/lab', body: '' })
    expect(seen[0]?.headers).not.toHaveProperty('content-type')
  })

  test('can be made by contract', async () => {
    const page = { items: [], _pagination: { offset: 0, limit: 50, total: 0, next: null } }
    answer = json(200, page)
    const params = { owner: 'ada', server: 'lab' }
    expect(await client.call(listShareCodesOfServer, { params, query: { limit: 5 } })).toEqual({
      status: 200,
      body: page,
    })
    expect(seen[0]?.url).toBe('/base/hub/api/share-codes/ada/lab?limit=5')
  })

  test('reports activity in the form of the hub', async () => {
    answer = nothing(200)
    await client.reportActivity('ada', new Date(1_700_000_000_000), { '': new Date(1_700_000_000_500) })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      last_activity: '2023-11-14T22:13:20Z',
      servers: { '': { last_activity: '2023-11-14T22:13:20.500000Z' } },
    })
  })
})

describe('lists', () => {
  test('are read page by page', async () => {
    const pages = [
      {
        items: [{ name: 'a' }, { name: 'b' }],
        _pagination: { offset: 0, limit: 2, total: 3, next: { offset: 2, limit: 2, url: '' } },
      },
      { items: [{ name: 'c' }], _pagination: { offset: 2, limit: 2, total: 3, next: null } },
    ]
    answer = (request, response) => json(200, pages[request.url?.includes('offset=2') ? 1 : 0])(request, response)
    const names: unknown[] = []
    for await (const { name } of clientOf({ pageSize: 2 }).users({ state: 'active' })) names.push(name)
    expect(names).toEqual(['a', 'b', 'c'])
    expect(seen.map(({ url }) => url)).toEqual([
      '/base/hub/api/users?state=active&offset=0&limit=2',
      '/base/hub/api/users?state=active&offset=2&limit=2',
    ])
    expect(seen[0]?.headers.accept).toContain('application/jupyterhub-pagination+json')
  })

  test('from hubs without pages are read at once', async () => {
    answer = json(200, [{ kind: 'group', name: 'g' }])
    const groups: unknown[] = []
    for await (const group of client.groups()) groups.push(group)
    expect(groups).toEqual([{ kind: 'group', name: 'g' }])
  })
})

describe('progress', () => {
  test('is followed to its last event, however it is cut into pieces', async () => {
    const events = [
      { progress: 0, message: 'Server requested' },
      { progress: 100, ready: true, message: 'Zoë', url: '/user/ada/' },
    ]
    const bytes = Buffer.from(`\n\n${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}\n\n`)
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const byte of bytes) response.write(Buffer.of(byte))
      response.end()
    }
    const got: unknown[] = []
    for await (const event of client.followProgress('ada')) got.push(event)
    expect(got).toEqual(events)
  })

  test('of a server that does not start is an error', async () => {
    answer = json(400, { status: 400, message: 'ada/ is not pending' })
    await expect(client.followProgress('ada').next()).rejects.toThrow(/400: ada\/ is not pending/)
  })
})

describe('trouble', () => {
  test('is told in the words of the hub', async () => {
    answer = json(403, { status: 403, message: 'Missing or invalid credentials.' })
    await expect(client.whoami()).rejects.toThrow(HubAnswerError)
    await expect(client.whoami()).rejects.toThrow(/GET \/user with 403: Missing or invalid credentials/)
  })

  test('of not being there is none for look-ups', async () => {
    answer = json(404, { status: 404, message: null })
    expect(await client.user('ada')).toBeUndefined()
    await expect(client.deleteUser('ada')).rejects.toMatchObject({ answerStatus: 404 })
  })

  test('with something that is no hub is noticed', async () => {
    answer = (_, response) => void response.writeHead(200).end('<html>')
    await expect(client.version()).rejects.toThrow(/is this the API of a hub/)
  })

  test('with reaching the hub is told with its address, never with the token', async () => {
    const nowhere = new HubApiClient({ apiUrl: 'http://127.0.0.1:1/hub/api', token: 't0ken' })
    const failure = await nowhere.version().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(HubUnreachableError)
    expect(String(failure)).toContain('127.0.0.1:1')
    expect(String(failure)).not.toContain('t0ken')
    await nowhere.close()
  })

  test('a hub that does not answer is left after the deadline', async () => {
    answer = () => {}
    await expect(clientOf({ deadlineMs: 50 }).version()).rejects.toThrow(HubUnreachableError)
  })

  test('an aborted call throws the reason of its signal', async () => {
    const abort = new AbortController()
    answer = () => abort.abort(new Error('enough'))
    await expect(client.version({ signal: abort.signal })).rejects.toThrow('enough')
    await expect(client.version({ signal: abort.signal })).rejects.toThrow('enough')
    expect(seen).toHaveLength(1)
  })
})

test('a hub on a unix socket is reached by its path', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hub-client-'))
  const path = join(directory, 'hub.sock')
  const local = createServer((_, response) => response.end('{"version":"6.0.0"}'))
  await new Promise<void>((resolve) => local.listen(path, resolve))
  const hub = new HubApiClient({ apiUrl: `http+unix://${encodeURIComponent(path)}/hub/api` })
  expect(await hub.version()).toBe('6.0.0')
  await hub.close()
  await new Promise((resolve) => local.close(resolve))
  await rm(directory, { recursive: true })
})

import { createVerify, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type JsonObject, type Log, silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GoogleOAuthenticator } from '../../src/oauth/index.js'
import { googleConfigurable } from '../../src/oauth/presets/google-config.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const never = new AbortController().signal

/** What answers like Google: who a token belongs to, tokens for service accounts, groups of members in pages. */
const people = new Map<string, JsonObject>()
const members = new Map<string, readonly string[]>()
const asked: string[] = []
const assertions: JsonObject[] = []
let serverSays: ((url: URL) => number | undefined) | undefined
const server = createServer((request, response) => {
  void answer(request).then(([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
})

async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  const url = new URL(request.url ?? '', origin)
  asked.push(`${url.pathname}${url.search}`)
  const failed = serverSays?.(url)
  if (failed !== undefined) return [failed, { error: 'on_purpose' }]
  const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (url.pathname === '/userinfo') return people.has(bearer) ? [200, people.get(bearer)] : [401, {}]
  if (url.pathname === '/token') {
    const given = new URLSearchParams(await text(request))
    const [head = '', claims = '', signature = ''] = (given.get('assertion') ?? '').split('.')
    const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
    if (!isSigned || !(given.get('grant_type') ?? '').endsWith('jwt-bearer')) return [400, { error: 'invalid_grant' }]
    assertions.push(JSON.parse(Buffer.from(claims, 'base64url').toString()) as JsonObject)
    return [200, { access_token: 'for-the-directory', expires_in: 3600 }]
  }
  if (bearer !== 'for-the-directory') return [403, {}]
  const groups = members.get(url.searchParams.get('userKey') ?? '') ?? []
  // One a page.
  const page = Number(url.searchParams.get('pageToken') ?? '0')
  const email = groups[page]
  return [
    200,
    {
      ...(email === undefined ? {} : { groups: [{ email }] }),
      ...(page + 1 < groups.length ? { nextPageToken: String(page + 1) } : {}),
    },
  ]
}

let origin: string
let folder: string
let keyFile: string
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), 'google-'))
  keyFile = join(folder, 'key.json')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const key = { client_email: 'hub@project.example', private_key: pem, token_uri: `${origin}/token` }
  await writeFile(keyFile, JSON.stringify(key))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  people.clear()
  members.clear()
  asked.length = 0
  assertions.length = 0
  serverSays = undefined
})

class AtTestServer extends GoogleOAuthenticator {
  protected override readonly directoryUrl = `${origin}/directory`
}

function google(options: InputsOf<typeof googleConfigurable> = {}, log: Log = silentLog): GoogleOAuthenticator {
  const config = valuesWith(googleConfigurable, {
    client_id: 'hub',
    issuer: '',
    authorize_url: `${origin}/authorize`,
    token_url: `${origin}/token`,
    userdata_url: `${origin}/userinfo`,
    hosted_domain: 'example.org',
    google_service_account_keys: { 'example.org': keyFile },
    gsuite_administrator: { 'example.org': 'root' },
    ...options,
  })
  return new AtTestServer({ config, log, isExistingUser: async () => false })
}

/** What is known of ada, and what becomes of her, at a refresh: the same way as at a login. */
async function refreshed(authenticator: GoogleOAuthenticator, more: JsonObject = {}) {
  people.set('ada-token', { sub: '1', email: 'Ada@example.org', email_verified: true, hd: 'example.org', ...more })
  const authState = async (): Promise<JsonObject> => ({ access_token: 'ada-token' })
  const outcome = await authenticator.refreshUser(
    { name: 'ada', admin: false, groups: [], authState },
    undefined,
    never,
  )
  await authenticator.stop()
  return outcome
}

describe('groups of a Google Workspace', () => {
  test('become the user’s; the service account asks in the name of an administrator', async () => {
    members.set('ada@example.org', ['crew@example.org', 'Navy@example.org'])
    const outcome = await refreshed(google({ allow_all: true }))
    expect(outcome).toMatchObject({ groups: ['crew', 'navy'] })
    expect(assertions).toEqual([
      expect.objectContaining({
        iss: 'hub@project.example',
        sub: 'root@example.org',
        aud: `${origin}/token`,
        scope: 'https://www.googleapis.com/auth/admin.directory.group.readonly',
      }),
    ])
  })

  test('let in whoever is a member, and nobody else', async () => {
    const rules = { allowed_google_groups: { 'example.org': ['crew'] } }
    expect(await refreshed(google(rules))).toBe(false)
    members.set('ada@example.org', ['crew@example.org'])
    expect(await refreshed(google(rules))).toMatchObject({ groups: ['crew'] })
  })

  test('make administrators, until they are left', async () => {
    const rules = { allow_all: true, admin_google_groups: { 'example.org': ['bridge'] } }
    members.set('ada@example.org', ['bridge@example.org'])
    expect(await refreshed(google(rules))).toMatchObject({ admin: true })
    members.set('ada@example.org', [])
    expect(await refreshed(google(rules))).toMatchObject({ admin: false })
  })

  test('count with those they are members of, if that is wanted, even in a circle', async () => {
    members.set('ada@example.org', ['crew@example.org'])
    members.set('crew@example.org', ['ship@example.org'])
    members.set('ship@example.org', ['crew@example.org'])
    expect(await refreshed(google({ allow_all: true }))).toMatchObject({ groups: ['crew'] })
    expect(await refreshed(google({ allow_all: true, include_nested_groups: true }))).toMatchObject({
      groups: ['crew', 'ship'],
    })
  })

  test('of another domain are other groups: an address alone proves nothing', async () => {
    members.set('ada@example.org', ['crew@example.org'])
    const open = { hosted_domain: [], allowed_google_groups: { 'example.org': ['crew'] } }
    // A private account may have any verified address; without the domain Google is not even asked.
    expect(await refreshed(google(open), { hd: null })).toBe(false)
    expect(await refreshed(google(open), { hd: 'other.example' })).toBe(false)
    expect(asked.filter((path) => path.startsWith('/directory'))).toEqual([])
  })

  test('that cannot be asked for leave the user as it is, for a while; that a key has no right is told', async () => {
    const events: string[] = []
    serverSays = ({ pathname }) => (pathname === '/token' ? 401 : undefined)
    const log: Log = {
      ...silentLog,
      warn: (event, fields) => void events.push(`${event} ${String(fields?.['error'])}`),
    }
    expect(await refreshed(google({ allow_all: true }, log))).toBe(true)
    expect(events.join()).toContain('domain-wide delegation')
  })

  test('need a key and an administrator: without, the start is refused', () => {
    const rules = { allowed_google_groups: { 'example.org': ['crew'] }, google_service_account_keys: {} }
    expect(() => google(rules).checkAllowConfig()).toThrow('gsuite_administrator')
  })
})

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { genericConfigurable } from '../../src/oauth/oauth-config.js'
import { OidcService } from '../../src/oauth/oidc-service.js'
import { ServiceHttp } from '../../src/oauth/service-http.js'

/** A provider that says whatever a test wants; the real one cannot be made to lie. */
let server: Server
let issuer: string
let answer: Record<string, unknown>
let user: Record<string, unknown>
const keyPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const [ours, other] = [keyPair(), keyPair()]

beforeAll(async () => {
  server = createServer((request, response) => {
    const reply = (body: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.url === '/.well-known/openid-configuration')
      reply({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/me`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['public'],
      })
    else if (request.url === '/jwks')
      reply({ keys: [{ ...ours.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] })
    else if (request.url === '/token') reply(answer)
    else reply(user)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
beforeEach(() => {
  answer = { access_token: 'a', token_type: 'bearer', id_token: idToken({}) }
  user = { sub: '1', name: 'ada' }
})

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
function idToken(claims: Record<string, unknown>, by: { key?: KeyObject | null; alg?: string } = {}): string {
  const { key = ours.privateKey, alg = 'RS256' } = by
  const now = Math.floor(Date.now() / 1000)
  const body = { iss: issuer, aud: 'hub', sub: '1', iat: now, exp: now + 60, nonce: login.nonce, ...claims }
  const text = `${part({ alg, kid: 'k' })}.${part(body)}`
  return `${text}.${key === null ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const login = { state: 's'.repeat(43), verifier: 'v'.repeat(43), nonce: 'n'.repeat(43), next: '' }
function service(options: InputsOf<typeof genericConfigurable>) {
  const config = valuesWith(genericConfigurable, { client_id: 'hub', client_secret: 'x', ...options })
  return new OidcService(config, new ServiceHttp(config), silentLog)
}
const returned = new URL(`https://hub.example/hub/oauth_callback?code=c&state=${login.state}`)
const never = new AbortController().signal

describe('an id token', () => {
  test('that is right says who it is', async () => {
    expect((await service({ issuer }).finish(login, returned, never)).claims).toMatchObject({ sub: '1' })
  })

  test.each([
    ['signed with another key', () => idToken({}, { key: other.privateKey })],
    ['not signed at all', () => idToken({}, { key: null, alg: 'none' })],
    ['with its signature cut off', () => idToken({}, { key: null })],
    ['of another issuer', () => idToken({ iss: 'https://evil.example' })],
    ['for another client', () => idToken({ aud: 'somebody-else' })],
    ['that has expired', () => idToken({ exp: Math.floor(Date.now() / 1000) - 600 })],
    ['of another login', () => idToken({ nonce: 'other' })],
    ['without a nonce', () => idToken({ nonce: undefined })],
    ['that is none', () => 'x.y.z'],
    ['that is missing', () => undefined],
  ])('%s lets nobody in', async (_what, make) => {
    answer = { ...answer, id_token: make() }
    await expect(service({ issuer }).finish(login, returned, never)).rejects.toMatchObject({ status: 403 })
  })

  test('does not fit the data of another person', async () => {
    const to = service({ issuer })
    const { claims } = await to.finish(login, returned, never)
    user = { sub: '2', name: 'eve' }
    await expect(to.userOf('a', claims, never)).rejects.toThrow('somebody else')
  })

  test('of a service without issuer is not looked at: it is asked who it is', async () => {
    answer = { ...answer, id_token: idToken({ sub: 'forged' }, { key: null, alg: 'none' }) }
    const plain = service({
      authorize_url: `${issuer}/authorize`,
      token_url: `${issuer}/token`,
      userdata_url: `${issuer}/me`,
    })
    const got = await plain.finish(login, returned, never)
    expect([got.idToken, got.claims]).toEqual([undefined, undefined])
    expect(await plain.userOf(got.accessToken, got.claims, never)).toEqual(user)
    expect(JSON.stringify(got)).not.toContain('forged')
  })
})

test('a service without addresses says which are missing', async () => {
  await expect(service({}).authorizeUrl(login, returned.href, never)).rejects.toThrow('authorize_url must be a URL')
})

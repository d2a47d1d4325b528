import { describe, expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { type IdentityApp, type IdentityAppOptions, startIdentityApp } from '../login/identity-app.js'
import { challengeOf, codeFor, register, requestToken, serverClient, type TestClient } from './oauth-app.js'

interface OAuthApp extends AsyncDisposable {
  readonly app: IdentityApp
  readonly client: TestClient
  readonly user: userStore.User
  readonly newCode: (more?: Readonly<Record<string, string>>) => Promise<string>
  readonly sessionId: string
}

async function startOAuthApp(options: IdentityAppOptions = {}): Promise<OAuthApp> {
  const app = await startIdentityApp(options)
  const browser = await app.loggedIn('ada')
  const user = await userStore.findByName(app.database.read, 'ada')
  if (user === undefined) throw new Error('nobody logged in')
  const client = await serverClient(app, user)
  return {
    app,
    client,
    user,
    newCode: (more) => codeFor(browser, client, more),
    sessionId: browser.cookies.get('jupyterhub-session-id') ?? '',
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

test('a code becomes a token of that user and client, bound to the session of the browser', async () => {
  await using at = await startOAuthApp()
  const reply = await requestToken(at.app, at.client, { code: await at.newCode(), redirect_uri: at.client.redirectUri })
  expect(reply.status).toBe(200)
  expect(reply.body).toEqual({
    access_token: expect.stringMatching(/^[A-Za-z0-9]{30}$/),
    expires_in: 1_209_600,
    token_type: 'Bearer',
    scope: 'access:servers!server=ada/ read:users:groups!user read:users:name!user',
  })
  expect(reply.headers.get('content-type')).toBe('application/json')
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(reply.headers.get('pragma')).toBe('no-cache')
  const [row] = await tokenStore.listOf(at.app.database.read, { userId: at.user.id })
  expect(row).toMatchObject({ clientId: at.client.id, sessionId: at.sessionId, note: '' })
  expect(row?.expiresAt?.getTime()).toBe(at.app.now.ms + 1_209_600_000)
  expect(row?.hashed).not.toContain(String(reply.body['access_token']))
  const asked = await at.app.fetch('/hub/api/caller', {
    headers: { authorization: `Bearer ${String(reply.body['access_token'])}` },
  })
  expect(await asked.json()).toMatchObject({
    name: 'ada',
    scopes: ['access:servers!server=ada/', 'read:users:groups!user=ada', 'read:users:name!user=ada'],
  })
})

describe('refusals', () => {
  test('each has its own error, and the order in which they are found', async () => {
    await using at = await startOAuthApp()
    const code = await at.newCode()
    const { app, client } = at
    const refusal = async (fields: Readonly<Record<string, string | undefined>>) => {
      const { status, body, headers } = await requestToken(app, client, { code, ...fields })
      expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
      return [status, body]
    }
    const wrongClient = { client_id: 'nobody' }
    expect(await refusal({ grant_type: undefined, code: undefined, ...wrongClient })).toEqual([
      400,
      { error: 'unsupported_grant_type' },
    ])
    expect(await refusal({ grant_type: 'password' })).toEqual([400, { error: 'unsupported_grant_type' }])
    expect(await refusal({ grant_type: 'refresh_token' })).toEqual([400, { error: 'unsupported_grant_type' }])
    expect(await refusal({ code: undefined, ...wrongClient })).toEqual([
      400,
      { error: 'invalid_request', error_description: 'Missing code parameter.' },
    ])
    const unauthorized = [401, { error: 'invalid_client' }]
    expect(await refusal({ ...wrongClient, code: 'nonsense' })).toEqual(unauthorized)
    expect(await refusal({ client_id: undefined })).toEqual(unauthorized)
    expect(await refusal({ client_secret: undefined })).toEqual(unauthorized)
    expect(await refusal({ client_secret: '' })).toEqual(unauthorized)
    expect(await refusal({ client_secret: `${client.secret}x` })).toEqual(unauthorized)
    expect(await refusal({ client_id: 'jupyterhub', client_secret: '' })).toEqual(unauthorized)
    expect(await refusal({ client_id: 'jupyterhub', client_secret: 'x' })).toEqual(unauthorized)
    expect(await refusal({ client_secret: 'x'.repeat(500_000) })).toEqual(unauthorized)
    expect(await refusal({ code: 'nonsense' })).toEqual([400, { error: 'invalid_grant' }])
    expect(await refusal({ code: `${code}\0` })).toEqual([400, { error: 'invalid_grant' }])
    expect(await refusal({ redirect_uri: '/user/eve/oauth_callback' })).toEqual([
      400,
      { error: 'invalid_request', error_description: 'Mismatching redirect URI.' },
    ])
    // None of these has used the code up.
    expect((await requestToken(app, client, { code })).status).toBe(200)
  })

  test('a refused client is told how to authenticate; HTTP Basic is no way to', async () => {
    await using at = await startOAuthApp()
    const { app, client } = at
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64')
    const fields = { code: await at.newCode(), client_id: undefined, client_secret: undefined }
    const { status, headers } = await requestToken(app, client, fields, { authorization: `Basic ${basic}` })
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_client"'])
  })

  test('a code of another client is worth nothing', async () => {
    await using at = await startOAuthApp()
    const other = await register(at.app, 'service-other', '/services/other/oauth_callback')
    const { status, body } = await requestToken(at.app, other, { code: await at.newCode() })
    expect([status, body]).toEqual([400, { error: 'invalid_grant' }])
  })

  test('a code is good for five minutes', async () => {
    await using at = await startOAuthApp()
    const [early, late] = [await at.newCode(), await at.newCode()]
    at.app.now.ms += 298_000
    expect((await requestToken(at.app, at.client, { code: early })).status).toBe(200)
    at.app.now.ms += 3_000
    expect((await requestToken(at.app, at.client, { code: late })).body).toEqual({ error: 'invalid_grant' })
  })

  test('a code is good once, also for twenty who come at the same time', async () => {
    await using at = await startOAuthApp()
    const code = await at.newCode()
    const replies = await Promise.all(Array.from({ length: 20 }, () => requestToken(at.app, at.client, { code })))
    const issued = replies.filter((reply) => reply.status === 200)
    expect(issued).toHaveLength(1)
    expect(replies.filter((reply) => reply.body['error'] === 'invalid_grant')).toHaveLength(19)
    expect(await tokenStore.listOf(at.app.database.read, { userId: at.user.id })).toHaveLength(1)
    expect((await requestToken(at.app, at.client, { code })).body).toEqual({ error: 'invalid_grant' })
  })

  test('other methods are answered 405, in JSON; a JSON body has no fields', async () => {
    await using at = await startOAuthApp()
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const reply = await at.app.fetch('/hub/api/oauth2/token', { method })
      expect([reply.status, reply.headers.get('content-type')]).toEqual([405, 'application/json'])
    }
    const json = await at.app.fetch('/hub/api/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'authorization_code' }),
    })
    expect(await json.json()).toEqual({ error: 'unsupported_grant_type' })
  })
})

describe('the caller', () => {
  test('may bring its own API token along, as servers do; whose it is plays no role', async () => {
    await using at = await startOAuthApp()
    const token = await at.app.token({ userId: at.user.id })
    for (const authorization of [`token ${token}`, 'token nonsense']) {
      const headers = { authorization }
      expect((await requestToken(at.app, at.client, { code: await at.newCode() }, headers)).status).toBe(200)
    }
  })

  test('must not be a page of another site', async () => {
    await using at = await startOAuthApp()
    const headers = { origin: 'https://evil.example.com' }
    const { status, body } = await requestToken(at.app, at.client, { code: await at.newCode() }, headers)
    expect([status, body['message']]).toEqual([403, "'_xsrf' argument missing from POST"])
  })
})

describe('PKCE', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const s256 = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' }

  test('the right verifier gets the token, a wrong one or none does not, and neither uses the code up', async () => {
    await using at = await startOAuthApp()
    const code = await at.newCode(s256)
    const ask = async (code_verifier?: string) => {
      const { status, body } = await requestToken(at.app, at.client, { code, code_verifier })
      return [status, body['error'], body['error_description']]
    }
    expect(await ask()).toEqual([400, 'invalid_request', 'Code verifier required.'])
    expect(await ask(`${verifier}x`)).toEqual([400, 'invalid_grant', undefined])
    expect(await ask(s256.code_challenge)).toEqual([400, 'invalid_grant', undefined])
    expect(await ask(verifier)).toEqual([200, undefined, undefined])
  })

  test('a challenge without method, or with plain, is its own verifier', async () => {
    await using at = await startOAuthApp()
    for (const more of [{ code_challenge: 'abc' }, { code_challenge: 'abc', code_challenge_method: 'plain' }]) {
      const wrong = await requestToken(at.app, at.client, { code: await at.newCode(more), code_verifier: 'abd' })
      expect(wrong.body).toEqual({ error: 'invalid_grant' })
      const right = await requestToken(at.app, at.client, { code: await at.newCode(more), code_verifier: 'abc' })
      expect(right.status).toBe(200)
    }
  })

  test('a verifier without a challenge is ignored, but when PKCE is required a code without challenge is worth nothing', async () => {
    await using at = await startOAuthApp()
    const code = await at.newCode()
    expect((await requestToken(at.app, at.client, { code, code_verifier: verifier })).status).toBe(200)
    await using strict = await startOAuthApp({ settings: { oauthRequirePkce: true } })
    const good = await strict.newCode(s256)
    await strict.app.database.write((tx) => tx.run('UPDATE oauth_codes SET code_challenge = NULL'))
    const reply = await requestToken(strict.app, strict.client, { code: good, code_verifier: verifier })
    expect(reply.body).toEqual({ error: 'invalid_grant' })
  })

  test('taking the challenge out of the request does not help who has stolen a code', async () => {
    await using at = await startOAuthApp()
    const code = await at.newCode(s256)
    expect((await requestToken(at.app, at.client, { code, code_verifier: '' })).body['error']).toBe('invalid_request')
  })
})

test('a token stops to work for a server that its user may not enter any more', async () => {
  await using at = await startOAuthApp()
  const { body } = await requestToken(at.app, at.client, { code: await at.newCode() })
  await at.app.database.write((tx) => roleStore.setRolesOf(tx, 'users', at.user.id, []))
  at.app.access.bump()
  const reply = await at.app.fetch('/hub/api/caller', {
    headers: { authorization: `token ${String(body['access_token'])}` },
  })
  expect(await reply.json()).toMatchObject({ name: 'ada', scopes: [] })
})

test('nothing secret is logged', async () => {
  await using at = await startOAuthApp()
  const code = await at.newCode()
  const { body } = await requestToken(at.app, at.client, { code })
  await requestToken(at.app, at.client, { code, client_secret: 'wrong-secret' })
  const log = JSON.stringify(at.app.log)
  for (const secret of [code, String(body['access_token']), at.client.secret, 'wrong-secret', at.sessionId, 'right']) {
    expect(log).not.toContain(secret)
  }
})

import { createHash, randomBytes } from 'node:crypto'
import type { Browser, Page } from '@hub/testkit'
import * as clientStore from '../../src/oauth/client-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import { hashToken } from '../../src/tokens/token-hash.js'
import type { User } from '../../src/users/user-store.js'
import { aService } from '../database/make.js'
import type { IdentityApp } from '../login/identity-app.js'

export interface TestClient {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
}

export interface ClientOptions {
  readonly allowedScopes?: readonly string[]
  readonly redirectUri?: string
  readonly noConfirm?: boolean
}

/** The OAuth client of a server, as a start registers it. */
export async function serverClient(app: IdentityApp, owner: User, options: ClientOptions = {}): Promise<TestClient> {
  const client = await register(app, `jupyterhub-user-${owner.name}`, `/user/${owner.name}/oauth_callback`, {
    ...options,
    allowedScopes: [...(options.allowedScopes ?? []), `access:servers!server=${owner.name}/`],
  })
  await app.database.write(async (tx) => {
    const known = await serverStore.find(tx, owner.id, '')
    const server = known ?? (await serverStore.create(tx, { userId: owner.id, name: '', displayName: '' }))
    await serverStore.update(tx, server.id, { oauthClientId: client.id })
  })
  app.access.bump()
  return client
}

/** The OAuth client of a service. */
export async function serviceClient(app: IdentityApp, name: string, options: ClientOptions = {}): Promise<TestClient> {
  const client = await register(app, `service-${name}`, `/services/${name}/oauth_callback`, {
    ...options,
    allowedScopes: [...(options.allowedScopes ?? []), `access:services!service=${name}`],
  })
  await app.database.write((tx) =>
    serviceStore.upsert(tx, aService(name, { oauthClientId: client.id, oauthNoConfirm: options.noConfirm ?? false })),
  )
  app.access.bump()
  return client
}

/** A client that nothing stands behind. */
export async function register(
  app: IdentityApp,
  id: string,
  redirectUri: string,
  options: ClientOptions = {},
): Promise<TestClient> {
  const secret = randomBytes(16).toString('hex')
  const client = { id, secret, redirectUri: options.redirectUri ?? redirectUri }
  await app.database.write((tx) =>
    clientStore.upsert(tx, {
      identifier: id,
      description: `The client ${id}`,
      secret: hashToken(secret, { rounds: 16_384 }).hashed,
      redirectUri: client.redirectUri,
      allowedScopes: options.allowedScopes ?? [],
    }),
  )
  return client
}

export const authorizePath = (client: TestClient, more: Readonly<Record<string, string>> = {}): string =>
  `/hub/api/oauth2/authorize?${new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    ...more,
  }).toString()}`

/** Asks for a code as a browser that comes from the client, and does not follow the answer. */
export const authorize = (
  browser: Browser,
  client: TestClient,
  more: Readonly<Record<string, string>> = {},
): Promise<Page> => browser.get(authorizePath(client, more), { follow: false })

/** What stands in the query of a redirect. */
export function answerOf(page: Page): Record<string, string> {
  if (page.status !== 302) throw new Error(`not redirected: ${page.status}\n${page.text}`)
  return Object.fromEntries(new URL(page.location ?? '', 'http://hub').searchParams)
}

/** A code, agreeing on the confirmation page if there is one. */
export async function codeFor(
  browser: Browser,
  client: TestClient,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const page = await authorize(browser, client, more)
  const answered =
    page.status === 200 ? await browser.submit(page, page.formWith('_xsrf'), {}, { follow: false }) : page
  const { code } = answerOf(answered)
  if (code === undefined) throw new Error(`no code: ${answered.location}`)
  return code
}

export interface TokenReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export async function requestToken(
  app: IdentityApp,
  client: TestClient,
  fields: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenReply> {
  const all: Readonly<Record<string, string | undefined>> = {
    grant_type: 'authorization_code',
    client_id: client.id,
    client_secret: client.secret,
    ...fields,
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const reply = await app.fetch('/hub/api/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(given).toString(),
  })
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as TokenReply['body'] } // a JSON object in any case
}

/** The whole flow: the scopes that the token resolves to. */
export async function tokenScopes(
  app: IdentityApp,
  browser: Browser,
  client: TestClient,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { body } = await requestToken(app, client, { code: await codeFor(browser, client, more) })
  const reply = await app.fetch('/hub/api/caller', {
    headers: { authorization: `token ${String(body['access_token'])}` },
  })
  return ((await reply.json()) as { scopes: string[] }).scopes // as the probe route answers
}

export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

import { randomUUID } from 'node:crypto'
import type { Sql } from '../../src/database/sql.js'
import * as serverStore from '../../src/servers/server-store.js'
import type * as serviceStore from '../../src/services/service-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'

/** A fixed time to count from; the fraction shows whether it survives. */
export const noon = new Date('2026-03-01T12:00:00.123Z')

export const secondsAfter = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000)

export async function makeUsers(tx: Sql, ...names: string[]): Promise<userStore.User[]> {
  return userStore.create(
    tx,
    names.map((name) => ({ name, cookieId: randomUUID(), created: noon })),
  )
}

export async function makeUser(tx: Sql, name = 'ada'): Promise<userStore.User> {
  const [user] = await makeUsers(tx, name)
  if (user === undefined) throw new Error('no user was made')
  return user
}

export const makeServer = (tx: Sql, userId: number, name = '') =>
  serverStore.create(tx, { userId, name, displayName: name })

export const address = { proto: 'http', ip: '127.0.0.1', port: 4321, baseUrl: '/user/ada/', cookieName: 'cookie' }

export const makeToken = (tx: Sql, owner: tokenStore.TokenOwner, more: Partial<tokenStore.NewToken> = {}) =>
  tokenStore.create(tx, {
    owner,
    hashed: `sha512:1:salt:${randomUUID()}`,
    prefix: 'abcd',
    clientId: 'jupyterhub',
    scopes: ['inherit'],
    note: 'a token',
    created: noon,
    expiresAt: null,
    ...more,
  })

export const aService = (name: string, more: Partial<serviceStore.NewService> = {}): serviceStore.NewService => ({
  name,
  admin: false,
  url: null,
  oauthClientAllowedScopes: [],
  info: {},
  display: true,
  oauthNoConfirm: false,
  command: [],
  cwd: null,
  environment: {},
  user: null,
  timeout: 30,
  fromConfig: true,
  oauthClientId: null,
  ...more,
})

export const aClient = (identifier: string) => ({
  identifier,
  description: `client ${identifier}`,
  secret: 'hash',
  redirectUri: '/callback',
  allowedScopes: ['b', 'a'],
})

import { expect, test } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as codeStore from '../../src/oauth/code-store.js'
import { exchangeCode } from '../../src/oauth/exchange-code.js'
import { hashToken } from '../../src/tokens/token-hash.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { onEveryDatabase } from '../database/both-databases.js'
import { aClient, makeUser, noon } from '../database/make.js'

onEveryDatabase('a code', (current) => {
  test('is exchanged once, however many try at the same time', async () => {
    const { database } = current()
    const user = await database.write(async (tx) => {
      const user = await makeUser(tx)
      await clientStore.upsert(tx, { ...aClient('lab'), secret: hashToken('client-secret', { rounds: 1 }).hashed })
      await codeStore.create(tx, {
        clientId: 'lab',
        code: 'the-code',
        expiresAt: Math.floor(noon.getTime() / 1_000) + 300,
        redirectUri: '/callback',
        sessionId: null,
        userId: user.id,
        scopes: ['read:users:name!user'],
        codeChallenge: null,
        codeChallengeMethod: null,
      })
      return user
    })
    const request = {
      code: 'the-code',
      clientId: 'lab',
      clientSecret: 'client-secret',
      redirectUri: undefined,
      codeVerifier: undefined,
    }
    const deps = { database, now: () => noon, tokenExpiresInSeconds: 60, requirePkce: false }
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => exchangeCode(request, deps)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ error: 'invalid_grant', status: 400 })
    }
    expect(await tokenStore.listOf(database.read, { userId: user.id })).toHaveLength(1)
  })

  test('with a zero byte in it, or in the name of the client, is simply unknown', async () => {
    const { database } = current()
    const deps = { database, now: () => noon, tokenExpiresInSeconds: 60, requirePkce: false }
    const request = {
      code: 'a\0b',
      clientId: 'la\0b',
      clientSecret: 'x',
      redirectUri: undefined,
      codeVerifier: undefined,
    }
    await expect(exchangeCode(request, deps)).rejects.toMatchObject({ error: 'invalid_client' })
  })
})

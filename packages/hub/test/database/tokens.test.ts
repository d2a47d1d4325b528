import { expect, test } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as codeStore from '../../src/oauth/code-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { DuplicateError } from '../../src/database/index.js'
import { onEveryDatabase } from './both-databases.js'
import { aClient, aService, makeServer, makeToken, makeUser, makeUsers, noon, secondsAfter } from './make.js'

const aCode = (userId: number, more: Partial<codeStore.OAuthCode> = {}) => ({
  clientId: 'jupyterhub',
  code: 'secret',
  expiresAt: Math.floor(noon.getTime() / 1000) + 300,
  redirectUri: '/callback',
  sessionId: 'session',
  userId,
  scopes: ['access:servers'],
  codeChallenge: 'challenge',
  codeChallengeMethod: 'S256',
  ...more,
})

onEveryDatabase('tokens', (current) => {
  test('a token is found by its prefix among its like, never once it has expired', async () => {
    const { database } = current()
    const { id } = await database.write((tx) => makeUser(tx))
    const made = await database.write((tx) => makeToken(tx, { userId: id }, { expiresAt: secondsAfter(noon, 60) }))
    await database.write((tx) => makeToken(tx, { userId: id }, { prefix: 'wxyz' }))
    await database.write((tx) => makeToken(tx, { userId: id }))
    expect(made).toMatchObject({ userId: id, serviceId: null, lastActivity: null, scopes: ['inherit'], created: noon })
    const candidates = (at: Date) => tokenStore.findCandidatesByPrefix(database.read, 'abcd', at)
    expect(await candidates(noon)).toHaveLength(2)
    expect(await candidates(noon)).toContainEqual(made)
    expect(await candidates(secondsAfter(noon, 60))).toHaveLength(1)
    expect(await tokenStore.findById(database.read, made.id)).toEqual(made)
    const again = database.write((tx) => makeToken(tx, { userId: id }, { hashed: made.hashed }))
    await expect(again).rejects.toBeInstanceOf(DuplicateError)
  })

  test('a token whose client is gone is not found, and purged', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id } = await makeUser(tx)
      const stale = await makeToken(tx, { userId: id })
      await tx.run('UPDATE api_tokens SET client_id = NULL')
      expect(await tokenStore.findCandidatesByPrefix(tx, 'abcd', noon)).toEqual([])
      expect(await tokenStore.purgeExpired(tx, noon)).toEqual([stale.id])
    })
  })

  test("an owner's tokens are listed by activity, or creation where there was none", async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id } = await makeUser(tx)
      const service = await serviceStore.upsert(tx, aService('culler'))
      const late = await makeToken(tx, { userId: id }, { note: 'late', created: secondsAfter(noon, -60) })
      await makeToken(tx, { userId: id }, { note: 'middle', created: secondsAfter(noon, 30) })
      await makeToken(tx, { userId: id }, { note: 'early', created: noon })
      await makeToken(tx, { serviceId: service.id }, { note: 'of the service' })
      await tokenStore.touch(tx, late.id, secondsAfter(noon, 90))
      expect(await tokenStore.touch(tx, late.id, noon)).toBe(0)
      const notes = async (owner: tokenStore.TokenOwner) =>
        (await tokenStore.listOf(tx, owner)).map((token) => token.note)
      expect(await notes({ userId: id })).toEqual(['early', 'middle', 'late'])
      expect(await notes({ serviceId: service.id })).toEqual(['of the service'])
    })
  })

  test('tokens are deleted by id, client, session, note and expiry; the ids are told', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const [ada, bob] = await makeUsers(tx, 'ada', 'bob')
      if (!ada || !bob) throw new Error('users missing')
      await clientStore.upsert(tx, aClient('app'))
      const make = (more: Partial<tokenStore.NewToken>, userId = ada.id) => makeToken(tx, { userId }, more)
      const single = await make({})
      const ofClient = [
        await make({ clientId: 'app', scopes: ['a'] }),
        await make({ clientId: 'app', scopes: ['a', 'b'] }),
      ]
      await make({ clientId: 'app' }, bob.id)
      const ofSession = await make({ sessionId: 'one' })
      await make({ sessionId: 'two' })
      const server = await makeServer(tx, ada.id)
      const ofServer = await make({ note: 'Server at /user/ada/' })
      await make({ note: 'Server at /user/ada/' }, bob.id)
      const expired = await make({ expiresAt: secondsAfter(noon, -1) })
      expect(await tokenStore.remove(tx, single.id)).toEqual([single.id])
      expect(await tokenStore.remove(tx, single.id)).toEqual([])
      expect([...(await tokenStore.scopesGrantedTo(tx, ada.id, 'app', noon))].sort()).toEqual(['a', 'b'])
      expect((await tokenStore.removeByClient(tx, ada.id, 'app')).sort()).toEqual(ofClient.map(({ id }) => id).sort())
      expect(await tokenStore.removeBySession(tx, ada.id, 'one')).toEqual([ofSession.id])
      const note = 'Server at /user/ada/'
      expect(await tokenStore.removeByNote(tx, { spawnerId: server.id, note })).toEqual([ofServer.id])
      expect(await tokenStore.purgeExpired(tx, noon)).toEqual([expired.id])
      expect(await tokenStore.listOf(tx, { userId: ada.id })).toMatchObject([{ sessionId: 'two' }])
      expect(await tokenStore.listOf(tx, { userId: bob.id })).toHaveLength(2)
    })
  })

  test('an OAuth client is replaced as a whole and takes its tokens and codes along when it goes', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id } = await makeUser(tx)
      await clientStore.upsert(tx, aClient('app'))
      await clientStore.upsert(tx, { ...aClient('app'), secret: 'new', allowedScopes: [] })
      const client = await clientStore.findByIdentifier(tx, 'app')
      expect(client).toMatchObject({ secret: 'new', allowedScopes: [], description: 'client app' })
      await makeToken(tx, { userId: id }, { clientId: 'app' })
      await codeStore.create(tx, aCode(id, { clientId: 'app' }))
      expect(await clientStore.remove(tx, 'app')).toBe(1)
      expect(await tokenStore.listOf(tx, { userId: id })).toEqual([])
      expect(await tx.all('SELECT * FROM oauth_codes')).toEqual([])
    })
  })

  test('clients of nobody are removed: not the built-in one, nor those of services and running servers', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id } = await makeUser(tx)
      const server = await makeServer(tx, id)
      for (const name of ['service-a', 'orphan', 'of-server']) await clientStore.upsert(tx, aClient(name))
      await tx.run("UPDATE spawners SET oauth_client_id = 'of-server' WHERE id = ?", [server.id])
      await tx.run("INSERT INTO servers (proto, ip, port, base_url) VALUES ('http', '', 1, '/')")
      await tx.run('UPDATE spawners SET server_id = (SELECT MAX(id) FROM servers)')
      await serviceStore.upsert(tx, aService('a', { oauthClientId: 'service-a' }))
      expect(await clientStore.removeOrphans(tx)).toEqual(['orphan'])
      expect(await clientStore.findByIdentifier(tx, 'jupyterhub')).toMatchObject({ secret: '', redirectUri: '' })
    })
  })

  test('a code is found by its client only, until it expires, and used up once', async () => {
    const { database } = current()
    const { id: userId } = await database.write((tx) => makeUser(tx))
    const code = await database.write((tx) => codeStore.create(tx, aCode(userId)))
    const find = (clientId: string, at: Date) => codeStore.find(database.read, clientId, 'secret', at)
    expect(await find('jupyterhub', noon)).toEqual(code)
    expect(await find('other', noon)).toBeUndefined()
    expect(await find('jupyterhub', secondsAfter(noon, 301))).toBeUndefined()
    const takes = Array.from({ length: 20 }, () => database.write((tx) => codeStore.take(tx, code.id)))
    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(1)
    await database.write((tx) => codeStore.create(tx, aCode(userId)))
    expect(await database.write((tx) => codeStore.purgeExpired(tx, noon))).toBe(0)
    expect(await database.write((tx) => codeStore.purgeExpired(tx, secondsAfter(noon, 302)))).toBe(1)
  })
})

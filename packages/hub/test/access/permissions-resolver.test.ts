import { expect, test } from 'vitest'
import { defaultScopes, silentLog } from '@hub/api'
import { ScopeExpander } from '../../src/access/expand.js'
import { issuerOf } from '../../src/access/permission-facts.js'
import { PermissionsResolver } from '../../src/access/permissions-resolver.js'
import * as roleStore from '../../src/access/role-store.js'
import { encodeTimestamp } from '../../src/database/codecs.js'
import type { Database, Transaction } from '../../src/database/index.js'
import * as groupStore from '../../src/groups/group-store.js'
import type { Identified } from '../../src/http/visitor.js'
import * as clientStore from '../../src/oauth/client-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import { onEveryDatabase } from '../database/both-databases.js'
import { aClient, aService, makeServer, makeUser, noon, secondsAfter } from '../database/make.js'

const resolverOf = (database: Database, now = noon): PermissionsResolver =>
  new PermissionsResolver({ database, expander: new ScopeExpander(defaultScopes), now: () => now, log: silentLog })

const makeRole = async (tx: Transaction, name: string, scopes: readonly string[]): Promise<number> =>
  (await roleStore.create(tx, { name, description: '', scopes, managedByAuth: false })).id

onEveryDatabase('what somebody may do', (current) => {
  test('comes from own roles, roles of groups, and unexpired shares with user or group', async () => {
    const { database } = current()
    const ada = await database.write(async (tx) => {
      const ada = await makeUser(tx, 'ada')
      const bob = await makeUser(tx, 'bob')
      const [lab] = await groupStore.create(tx, ['lab'])
      await groupStore.addMembers(tx, lab?.id ?? 0, [ada.id])
      await roleStore.assign(tx, 'users', [ada.id], await makeRole(tx, 'own', ['read:hub']))
      await roleStore.assign(tx, 'groups', [lab?.id ?? 0], await makeRole(tx, 'of-lab', ['users:activity!user']))
      await makeRole(tx, 'nobodys', ['shutdown'])
      const share = async (name: string, to: { user?: number; group?: number }, expiresAt: Date | null) => {
        const server = await makeServer(tx, bob.id, name)
        await tx.run(
          'INSERT INTO shares (created_at, scopes, expires_at, user_id, group_id, owner_id, spawner_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
          [
            encodeTimestamp(noon),
            JSON.stringify(['access:servers']),
            expiresAt === null ? null : encodeTimestamp(expiresAt),
            to.user ?? null,
            to.group ?? null,
            bob.id,
            server.id,
          ],
        )
      }
      await share('direct', { user: ada.id }, null)
      await share('by-group', { group: lab?.id ?? 0 }, secondsAfter(noon, 60))
      await share('expired', { user: ada.id }, noon)
      await share('of-others', { user: bob.id }, null)
      return ada
    })
    expect((await resolverOf(database).ofUser(ada)).toStrings()).toEqual([
      'access:servers!server=bob/by-group',
      'access:servers!server=bob/direct',
      'read:hub',
      'read:users:activity!user=ada',
      'users:activity!user=ada',
    ])
  })

  test('of a token includes the use of the server or service that issued it, as far as the owner has it', async () => {
    const { database } = current()
    const ada = await database.write(async (tx) => {
      const ada = await makeUser(tx, 'ada')
      await roleStore.assign(tx, 'users', [ada.id], await makeRole(tx, 'user', ['self', 'access:services']))
      for (const id of ['of-server', 'of-service', 'of-nothing']) await clientStore.upsert(tx, aClient(id))
      const server = await makeServer(tx, ada.id, 'lab')
      await serverStore.update(tx, server.id, { oauthClientId: 'of-server' })
      await serviceStore.upsert(tx, aService('culler', { oauthClientId: 'of-service' }))
      return ada
    })
    expect(await issuerOf(database.read, 'jupyterhub')).toEqual({ kind: 'hub' })
    const resolver = resolverOf(database)
    const held = await resolver.ofUser(ada)
    const of = async (clientId: string, scopes: string[] = []) =>
      (await resolver.ofToken({ id: 1, clientId, scopes }, { kind: 'user', name: 'ada' }, held)).toStrings()
    const identity = ['read:users:groups!user=ada', 'read:users:name!user=ada']
    expect(await of('jupyterhub')).toEqual(identity)
    expect(await of('of-server')).toEqual(['access:servers!server=ada/lab', ...identity])
    expect(await of('of-service')).toEqual(['access:services!service=culler', ...identity])
    expect(await of('of-nothing')).toEqual(identity)
    expect(await of('of-server', ['read:servers!server'])).toContain('read:servers!server=ada/lab')
    expect(await of('jupyterhub', ['inherit'])).toEqual(held.toStrings())
  })

  test('about others in a group is decided by membership, and what is not held for them is hidden', async () => {
    const { database } = current()
    const { ada, role } = await database.write(async (tx) => {
      const ada = await makeUser(tx, 'ada')
      const bob = await makeUser(tx, 'bob')
      await makeUser(tx, 'eve')
      const [lab] = await groupStore.create(tx, ['lab'])
      await groupStore.addMembers(tx, lab?.id ?? 0, [bob.id])
      return { ada, role: await makeRole(tx, 'reader', ['read:users!group=lab', 'list:users!user=ada']) }
    })
    await database.write((tx) => roleStore.assign(tx, 'users', [ada.id], role))
    const resolver = resolverOf(database)
    const visitor: Identified = {
      kind: 'user',
      user: ada,
      credential: { by: 'cookie' },
      permissions: await resolver.ofUser(ada),
    }
    const decide = (scope: string, name?: string, postFilter = false) =>
      resolver.authorize(visitor, [scope], name === undefined ? undefined : { kind: 'user', value: name }, postFilter)
    expect(await decide('read:users', 'bob')).toBe('granted')
    expect(await decide('read:users', 'eve')).toBe('hidden')
    expect(await decide('read:users', 'nobody')).toBe('hidden')
    expect(await decide('read:servers', 'bob')).toBe('forbidden')
    expect(await decide('list:users', undefined, true)).toBe('granted')
    expect(await decide('list:users')).toBe('forbidden')
  })
})

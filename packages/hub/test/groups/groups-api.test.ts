import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as groupStore from '../../src/groups/group-store.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
beforeAll(async () => {
  hub = await startHubInProcess()
  for (const name of ['ada', 'bob', 'cleo']) await hub.user(name)
})
afterAll(() => hub[Symbol.asyncDispose]())

interface GroupModel {
  readonly kind: string
  readonly name: string
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
  readonly properties?: Record<string, unknown>
}

const model = (name: string, users: readonly string[] = [], more: object = {}) => ({
  kind: 'group',
  name,
  properties: {},
  users,
  roles: [],
  ...more,
})

describe('creating', () => {
  test('several groups at once, all with the same members', async () => {
    const reply = await hub.api('POST', '/groups', { groups: ['one', 'two'], users: ['ada'] })
    expect(reply.status).toBe(201)
    expect(reply.json()).toEqual([model('one', ['ada']), model('two', ['ada'])])
  })

  test('the keys of an object do as a list of names', async () => {
    const reply = await hub.api('POST', '/groups', { groups: { three: {}, four: {} } })
    expect(reply.json<GroupModel[]>().map((group) => group.name)).toEqual(['three', 'four'])
  })

  test.each([[{}], [{ groups: [] }], [{ users: ['ada'] }]])('without names is refused: %j', async (body) => {
    expect((await hub.api('POST', '/groups', body)).status).toBe(400)
  })

  test('one that exists is a conflict', async () => {
    await hub.api('POST', '/groups/taken')
    expect((await hub.api('POST', '/groups', { groups: ['taken'] })).status).toBe(409)
    expect((await hub.api('POST', '/groups/taken')).status).toBe(409)
  })

  test('a single one, with members and with roles that are ignored', async () => {
    const reply = await hub.api('POST', '/groups/single', { users: ['bob'], roles: ['admin'] })
    expect(reply.status).toBe(201)
    expect(reply.json()).toEqual(model('single', ['bob']))
  })

  test('an unknown user leaves nothing behind', async () => {
    expect((await hub.api('POST', '/groups/lost', { users: ['nobody'] })).status).toBe(400)
    expect((await hub.api('GET', '/groups/lost')).status).toBe(404)
  })

  test('unknown keys and wrong types are refused', async () => {
    expect((await hub.api('POST', '/groups/odd', { colour: 'red' })).status).toBe(400)
    expect((await hub.api('POST', '/groups/odd', { users: 'ada' })).status).toBe(400)
  })

  test('needs the scope for all groups', async () => {
    const token = await hub.userWith('maker', ['admin:groups!group=mine'])
    expect((await hub.api('POST', '/groups', { groups: ['mine'] }, token)).status).toBe(403)
    expect((await hub.api('POST', '/groups/mine', {}, token)).status).toBe(201)
    const other = await hub.api('POST', '/groups/yours', {}, token)
    expect([other.status, other.json<{ message: string }>().message]).toEqual([
      404,
      'No access to resources or resources not found',
    ])
  })
})

describe('members', () => {
  test('are added, those already in ignored, and removed with a body on DELETE', async () => {
    await hub.api('POST', '/groups/team', { users: ['ada'] })
    const added = await hub.api('POST', '/groups/team/users', { users: ['ada', 'bob', 'cleo'] })
    expect(added.json<GroupModel>().users?.toSorted()).toEqual(['ada', 'bob', 'cleo'])
    const removed = await hub.api('DELETE', '/groups/team/users', { users: ['ada', 'cleo'] })
    expect([removed.status, removed.json<GroupModel>().users]).toEqual([200, ['bob']])
  })

  test('are named as people log in', async () => {
    await hub.api('POST', '/groups/spelled')
    const reply = await hub.api('POST', '/groups/spelled/users', { users: ['ADA'] })
    expect(reply.json<GroupModel>().users).toEqual(['ada'])
  })

  test('must be given, and exist', async () => {
    await hub.api('POST', '/groups/empty')
    expect((await hub.api('POST', '/groups/empty/users', {})).status).toBe(400)
    expect((await hub.api('POST', '/groups/empty/users', { users: ['nobody'] })).status).toBe(400)
    expect((await hub.api('POST', '/groups/none/users', { users: ['ada'] })).status).toBe(404)
  })

  test('gain and lose at once what the group may do', async () => {
    const token = await hub.userWith('member', ['self'])
    await hub.role('readers', ['read:hub'])
    await hub.api('POST', '/groups/readers')
    await hub.give('readers', 'groups', 'readers')
    expect((await hub.api('GET', '/info', undefined, token)).status).toBe(403)
    await hub.api('POST', '/groups/readers/users', { users: ['member'] })
    expect((await hub.api('GET', '/info', undefined, token)).status).toBe(200)
    await hub.api('DELETE', '/groups/readers/users', { users: ['member'] })
    expect((await hub.api('GET', '/info', undefined, token)).status).toBe(403)
  })
})

describe('properties', () => {
  test('are replaced as a whole', async () => {
    await hub.api('POST', '/groups/rich')
    await hub.api('PUT', '/groups/rich/properties', { cpu: 2, tags: ['a'] })
    const reply = await hub.api('PUT', '/groups/rich/properties', { mem: '1G' })
    expect([reply.status, reply.json<GroupModel>().properties]).toEqual([200, { mem: '1G' }])
    expect((await hub.api('GET', '/groups/rich')).json<GroupModel>().properties).toEqual({ mem: '1G' })
  })

  test.each(['', '"text"', '7', '[1]'])('of another type are refused and change nothing: %s', async (body) => {
    await hub.api('POST', '/groups/kept')
    await hub.api('PUT', '/groups/kept/properties', { kept: true })
    expect((await hub.api('PUT', '/groups/kept/properties', body)).status).toBe(400)
    expect((await hub.api('GET', '/groups/kept')).json<GroupModel>().properties).toEqual({ kept: true })
  })
})

describe('reading', () => {
  test('shows what the scopes cover, and no more', async () => {
    await hub.role('leads', [])
    await hub.api('POST', '/groups/seen', { users: ['ada'] })
    await hub.give('leads', 'groups', 'seen')
    const see = async (name: string, scopes: string[]) =>
      (await hub.api('GET', '/groups/seen', undefined, await hub.userWith(name, scopes))).json()
    expect(await see('by-name', ['read:groups:name'])).toEqual({ kind: 'group', name: 'seen' })
    expect(await see('by-role', ['read:roles:groups'])).toEqual({ kind: 'group', name: 'seen', roles: ['leads'] })
    const { roles: _roles, ...withoutRoles } = model('seen', ['ada'])
    expect(await see('by-group', ['read:groups'])).toEqual(withoutRoles)
    expect(await see('by-both', ['read:groups!group=seen', 'read:roles:groups'])).toEqual(
      model('seen', ['ada'], { roles: ['leads'] }),
    )
  })

  test('lists what a group filter names, and refuses other filters', async () => {
    await hub.api('POST', '/groups/listed')
    const one = await hub.userWith('lister', ['list:groups!group=listed', 'list:groups!group=absent'])
    expect((await hub.api('GET', '/groups', undefined, one)).json<GroupModel[]>().map(({ name }) => name)).toEqual([
      'listed',
    ])
    const other = await hub.userWith('lister2', ['list:groups!user=ada'])
    expect((await hub.api('GET', '/groups', undefined, other)).status).toBe(403)
  })

  test('pages through all groups by id', async () => {
    const names = (await hub.api('GET', '/groups')).json<GroupModel[]>().map(({ name }) => name)
    const page = await hub.browser().get('/hub/api/groups?offset=1&limit=2', {
      headers: {
        authorization: `token ${hub.adminToken}`,
        accept: 'application/jupyterhub-pagination+json',
      },
    })
    expect(page.json()).toMatchObject({
      items: [{ name: names[1] }, { name: names[2] }],
      _pagination: { offset: 1, limit: 2, total: names.length, next: { offset: 3, limit: 2 } },
    })
  })

  test('an unknown group is 404', async () => {
    expect((await hub.api('GET', '/groups/unknown')).status).toBe(404)
    expect((await hub.api('DELETE', '/groups/unknown')).status).toBe(404)
  })
})

test('deleting a group takes it from its members', async () => {
  await hub.api('POST', '/groups/gone', { users: ['ada'] })
  expect((await hub.api('DELETE', '/groups/gone')).status).toBe(204)
  expect(await groupStore.findByName(hub.foundation.database.read, 'gone')).toBeUndefined()
  expect((await hub.api('GET', '/users/ada')).json<{ groups: string[] }>().groups).not.toContain('gone')
})

test('all of it works when the authenticator manages groups', async () => {
  await using managed = await startHubInProcess({ config: { Authenticator: { manage_groups: true } } })
  await managed.user('ada')
  expect((await managed.api('POST', '/groups/g', { users: ['ada'] })).status).toBe(201)
  expect((await managed.api('POST', '/groups/g/users', { users: ['ada'] })).status).toBe(200)
  expect((await managed.api('DELETE', '/groups/g/users', { users: ['ada'] })).status).toBe(200)
  expect((await managed.api('DELETE', '/groups/g')).status).toBe(204)
})

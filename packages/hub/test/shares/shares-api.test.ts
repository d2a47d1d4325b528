import type { ShareModel } from '@hub/api'
import type { Page } from '@hub/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { purgeExpired } from '../../src/startup/purge-expired.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
let later = 0
beforeAll(async () => {
  hub = await startHubInProcess({
    config: { JupyterHub: { allow_named_servers: true } },
    now: () => new Date(Date.now() + later),
  })
  for (const name of ['ada', 'bob', 'cleo']) await hub.user(name)
  for (const server of ['lab', 'other']) await hub.api('PUT', `/users/ada/servers/${server}`)
  await hub.api('POST', '/groups/team', { users: ['bob', 'cleo'] })
})
afterAll(() => hub[Symbol.asyncDispose]())
beforeEach(async () => {
  later = 0
  for (const server of ['', 'lab', 'other']) await hub.api('DELETE', `/shares/ada/${server}`)
})

interface Listing {
  readonly items: readonly ShareModel[]
  readonly _pagination: { readonly offset: number; readonly limit: number; readonly total: number }
}

const access = (server = 'lab') => `access:servers!server=ada/${server}`
const grant = (body: unknown, server = 'lab', token?: string): Promise<Page> =>
  hub.api('POST', `/shares/ada/${server}`, body, token)
const revoke = (body: unknown): Promise<Page> => hub.api('PATCH', '/shares/ada/lab', body)
const listed = async (path: string, token?: string): Promise<Listing> =>
  (await hub.api('GET', path, undefined, token)).json<Listing>()
const recipients = ({ items }: Listing) => items.map((share) => share.user?.name ?? `group ${share.group?.name ?? ''}`)
const tokenOf = async (name: string): Promise<string> => {
  const [user] = await hub.foundation.database.read.all<{ id: number }>('SELECT id FROM users WHERE name = ?', [name])
  return hub.token({ userId: user?.id ?? 0 })
}
const message = (page: Page): string => page.json<{ message: string }>().message

describe('a grant', () => {
  test('shares a server with a user, and answers with the share', async () => {
    const reply = await grant({ user: 'bob' })
    expect(reply.status).toBe(200)
    expect(reply.json()).toEqual({
      server: { user: { name: 'ada' }, name: 'lab', url: '/user/ada/lab/', full_url: null, ready: false },
      scopes: [access()],
      user: { name: 'bob' },
      group: null,
      kind: 'user',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
    expect((await grant({ group: 'team', scopes: null })).json()).toMatchObject({
      user: null,
      group: { name: 'team' },
      kind: 'group',
      scopes: [access()],
    })
  })

  test('works for the default server, which has no name', async () => {
    const reply = await grant({ user: 'bob', scopes: [] }, '')
    expect(reply.json()).toMatchObject({ server: { name: '', url: '/user/ada/' }, scopes: [access('')] })
  })

  test('adds scopes to the share there is, and completes those without a filter', async () => {
    const first = (await grant({ user: 'bob' })).json<ShareModel>()
    const second = await grant({ user: 'bob', scopes: ['servers', access(), 'read:servers!server=ada/lab'] })
    expect(second.json()).toEqual({
      ...first,
      scopes: [access(), 'read:servers!server=ada/lab', 'servers!server=ada/lab'],
    })
    expect((await listed('/shares/ada/lab')).items).toHaveLength(1)
  })

  test('many at once for one recipient make one share', async () => {
    const scopes = ['servers', 'read:servers', 'start:servers', 'delete:servers', 'access:servers']
    const replies = await Promise.all(scopes.map((scope) => grant({ user: 'bob', scopes: [scope] })))
    expect(replies.map(({ status }) => status)).toEqual(scopes.map(() => 200))
    const { items } = await listed('/shares/ada/lab')
    expect(items.map((share) => share.scopes)).toEqual([scopes.map((scope) => `${scope}!server=ada/lab`).sort()])
  })

  test.each([
    [{}],
    [{ scopes: [] }],
    [{ user: 'bob', group: 'team' }],
    [{ user: 'bob', colour: 'red' }],
    [{ user: 7 }],
    [{ user: 'bob', scopes: 'access:servers' }],
    [{ user: 'bob', scopes: [7] }],
    [{ user: 'bob', scopes: ['nonsense'] }],
    [{ user: 'bob', scopes: ['access:servers!server=ada/other'] }],
    [{ user: 'bob', scopes: ['access:servers!user=ada'] }],
    [{ user: 'bob', scopes: ['access:servers!server'] }],
    [{ user: 'bob', scopes: ['access:servers!'] }],
    [{ user: 'nobody' }],
    [{ group: 'nobody' }],
    ['[]'],
    ['{'],
  ])('that cannot be is refused: %j', async (body) => {
    expect((await grant(body)).status).toBe(400)
    expect((await listed('/shares/ada/lab')).items).toEqual([])
  })

  test('of an unknown server, or one of an unknown user, is 404', async () => {
    expect((await grant({ user: 'bob' }, 'none')).status).toBe(404)
    expect((await hub.api('POST', '/shares/nobody/lab', { user: 'bob' })).status).toBe(404)
    // What is wrong with the request comes first.
    expect((await grant({}, 'none')).status).toBe(400)
  })

  test.each(['POST', 'PATCH', 'DELETE'])('%s needs to name the server, even if only by a slash', async (method) => {
    expect((await hub.api(method, '/shares/ada', { user: 'bob' })).status).toBe(405)
    if (method !== 'PATCH') expect((await hub.api(method, '/share-codes/ada')).status).toBe(405)
  })
})

describe('who may share', () => {
  test('nobody by default, not even their own server', async () => {
    const reply = await grant({ user: 'bob' }, 'lab', await tokenOf('ada'))
    expect([reply.status, message(reply)]).toEqual([403, expect.stringContaining('requires any of [shares]')])
    expect((await hub.api('POST', '/shares/ada/lab', { user: 'bob' }, null)).status).toBe(403)
  })

  test('who has the scope for that server, its owner or the owner’s group', async () => {
    await hub.api('POST', '/groups/owners', { users: ['ada'] })
    for (const [name, filter] of [
      ['by-server', '!server=ada/lab'],
      ['by-user', '!user=ada'],
      ['by-group', '!group=owners'],
    ] as const) {
      const token = await hub.userWith(name, [`shares${filter}`, 'read:users:name'])
      expect((await grant({ user: 'bob' }, 'lab', token)).status).toBe(200)
    }
  })

  test('for other servers is told nothing', async () => {
    const token = await hub.userWith('narrow', ['shares!server=ada/lab', 'read:users:name'])
    for (const path of ['/shares/ada/other', '/shares/ada/none', '/shares/nobody/x', '/shares/ada/']) {
      const reply = await hub.api('POST', path, { user: 'bob' }, token)
      expect([reply.status, message(reply)]).toEqual([404, 'No access to resources or resources not found'])
    }
  })

  test('passes on no more than they hold', async () => {
    const token = await hub.userWith('limited', ['shares!user=ada', 'read:users:name'])
    for (const scope of ['servers', 'admin:servers', 'start:servers', 'admin:users', 'tokens', 'inherit', 'self']) {
      const reply = await grant({ user: 'bob', scopes: [scope] }, 'lab', token)
      expect([scope, reply.status, message(reply)]).toEqual([scope, 403, expect.stringContaining(scope)])
    }
    expect((await grant({ user: 'bob', scopes: ['shares'] }, 'lab', token)).status).toBe(200)
    expect((await listed('/shares/ada/lab')).items.map((share) => share.scopes)).toEqual([['shares!server=ada/lab']])
  })

  test('what a token holds counts, not what its owner does', async () => {
    const { id: userId } = await hub.user('chief', ['admin'])
    const token = await hub.token({ userId }, ['shares', 'read:users:name'])
    expect((await grant({ user: 'bob', scopes: ['servers'] }, 'lab', token)).status).toBe(403)
    expect((await grant({ user: 'bob' }, 'lab', token)).status).toBe(200)
  })

  test('cannot use shares to find out who there is', async () => {
    const token = await hub.userWith('prober', ['shares!user=ada', 'read:users:name!user=cleo'])
    for (const user of ['bob', 'nobody']) {
      const reply = await grant({ user }, 'lab', token)
      expect([reply.status, message(reply)]).toEqual([403, expect.stringContaining('read:users:name')])
    }
    for (const group of ['team', 'nobody']) {
      const reply = await grant({ group }, 'lab', token)
      expect([reply.status, message(reply)]).toEqual([403, expect.stringContaining('read:groups:name')])
    }
    expect((await grant({ user: 'cleo' }, 'lab', token)).status).toBe(200)
  })
})

describe('taking back', () => {
  test('some scopes leaves the others, all of them nothing', async () => {
    await grant({ user: 'bob', scopes: ['access:servers', 'read:servers'] })
    const some = await revoke({ user: 'bob', scopes: ['read:servers'] })
    expect([some.status, some.json<ShareModel>().scopes]).toEqual([200, [access()]])
    const last = await revoke({ user: 'bob', scopes: [access()] })
    expect([last.status, last.json()]).toEqual([200, {}])
    expect((await listed('/shares/ada/lab')).items).toEqual([])
  })

  test.each([[undefined], [null], [[]]])('without scopes (%j) takes all', async (scopes) => {
    await grant({ group: 'team', scopes: ['access:servers', 'read:servers'] })
    expect((await revoke({ group: 'team', scopes })).json()).toEqual({})
    expect((await listed('/shares/ada/lab')).items).toEqual([])
  })

  test('is literal: an implying scope takes no implied one, nor one for something else', async () => {
    await grant({ user: 'bob', scopes: ['read:servers'] })
    for (const scope of ['servers', 'read:servers!user=ada', 'read:servers!server=ada/other'])
      expect((await revoke({ user: 'bob', scopes: [scope] })).json<ShareModel>().scopes).toEqual([
        'read:servers!server=ada/lab',
      ])
  })

  test('what is not there changes nothing; what cannot be is refused', async () => {
    for (const body of [{ user: 'nobody' }, { group: 'nobody' }, { user: 'cleo' }]) {
      const reply = await revoke(body)
      expect([reply.status, reply.json()]).toEqual([200, {}])
    }
    expect((await revoke({})).status).toBe(400)
    expect((await revoke({ user: 'bob', scopes: ['nonsense'] })).status).toBe(400)
    expect((await hub.api('PATCH', '/shares/ada/none', { user: 'bob' })).status).toBe(404)
  })

  test('all shares of a server at once leaves those of others', async () => {
    await grant({ user: 'bob' })
    await grant({ group: 'team' })
    await grant({ user: 'bob' }, 'other')
    expect((await hub.api('DELETE', '/shares/ada/lab')).status).toBe(204)
    expect((await listed('/shares/ada')).items.map((share) => share.server.name)).toEqual(['other'])
    expect((await hub.api('DELETE', '/shares/ada/none')).status).toBe(404)
  })
})

describe('listing', () => {
  test('is in the envelope, by id, in pages', async () => {
    await grant({ user: 'bob' })
    await grant({ user: 'cleo' }, 'other')
    await grant({ group: 'team' })
    const whole = await listed('/shares/ada')
    expect(recipients(whole)).toEqual(['bob', 'cleo', 'group team'])
    expect(whole._pagination).toEqual({ offset: 0, limit: 200, total: 3, next: null })
    const page = await listed('/shares/ada?offset=1&limit=1')
    expect([recipients(page), page._pagination]).toEqual([
      ['cleo'],
      {
        offset: 1,
        limit: 1,
        total: 3,
        next: { offset: 2, limit: 1, url: expect.stringContaining('offset=2&limit=1') },
      },
    ])
    expect(recipients(await listed('/shares/ada/lab'))).toEqual(['bob', 'group team'])
    expect((await hub.api('GET', '/shares/ada?limit=x')).status).toBe(400)
    expect((await hub.api('GET', '/shares/nobody')).status).toBe(404)
    expect((await hub.api('GET', '/shares/ada/none')).status).toBe(404)
  })

  test('all of an owner’s needs to cover the owner', async () => {
    const see = async (name: string, scopes: string[]) =>
      (await hub.api('GET', '/shares/ada', undefined, await hub.userWith(name, scopes))).status
    await hub.api('POST', '/groups/adas', { users: ['ada'] })
    expect(await see('reads-all', ['read:shares'])).toBe(200)
    expect(await see('reads-ada', ['read:shares!user=ada'])).toBe(200)
    expect(await see('reads-group', ['read:shares!group=adas'])).toBe(200)
    expect(await see('reads-server', ['read:shares!server=ada/'])).toBe(404)
    expect(await see('reads-none', ['users'])).toBe(403)
    // An ordinary user sees who their servers are shared with.
    expect((await hub.api('GET', '/shares/ada', undefined, await tokenOf('ada'))).status).toBe(200)
  })

  test('shows a server as ready while it is', async () => {
    await grant({ user: 'bob' })
    await hub.api('POST', '/users/ada/servers/lab')
    await hub.parts.serving.servers.settled(
      (await hub.foundation.database.read.all<{ id: number }>("SELECT id FROM spawners WHERE name = 'lab'"))[0]?.id ??
        0,
    )
    expect((await listed('/shares/ada')).items[0]?.server.ready).toBe(true)
    await hub.api('DELETE', '/users/ada/servers/lab')
    expect((await listed('/shares/ada')).items[0]?.server.ready).toBe(false)
  })
})

describe('the recipient', () => {
  test('sees what is shared with them, directly and through groups, each on its own', async () => {
    await grant({ user: 'bob' })
    await grant({ group: 'team' })
    const token = await tokenOf('bob')
    expect(recipients(await listed('/users/bob/shared', token))).toEqual(['bob', 'group team'])
    expect(recipients(await listed('/users/cleo/shared'))).toEqual(['group team'])
    expect((await hub.api('GET', '/users/bob/shared/ada/lab', undefined, token)).json()).toMatchObject({
      kind: 'user',
      user: { name: 'bob' },
    })
    // Only what is shared with them alone.
    expect((await hub.api('GET', '/users/cleo/shared/ada/lab')).status).toBe(404)
    expect((await hub.api('GET', '/users/bob/shared/ada/other')).status).toBe(404)
    expect((await hub.api('GET', '/users/nobody/shared')).status).toBe(404)
  })

  test('may leave, and nobody else’s share goes', async () => {
    await grant({ user: 'bob' })
    await grant({ user: 'cleo' })
    const token = await tokenOf('bob')
    const left = await hub.api('DELETE', '/users/bob/shared/ada/lab', undefined, token)
    expect([left.status, left.text]).toEqual([204, ''])
    expect((await hub.api('DELETE', '/users/bob/shared/ada/lab', undefined, token)).status).toBe(404)
    expect((await hub.api('DELETE', '/users/cleo/shared/ada/lab', undefined, token)).status).toBe(404)
    expect(recipients(await listed('/shares/ada/lab'))).toEqual(['cleo'])
  })

  test('needs a scope of its own: those of users and groups do not include it', async () => {
    const users = await hub.userWith('reads-users', ['users', 'groups'])
    expect((await hub.api('GET', '/users/bob/shared', undefined, users)).status).toBe(403)
    expect((await hub.api('GET', '/groups/team/shared', undefined, users)).status).toBe(403)
    const reader = await hub.userWith('reads-shared', ['read:users:shares!user=bob', 'read:groups:shares!group=team'])
    expect((await hub.api('GET', '/users/bob/shared', undefined, reader)).status).toBe(200)
    expect((await hub.api('GET', '/users/cleo/shared', undefined, reader)).status).toBe(404)
    expect((await hub.api('GET', '/groups/team/shared', undefined, reader)).status).toBe(200)
    expect((await hub.api('DELETE', '/groups/team/shared/ada/lab', undefined, reader)).status).toBe(403)
  })

  test('a group sees its own, and leaves', async () => {
    await grant({ user: 'bob' })
    await grant({ group: 'team' })
    expect(recipients(await listed('/groups/team/shared'))).toEqual(['group team'])
    expect((await hub.api('GET', '/groups/team/shared/ada/lab')).json()).toMatchObject({ kind: 'group' })
    expect((await hub.api('GET', '/groups/team/shared/ada/other')).status).toBe(404)
    expect((await hub.api('DELETE', '/groups/team/shared/ada/lab')).status).toBe(204)
    expect((await hub.api('DELETE', '/groups/team/shared/ada/lab')).status).toBe(404)
    expect((await hub.api('GET', '/groups/nobody/shared')).status).toBe(404)
    expect(recipients(await listed('/shares/ada/lab'))).toEqual(['bob'])
  })
})

describe('what a share allows', () => {
  const scopesOf = async (token: string): Promise<readonly string[]> =>
    (await hub.api('GET', '/user', undefined, token)).json<{ scopes: string[] }>().scopes
  const mayRead = async (token: string, server = 'lab'): Promise<number> =>
    (await hub.api('GET', `/users/ada/servers/${server}`, undefined, token)).status

  test('counts at once, for tokens and cookies alike, and ends at once', async () => {
    const token = await tokenOf('bob')
    const browser = await hub.loggedIn('bob')
    const visit = async () => (await browser.get('/hub/user/ada/lab/', { follow: false })).status
    expect([await mayRead(token), await visit()]).toEqual([404, 404])
    await grant({ user: 'bob', scopes: ['access:servers', 'read:servers'] })
    // The page of a server that is not running.
    expect([await mayRead(token), await visit()]).toEqual([200, 424])
    expect(await scopesOf(token)).toEqual(expect.arrayContaining([access(), 'read:servers!server=ada/lab']))
    expect(await mayRead(token, 'other')).toBe(404)
    await revoke({ user: 'bob' })
    expect([await mayRead(token), await visit()]).toEqual([404, 404])
    expect(await scopesOf(token)).not.toContain(access())
  })

  test('counts for members of a group while they are members', async () => {
    const token = await tokenOf('cleo')
    await grant({ group: 'team', scopes: ['read:servers'] })
    expect(await mayRead(token)).toBe(200)
    await hub.api('DELETE', '/groups/team/users', { users: ['cleo'] })
    expect(await mayRead(token)).toBe(404)
    await hub.api('POST', '/groups/team/users', { users: ['cleo'] })
    expect(await mayRead(token)).toBe(200)
    await hub.api('DELETE', '/groups/team/shared/ada/lab')
    expect(await mayRead(token)).toBe(404)
  })

  test('is not more than its scopes: who may enter may not start or stop', async () => {
    const token = await tokenOf('bob')
    await grant({ user: 'bob' })
    expect((await hub.api('POST', '/users/ada/servers/lab', undefined, token)).status).toBe(404)
    expect((await hub.api('DELETE', '/users/ada/servers/lab', undefined, token)).status).toBe(404)
    expect((await hub.api('POST', '/shares/ada/lab', { user: 'cleo' }, token)).status).toBe(403)
  })

  test('who is given the right to share may pass it on, for this server', async () => {
    const token = await tokenOf('bob')
    await hub.role('knows-names', ['read:users:name'])
    await hub.give('knows-names', 'users', 'bob')
    await grant({ user: 'bob', scopes: ['shares'] })
    expect((await grant({ user: 'cleo' }, 'lab', token)).status).toBe(200)
    expect((await grant({ user: 'cleo', scopes: ['servers'] }, 'lab', token)).status).toBe(403)
    expect((await grant({ user: 'cleo' }, 'other', token)).status).toBe(404)
  })

  test('ends with its time, and the row goes with the next purge', async () => {
    const { database, access: version } = hub.foundation
    const token = await tokenOf('bob')
    await grant({ user: 'bob', scopes: ['read:servers', 'access:servers'] })
    await database.write((tx) => tx.run("UPDATE shares SET expires_at = '2040-01-01 00:00:00.000000'"))
    version.bump()
    expect(await mayRead(token)).toBe(200)
    later = new Date('2040-01-02').getTime() - Date.now()
    expect(await mayRead(token)).toBe(404)
    expect((await listed('/shares/ada/lab'))._pagination.total).toBe(0)
    expect((await hub.api('GET', '/users/bob/shared/ada/lab')).status).toBe(404)
    const rows = async () => (await database.read.all('SELECT id FROM shares')).length
    expect(await rows()).toBe(1)
    await purgeExpired(hub.foundation)
    expect(await rows()).toBe(0)
    // A new share is not what the old one was.
    expect((await grant({ user: 'bob' })).json<ShareModel>().scopes).toEqual([access()])
  })
})

describe('goes with', () => {
  const rows = async (): Promise<number> => (await hub.foundation.database.read.all('SELECT id FROM shares')).length
  const shareAll = async (): Promise<void> => {
    await hub.user('eve')
    await hub.api('PUT', '/users/ada/servers/gone')
    await hub.api('POST', '/groups/brief', { users: ['eve'] })
    await grant({ user: 'eve' }, 'gone')
    await grant({ group: 'brief' }, 'gone')
    expect(await rows()).toBe(2)
  }

  test('the user it was given to, the group, and the server', async () => {
    await shareAll()
    await hub.api('DELETE', '/users/eve')
    expect(await rows()).toBe(1)
    await hub.api('DELETE', '/groups/brief')
    expect(await rows()).toBe(0)
    await shareAll()
    const token = await tokenOf('eve')
    await grant({ user: 'eve', scopes: ['read:servers'] }, 'gone')
    const read = async () => (await hub.api('GET', '/users/ada/servers/gone', undefined, token)).status
    expect(await read()).toBe(200)
    expect((await hub.api('DELETE', '/users/ada/servers/gone', { remove: true })).status).toBe(204)
    expect(await rows()).toBe(0)
    // Another server of that name is another server.
    await hub.api('PUT', '/users/ada/servers/gone')
    expect(await read()).toBe(404)
    await hub.api('DELETE', '/users/eve')
    await hub.api('DELETE', '/users/ada/servers/gone', { remove: true })
  })

  test('its owner', async () => {
    await hub.user('owner')
    await hub.api('PUT', '/users/owner/servers/x')
    await hub.api('POST', '/shares/owner/x', { user: 'bob' })
    await hub.api('POST', '/share-codes/owner/x')
    await hub.api('DELETE', '/users/owner')
    expect(await rows()).toBe(0)
    expect(await hub.foundation.database.read.all('SELECT id FROM share_codes')).toEqual([])
  })
})

test('a share follows its server and its owner to a new name, and opens nothing that takes the old one', async () => {
  const token = await tokenOf('bob')
  const read = async (owner: string, server: string) =>
    (await hub.api('GET', `/users/${owner}/servers/${server}`, undefined, token)).status
  await hub.user('moving')
  await hub.api('PUT', '/users/moving/servers/old')
  await hub.api('POST', '/shares/moving/old', { user: 'bob', scopes: ['read:servers'] })
  await hub.api('POST', '/share-codes/moving/old')
  expect(await read('moving', 'old')).toBe(200)

  expect((await hub.api('PATCH', '/users/moving/servers/old', { name: 'new' })).status).toBe(200)
  await hub.api('PUT', '/users/moving/servers/old')
  expect([await read('moving', 'new'), await read('moving', 'old')]).toEqual([200, 404])

  expect((await hub.api('PATCH', '/users/moving', { name: 'moved' })).status).toBe(200)
  await hub.user('moving')
  await hub.api('PUT', '/users/moving/servers/new')
  expect([await read('moved', 'new'), await read('moving', 'new')]).toEqual([200, 404])
  // Python's hub would read them by the letter.
  const stored = await hub.foundation.database.read.all<{ scopes: string }>(
    'SELECT scopes FROM shares UNION ALL SELECT scopes FROM share_codes',
  )
  expect(stored.map(({ scopes }) => JSON.parse(scopes) as unknown)).toEqual([
    ['read:servers!server=moved/new'],
    ['access:servers!server=moved/new'],
  ])
})

test('where users have hosts of their own, a shared server has its address there', async () => {
  await using subdomains = await startHubInProcess({
    config: { JupyterHub: { subdomain_host: 'https://hub.example.org' } },
  })
  for (const name of ['ada', 'bob']) await subdomains.user(name)
  const reply = await subdomains.api('POST', '/shares/ada/', { user: 'bob' })
  const url = 'https://ada.hub.example.org/user/ada/'
  expect(reply.json<ShareModel>().server).toMatchObject({ url, full_url: url })
  const code = await subdomains.api('POST', '/share-codes/ada/')
  expect(code.json<{ full_accept_url: string }>().full_accept_url).toMatch(
    /^https:\/\/hub\.example\.org\/hub\/accept-share\?code=[\w-]{43}$/,
  )
})

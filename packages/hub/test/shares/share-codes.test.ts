import type { NewShareCodeModel, ShareCodeModel, ShareModel } from '@hub/api'
import type { Browser, Page } from '@hub/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { purgeExpired } from '../../src/startup/purge-expired.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
let later = 0
beforeAll(async () => {
  hub = await startHubInProcess({
    config: { JupyterHub: { allow_named_servers: true, public_url: 'https://hub.example.org' } },
    now: () => new Date(Date.now() + later),
  })
  for (const name of ['ada', 'bob', 'cleo']) await hub.user(name)
  for (const server of ['lab', 'other']) await hub.api('PUT', `/users/ada/servers/${server}`)
})
afterAll(() => hub[Symbol.asyncDispose]())
beforeEach(async () => {
  later = 0
  for (const server of ['', 'lab', 'other']) {
    await hub.api('DELETE', `/shares/ada/${server}`)
    await hub.api('DELETE', `/share-codes/ada/${server}`)
  }
})

interface Listing<Item> {
  readonly items: readonly Item[]
  readonly _pagination: { readonly total: number }
}

const create = (body?: unknown, server = 'lab', token?: string): Promise<Page> =>
  hub.api('POST', `/share-codes/ada/${server}`, body, token)
const newCode = async (body?: unknown, server?: string): Promise<NewShareCodeModel> =>
  (await create(body, server)).json()
const codes = async (path = '/share-codes/ada/lab'): Promise<readonly ShareCodeModel[]> =>
  (await hub.api('GET', path)).json<Listing<ShareCodeModel>>().items
const shares = async (): Promise<readonly ShareModel[]> =>
  (await hub.api('GET', '/shares/ada')).json<Listing<ShareModel>>().items
const message = (page: Page): string => page.json<{ message: string }>().message

describe('a new code', () => {
  test('is shown once, with the address to accept it at', async () => {
    const reply = await create()
    expect(reply.status).toBe(200)
    const { code, ...model } = reply.json<NewShareCodeModel>()
    expect(code).toMatch(/^[\w-]{43}$/)
    expect(model).toEqual({
      server: {
        user: { name: 'ada' },
        name: 'lab',
        url: '/user/ada/lab/',
        full_url: 'https://hub.example.org/user/ada/lab/',
        ready: false,
      },
      scopes: ['access:servers!server=ada/lab'],
      id: expect.stringMatching(/^sc_\d+$/),
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      exchange_count: 0,
      last_exchanged_at: null,
      accept_url: `/hub/accept-share?code=${code}`,
      full_accept_url: `https://hub.example.org/hub/accept-share?code=${code}`,
    })
    expect(Date.parse(model.expires_at ?? '') - Date.parse(model.created_at)).toBe(86_400_000)
    const { accept_url: _a, full_accept_url: _f, ...listed } = model
    expect(await codes()).toEqual([listed])
  })

  test('is stored as a hash only', async () => {
    const { code } = await newCode()
    const stored = JSON.stringify(await hub.foundation.database.read.all('SELECT * FROM share_codes'))
    expect(stored).toContain('sha512:1:')
    expect(stored).not.toContain(code)
    expect(hub.log.filter((line) => JSON.stringify(line).includes(code))).toEqual([])
  })

  test.each([60, 525_600 * 60])('may last %d seconds', async (seconds) => {
    const model = await newCode({ expires_in: seconds })
    expect(Date.parse(model.expires_at ?? '') - Date.parse(model.created_at)).toBe(seconds * 1_000)
  })

  test.each([
    [{ expires_in: 59 }],
    [{ expires_in: 525_600 * 60 + 1 }],
    [{ expires_in: 60.5 }],
    [{ expires_in: '60' }],
    [{ expires_in: null }],
    [{ scopes: 'servers' }],
    [{ scopes: ['nonsense'] }],
    [{ scopes: ['access:servers!user=ada'] }],
    ['[1]'],
  ])('that cannot be is refused: %j', async (body) => {
    expect((await create(body)).status).toBe(400)
    expect(await codes()).toEqual([])
  })

  test('allows no more than its maker may do; that is asked before the server is looked for', async () => {
    const token = await hub.userWith('maker', ['shares!user=ada'])
    const reply = await create({ scopes: ['servers'] }, 'none', token)
    expect([reply.status, message(reply)]).toEqual([403, expect.stringContaining('servers')])
    expect((await create({}, 'none', token)).status).toBe(404)
    expect((await create({}, 'lab', token)).status).toBe(200)
    expect((await hub.api('POST', '/share-codes/bob/', {}, token)).status).toBe(404)
  })

  test('cannot be made by just anybody', async () => {
    const [ada] = await hub.foundation.database.read.all<{ id: number }>("SELECT id FROM users WHERE name = 'ada'")
    const token = await hub.token({ userId: ada?.id ?? 0 })
    expect((await create({}, 'lab', token)).status).toBe(403)
    expect((await hub.api('POST', '/share-codes/ada/lab', {}, null)).status).toBe(403)
    // Whose servers they are may see the codes there are.
    expect((await hub.api('GET', '/share-codes/ada', undefined, token)).status).toBe(200)
    expect((await hub.api('DELETE', '/share-codes/ada/lab', undefined, token)).status).toBe(403)
  })
})

describe('codes of a server', () => {
  test('are listed by server and by owner, without those that have expired', async () => {
    const brief = await newCode({ expires_in: 60 })
    const long = await newCode()
    const other = await newCode({}, 'other')
    expect((await codes('/share-codes/ada')).map(({ id }) => id)).toEqual([brief.id, long.id, other.id])
    later = 61_000
    expect((await codes()).map(({ id }) => id)).toEqual([long.id])
    const page = (await hub.api('GET', '/share-codes/ada?limit=1')).json<Listing<ShareCodeModel>>()
    expect([page.items.map(({ id }) => id), page._pagination]).toEqual([
      [long.id],
      expect.objectContaining({ total: 2, limit: 1, next: expect.objectContaining({ offset: 1 }) }),
    ])
    await purgeExpired(hub.foundation)
    expect(await hub.foundation.database.read.all('SELECT id FROM share_codes')).toHaveLength(2)
    expect((await hub.api('GET', '/share-codes/nobody')).status).toBe(404)
    expect((await hub.api('GET', '/share-codes/ada/none')).status).toBe(404)
  })

  test('are deleted by code, by id, or all', async () => {
    const remove = async (query: string, server = 'lab') =>
      (await hub.api('DELETE', `/share-codes/ada/${server}${query}`)).status
    const [a, b, c, d] = [await newCode(), await newCode(), await newCode(), await newCode({}, 'other')]
    expect(await remove(`?code=${a.code}`)).toBe(204)
    expect(await remove(`?code=${a.code}`)).toBe(404)
    expect(await remove(`?id=${b.id}`)).toBe(204)
    expect(await remove(`?id=${b.id}`)).toBe(404)
    expect((await codes()).map(({ id }) => id)).toEqual([c.id])
    // Neither another server's, nor what is no id, nor an argument that is empty by mistake deletes anything.
    for (const query of [`?code=${d.code}`, `?id=${d.id}`, '?id=7', '?id=sc_x', '?id=', '?code=', `?code=&id=${c.id}`])
      expect([query, await remove(query)]).toEqual([query, 404])
    expect((await codes()).map(({ id }) => id)).toEqual([c.id])
    expect(await remove('')).toBe(204)
    expect(await codes()).toEqual([])
    expect(await codes('/share-codes/ada/other')).toHaveLength(1)
    expect(await remove('', 'none')).toBe(404)
  })
})

describe('accepting', () => {
  const open = (browser: Browser, code: string, more = ''): Promise<Page> =>
    browser.get(`/hub/accept-share?code=${code}${more}`, { follow: false })
  const accept = async (browser: Browser, page: Page): Promise<Page> =>
    browser.submit(page, page.formWith('code'), {}, { follow: false })

  test('shows what it is about, then gives it and goes to the server', async () => {
    const { code } = await newCode({ scopes: ['access:servers', 'read:servers'] })
    const bob = await hub.loggedIn('bob')
    const page = await open(bob, code)
    expect(page.status).toBe(200)
    for (const text of ['ada', '/user/ada/lab/', 'not currently running', 'server ada/lab'])
      expect(page.text).toContain(text)
    // The page's address holds the code: no server it leads to is told of it.
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    expect(await shares()).toEqual([])

    const answer = await accept(bob, page)
    expect([answer.status, answer.location]).toEqual([302, '/user/ada/lab/'])
    expect(await shares()).toMatchObject([
      { user: { name: 'bob' }, scopes: ['access:servers!server=ada/lab', 'read:servers!server=ada/lab'] },
    ])
    const [counted] = await codes()
    expect(counted).toMatchObject({ exchange_count: 1, last_exchanged_at: expect.stringMatching(/Z$/) })
    expect((await bob.get('/hub/user/ada/lab/', { follow: false })).status).toBe(424)
  })

  test('can be done by many, and more than once, which adds scopes only', async () => {
    const first = await newCode()
    const second = await newCode({ scopes: ['read:servers'] })
    const [bob, cleo] = [await hub.loggedIn('bob'), await hub.loggedIn('cleo')]
    for (const browser of [bob, cleo, bob]) await accept(browser, await open(browser, first.code))
    await accept(bob, await open(bob, second.code))
    expect((await shares()).map(({ user, scopes }) => [user?.name, scopes.length])).toEqual([
      ['bob', 2],
      ['cleo', 1],
    ])
    expect((await codes()).map((code) => code.exchange_count)).toEqual([3, 1])
  })

  test('leads on to where the link says, on this hub only', async () => {
    const { code } = await newCode()
    const bob = await hub.loggedIn('bob')
    const to = async (next: string) => (await accept(bob, await open(bob, code, `&next=${next}`))).location
    expect(await to('/user/ada/lab/tree/x%3Fa=1')).toBe('/user/ada/lab/tree/x?a=1')
    expect(await to('https://evil.example/')).toBe('/user/ada/lab/')
    expect(await to('//evil.example/')).toBe('/user/ada/lab/')
  })

  test('comes after logging in', async () => {
    const { code } = await newCode()
    const stranger = hub.browser()
    const login = await open(stranger, code)
    expect([login.status, login.location]).toEqual([
      302,
      `/hub/login?next=${encodeURIComponent(`/hub/accept-share?code=${code}`)}`,
    ])
    const page = await stranger.login('newcomer', 'any', { next: `/hub/accept-share?code=${code}` })
    expect((await accept(stranger, page)).location).toBe('/user/ada/lab/')
    expect((await hub.browser().post('/hub/accept-share', { code }, { follow: false })).status).toBe(403)
    expect(hub.log.filter((line) => JSON.stringify(line).includes(code))).toEqual([])
  })

  test.each([
    ['unknown', async () => Promise.resolve('x'.repeat(43))],
    ['very long', async () => Promise.resolve('x'.repeat(5_000))],
    [
      'deleted',
      async () => {
        const { code } = await newCode()
        await hub.api('DELETE', '/share-codes/ada/lab')
        return code
      },
    ],
    [
      'expired',
      async () => {
        const { code } = await newCode({ expires_in: 60 })
        later = 60_001
        return code
      },
    ],
  ])('a code that is %s is told so', async (_, make) => {
    const bob = await hub.loggedIn('bob')
    const { code: good } = await newCode()
    const page = await open(bob, good)
    const code = await make()
    expect((await open(bob, code)).status).toBe(404)
    const sent = await bob.submit(page, page.formWith('code'), { code }, { follow: false })
    expect(sent.status).toBe(400)
    expect(await shares()).toEqual([])
  })

  test('needs a code, and the form of the page', async () => {
    const bob = await hub.loggedIn('bob')
    expect((await bob.get('/hub/accept-share', { follow: false })).status).toBe(400)
    const { code } = await newCode()
    // A link or form of another site must not accept in somebody's name.
    const forged = await bob.post('/hub/accept-share', { code }, { follow: false })
    expect(forged.status).toBe(403)
    expect((await bob.post(`/hub/accept-share?code=${code}`, {}, { follow: false })).status).toBe(403)
    const page = await open(bob, code)
    expect((await bob.submit(page, page.formWith('code'), { code: '' }, { follow: false })).status).toBe(400)
    expect(await shares()).toEqual([])
  })

  test('one’s own server is refused', async () => {
    const { code } = await newCode()
    const [ada, bob] = [await hub.loggedIn('ada'), await hub.loggedIn('bob')]
    expect((await open(ada, code)).status).toBe(403)
    const form = (await open(bob, code)).formWith('code')
    const xsrf = ada.cookies.get('_xsrf', '/hub/') ?? ''
    const sent = await ada.submit(
      await ada.get('/hub/home'),
      { ...form, action: '/hub/accept-share' },
      { _xsrf: xsrf, code },
      { follow: false },
    )
    expect(sent.status).toBe(400)
    expect(await shares()).toEqual([])
  })

  test('at the same moment as others makes one share each, and counts each', async () => {
    const { code } = await newCode()
    const browsers = [await hub.loggedIn('bob'), await hub.loggedIn('cleo')]
    const pages = await Promise.all(browsers.map((browser) => open(browser, code)))
    await Promise.all([0, 1, 0, 1, 0, 1].map((who) => accept(browsers[who] as Browser, pages[who] as Page)))
    expect((await shares()).map(({ user }) => user?.name).sort()).toEqual(['bob', 'cleo'])
    expect((await codes())[0]?.exchange_count).toBe(6)
  })
})

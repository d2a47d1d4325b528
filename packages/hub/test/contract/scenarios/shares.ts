import { Page } from '@hub/testkit'
import { tokenFor, type CallOptions, type Side } from '../two-hubs.js'
import { HOLDERS, nobody, ODD_BODIES, paged, record, type Scenario } from './common.js'

/** Somebody with servers, and others to share them with. */
const prepare = async (on: Side): Promise<void> => {
  await on.ask('POST', '/users', { body: { usernames: ['olga', 'pat', 'quin'] } })
  for (const server of ['first', 'second']) await on.ask('PUT', `/users/olga/servers/${server}`)
  await on.ask('POST', '/groups/readers', { body: { users: ['pat'] } })
  await on.ask('POST', '/groups/owners', { body: { users: ['olga'] } })
}

const BODIES: readonly unknown[] = [
  ...ODD_BODIES,
  {},
  { user: 'pat' },
  { user: 'pat' },
  { user: 'pat', scopes: [] },
  { user: 'pat', scopes: null },
  { group: 'readers' },
  { user: 'pat', group: 'readers' },
  { user: 'pat', group: null },
  { user: null, group: 'readers' },
  { user: 'pat', x: 1 },
  { user: 3 },
  { user: '' },
  { group: [] },
  { user: 'nosuch' },
  { group: 'nosuch' },
  { user: 'PAT' },
  { user: 'olga' },
  { user: 'quin', scopes: 'access:servers' },
  { user: 'quin', scopes: [3] },
  { user: 'quin', scopes: ['read:servers', 'access:servers!server=olga/first'] },
  { user: 'quin', scopes: ['servers!server=olga/first', 'servers'] },
  { user: 'quin', scopes: ['access:servers!server=olga/second'] },
  { user: 'quin', scopes: ['access:servers!user=olga'] },
  { user: 'quin', scopes: ['access:servers!server'] },
  { user: 'quin', scopes: ['nosuch'] },
  { user: 'quin', scopes: ['admin:users'] },
  { user: 'quin', scopes: ['inherit'] },
  { user: 'quin', scopes: ['self'] },
  { user: 'quin', scopes: ['shares'] },
]

/** Without scopes that name no server: see the tests of shares. */
const REVOKED: readonly unknown[] = [
  ...BODIES.filter((body) => !JSON.stringify(body).includes('scopes')),
  { user: 'quin', scopes: [] },
  { user: 'quin', scopes: 'access:servers' },
  {
    user: 'quin',
    scopes: ['read:servers!server=olga/second', 'read:servers!user=olga'],
  },
  { user: 'quin', scopes: ['nosuch!server=olga/first'] },
]

const LISTS = [
  '/shares/olga',
  '/shares/olga/first',
  '/users/pat/shared',
  '/users/quin/shared',
  '/groups/readers/shared',
]

export const sharing: Scenario = async (on) => {
  await prepare(on)
  for (const method of ['POST', 'PATCH'] as const) {
    for (const body of method === 'POST' ? BODIES : REVOKED) await on.call(method, '/shares/olga/first', { body })
    for (const path of LISTS) await on.call('GET', path)
    for (const path of ['/shares/olga/nosuch', '/shares/nosuch/first'])
      await on.call(method, path, { body: { user: 'pat' } })
  }
  for (const body of [
    { user: 'pat' },
    { user: 'quin', scopes: ['read:servers', 'access:servers'] },
    { group: 'readers' },
  ])
    await on.ask('POST', '/shares/olga/first', { body })
  await on.ask('POST', '/shares/olga/second', { body: { user: 'quin' } })
  for (const body of [
    { user: 'quin', scopes: ['read:servers!server=olga/first'] },
    { user: 'quin', scopes: ['read:servers!server=olga/first'] },
    { user: 'quin', scopes: ['servers!server=olga/first'] },
    { user: 'pat', scopes: ['access:servers!server=olga/first'] },
  ])
    await on.call('PATCH', '/shares/olga/first', { body })
  for (const query of ['?limit=1', '?limit=1&offset=1', '?limit=0', '?limit=x', '?offset=9'])
    for (const path of LISTS) {
      await on.call('GET', `${path}${query}`)
      await on.call('GET', `${path}${query}`, paged)
    }
  for (const path of [
    '/shares/nosuch',
    '/shares/olga/nosuch',
    '/users/nosuch/shared',
    '/groups/nosuch/shared',
    '/users/pat/shared/olga/first',
    '/users/pat/shared/olga/second',
    '/users/pat/shared/olga/nosuch',
    '/users/pat/shared/nosuch/x',
    '/users/pat/shared/olga',
    '/groups/readers/shared/olga/first',
    '/groups/readers/shared/olga/second',
  ])
    await on.call('GET', path)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    for (const path of ['/shares/olga', '/share-codes/olga', '/users/pat/shared', '/groups/readers/shared'])
      await on.call(method, path, { body: { user: 'pat' } })
  await leaving(on)
}

const leaving = async (on: Side): Promise<void> => {
  for (const path of [
    '/users/pat/shared/olga/first',
    '/users/pat/shared/olga/first',
    '/users/pat/shared/nosuch/x',
    '/groups/readers/shared/olga/first',
    '/groups/readers/shared/olga/first',
    '/shares/olga/first',
    '/shares/olga/first',
    '/shares/olga/nosuch',
  ])
    await on.call('DELETE', path)
  for (const path of LISTS) await on.call('GET', path)
}

export const whoMayShare: Scenario = async (on) => {
  await on.ask('POST', '/shares/olga/first', { body: { user: 'pat' } })
  const callers: CallOptions[] = [nobody, { as: await on.tokenOf('olga') }, { as: await on.tokenOf('pat') }]
  for (const name of Object.keys(HOLDERS)) callers.push({ as: tokenFor(name) })
  for (const caller of callers) {
    for (const path of [...LISTS, '/shares/nosuch', '/share-codes/olga', '/share-codes/olga/first'])
      await on.call('GET', path, caller)
    for (const path of ['/shares/olga/second', '/shares/olga/nosuch', '/shares/nosuch/x']) {
      for (const body of [{ user: 'quin' }, { user: 'nosuch' }, { group: 'readers' }, { group: 'nosuch' }])
        await on.call('POST', path, { ...caller, body })
      await on.call('POST', path, { ...caller, body: { user: 'quin', scopes: ['servers'] } })
      await on.call('PATCH', path, { ...caller, body: { user: 'quin' } })
    }
    for (const path of ['/share-codes/olga/nosuch', '/share-codes/nosuch/x'])
      await on.call('POST', path, { ...caller, body: { scopes: ['servers'] } })
    await on.call('DELETE', '/share-codes/olga/second?id=sc_9999', caller)
    await on.call('DELETE', '/users/quin/shared/olga/first', caller)
    await on.call('DELETE', '/groups/readers/shared/olga/first', caller)
  }
  await on.ask('DELETE', '/shares/olga/first')
  await on.ask('DELETE', '/shares/olga/second')
}

export const shareCodes: Scenario = async (on) => {
  const create = async (body: unknown, server = 'first'): Promise<string> => {
    const page = await on.ask('POST', `/share-codes/olga/${server}`, body === undefined ? {} : { body })
    const code = page.status === 200 ? page.json<{ code: string }>().code : ''
    const text = code === '' ? page.text : page.text.replaceAll(code, 'CODE')
    record(on, `new code ${JSON.stringify(body)}`, new Page(page.path, page.status, page.headers, text))
    return code
  }
  for (const body of [
    undefined,
    ...ODD_BODIES,
    {},
    { scopes: [] },
    { scopes: null },
    { scopes: ['read:servers'] },
    { scopes: ['access:servers!user=olga'] },
    { scopes: ['nosuch'] },
    { scopes: 'x' },
    { expires_in: 60 },
    { expires_in: 59 },
    { expires_in: 525_600 * 60 },
    { expires_in: 525_600 * 60 + 1 },
    { expires_in: 0 },
    { expires_in: -1 },
    { expires_in: 60.5 },
    { expires_in: null },
    { x: 1 },
    { user: 'pat' },
  ])
    await create(body)
  for (const path of [
    '/share-codes/olga',
    '/share-codes/olga/first',
    '/share-codes/olga/second',
    '/share-codes/nosuch',
  ])
    for (const query of ['', '?limit=2', '?limit=1&offset=1']) await on.call('GET', `${path}${query}`)
  const [one, two] = [await create({}, 'second'), await create({}, 'first')]
  const remove = async (label: string, query: string): Promise<void> => {
    record(on, `delete ${label}`, await on.ask('DELETE', `/share-codes/olga/first${query}`))
  }
  await remove('another server’s', `?code=${one}`)
  await remove('one', `?code=${two}`)
  await remove('the same again', `?code=${two}`)
  for (const query of ['?code=x', '?id=sc_1', '?id=sc_1', '?id=1', '?id=sc_', '?id=sc_x', '?id=x'])
    await remove(query, query)
  await on.call('GET', '/share-codes/olga/first')
  await remove('all', '')
  await remove('all again', '')
  await on.call('GET', '/share-codes/olga')
  await accepting(on, one)
}

const accepting = async (on: Side, code: string): Promise<void> => {
  const quin = await on.loggedIn('quin')
  const olga = await on.loggedIn('olga')
  const open = async (who: typeof quin, label: string, query: string): Promise<Page> => {
    const page = await who.get(`/hub/accept-share${query}`, { follow: false })
    record(on, `open ${label}`, page)
    return page
  }
  await open(quin, 'none', '')
  await open(quin, 'unknown', '?code=unknown')
  await open(olga, 'own', `?code=${code}`)
  const page = await open(quin, 'good', `?code=${code}&next=/hub/token`)
  const xsrf = quin.cookies.get('_xsrf', '/hub/') ?? ''
  const send = async (label: string, fields: Readonly<Record<string, string>>, query = ''): Promise<void> => {
    record(on, `send ${label}`, await quin.post(`/hub/accept-share${query}`, fields, { follow: false }))
  }
  await send('without a token', { code })
  await send('without a code', { _xsrf: xsrf })
  await send('a wrong one', { code: 'x', _xsrf: xsrf })
  await send('a good one', { code, _xsrf: xsrf })
  await send('once more, with next', { code, _xsrf: xsrf }, '?next=/hub/token')
  record(on, 'send the form', await quin.submit(page, page.formWith('code'), {}, { follow: false }))
  const own = { code, _xsrf: olga.cookies.get('_xsrf', '/hub/') ?? '' }
  record(on, 'send own', await olga.post('/hub/accept-share', own, { follow: false }))
  await on.call('GET', '/users/quin/shared')
  await on.call('GET', '/share-codes/olga/second')
  await on.call('GET', '/user', { as: await on.tokenOf('quin') })
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hubEndpoints, type ListedServer, type UserModel } from '@hub/api'
import { describe, expect, test } from 'vitest'
import { endpoints } from '../src/api/endpoints.js'
import { propertyRows, readProperties } from '../src/groups/properties.js'
import { metric, parseMetrics } from '../src/hub/metrics.js'
import german from '../src/messages/de.json' with { type: 'json' }
import { checkRoutes } from '../src/routes/drift.js'
import { targetsOf } from '../src/users/bulk.js'
import { readUserList } from '../src/users/import-users.js'
import { optionsInWords } from '../src/users/options.js'
import { serverRows } from '../src/users/server-rows.js'

test('every endpoint the panel calls is one of the contract', () => {
  for (const [name, { method, path }] of Object.entries(endpoints)) {
    expect(hubEndpoints.find((endpoint) => endpoint.name === name)).toMatchObject({ method, path })
  }
})

describe('a list of people', () => {
  test('is a name a line; blanks, comments and repetitions are skipped', () => {
    expect(readUserList('ada\n\n  bob \r\n# later\nada\n', false)).toEqual([
      { name: 'ada', admin: false, groups: [] },
      { name: 'bob', admin: false, groups: [] },
    ])
    expect(readUserList('ada', true)[0]?.admin).toBe(true)
  })

  test('is CSV if it has a heading, with the separators that spreadsheets use', () => {
    const users = [
      { name: 'ada', admin: true, groups: ['maths', 'physics'] },
      { name: 'bob', admin: false, groups: [] },
    ]
    expect(readUserList('\uFEFFname,admin,groups\nada,yes,"maths physics"\nbob,,\n', false)).toEqual(users)
    expect(readUserList('Groups;Username;Admin\nmaths physics;ada;1\n;bob;0', false)).toEqual(users)
  })
})

test('the options of a server are its profile, or else whatever has a simple value', () => {
  expect(optionsInWords({ profile: 'gpu', mem: ['2'] })).toBe('gpu')
  expect(optionsInWords({ mem: ['2', 'GB'], cpus: 4, lab: true, deep: { a: 1 }, none: null, empty: '' })).toBe(
    'mem: 2 GB, cpus: 4, lab: true',
  )
  for (const nothing of [undefined, null, {}, 'text']) expect(optionsInWords(nothing)).toBe('')
})

describe('properties of a group', () => {
  const words = { twice: (key: string) => `${key} twice`, nameless: 'no name' }

  test('survive being shown and read', () => {
    const properties = { room: 'B', seats: 12, lab: true, text: '12', list: [1, 'a'], nothing: null }
    expect(readProperties(propertyRows(properties), words)).toEqual(properties)
  })

  test('are refused without a name, or with one that is there twice', () => {
    const row = (id: number, key: string, value: string) => ({ id, key, value })
    expect(() => readProperties([row(0, 'a', '1'), row(1, ' a', '2')], words)).toThrow('a twice')
    expect(() => readProperties([row(0, '', '1')], words)).toThrow('no name')
    expect(readProperties([row(0, '', ' '), row(1, '__proto__', 'x')], words)).toHaveProperty('__proto__', 'x')
  })
})

const server = (user: string, name: string, state: Partial<ListedServer>): ListedServer =>
  ({
    user,
    name,
    full_name: `${user}/${name}`,
    url: `/user/${user}/${name}`,
    ready: true,
    pending: null,
    ...state,
  }) as ListedServer // what the rule looks at

test('routes are compared with what runs: missing ones first, then those left over', () => {
  const route = (data: Record<string, unknown>) => ({ routespec: '', target: 'http://x', data })
  const checked = checkRoutes({
    routes: {
      '/': route({ hub: true }),
      '/user/ada/': route({ user: 'ada', server_name: '' }),
      '/user/bob/': route({ user: 'bob', server_name: '' }),
      '/user/eve/': route({ user: 'eve', server_name: '' }),
      '/services/old/': route({ service: 'old' }),
    },
    servers: [
      server('ada', '', {}),
      server('ada', 'lab', {}),
      server('eve', '', { ready: false, pending: 'stop' }),
      server('zoe', '', { ready: false, pending: 'spawn' }),
    ],
    services: [{ name: 'new', url: 'http://y', prefix: '/services/new/' }, { name: 'none' }],
  })
  expect(checked.map(({ spec, state }) => `${state} ${spec}`)).toEqual([
    'missing /services/new/',
    'missing /user/ada/lab',
    'left /services/old/',
    'left /user/bob/',
    'passing /user/eve/',
    'ok /',
    'ok /user/ada/',
  ])
})

test('a user has a line for the default server, and one for each other', () => {
  const users: UserModel[] = [{ name: 'ada', servers: { lab: server('ada', 'lab', {}) } }, { name: 'bob' }]
  expect(serverRows(users).map(({ id, isFirst }) => [id, isFirst])).toEqual([
    ['ada/', true],
    ['ada/lab', false],
    ['bob/', true],
  ])
})

test('all that match: starts those that are stopped, stops all that are not', () => {
  const user: UserModel = {
    name: 'ada',
    servers: {
      '': server('ada', '', { stopped: true }),
      lab: server('ada', 'lab', { stopped: false }),
      old: server('ada', 'old', { stopped: true }),
    },
  }
  expect(targetsOf('start', user)).toEqual([{ user: 'ada', server: '' }])
  expect(targetsOf('start', { name: 'new' })).toEqual([{ user: 'new', server: '' }])
  expect(targetsOf('stop', user)).toEqual([{ user: 'ada', server: 'lab' }])
})

test('metrics are read whatever their prefix', () => {
  const samples = parseMetrics(
    '# HELP x\nhub7_running_servers 3\nhub7_x_count{status="a",code="1"} 2\nhub7_x_count{status="b"} 5\n',
  )
  expect(metric(samples, 'running_servers')).toBe(3)
  expect(metric(samples, 'x_count')).toBe(7)
  expect(metric(samples, 'x_count', { status: 'b' })).toBe(5)
  expect(metric(samples, 'none')).toBeUndefined()
})

test('every text has a translation, with the same holes', async () => {
  const folder = join(import.meta.dirname, '../src')
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.tsx?$/.test(file))
  const texts = new Set<string>()
  for (const file of files) {
    const source = await readFile(join(folder, file), 'utf8')
    for (const [, single, double] of source.matchAll(
      /(?<![\w.])t\(\s*(?:\w+[^'"()]*\? )?'((?:[^'\\]|\\.)*)'(?:\s*: '((?:[^'\\]|\\.)*)')?/g,
    )) {
      for (const text of [single, double]) if (text !== undefined) texts.add(text)
    }
  }
  expect(texts.size).toBeGreaterThan(80)
  const catalogue: Readonly<Record<string, string>> = german
  for (const text of texts) expect(catalogue, text).toHaveProperty([text])
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
  for (const [text, translated] of Object.entries(catalogue)) expect(holes(translated), text).toEqual(holes(text))
})

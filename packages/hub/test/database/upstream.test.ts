import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { silentLog } from '@hub/api'
import { findVenv, tempDir } from '@hub/testkit'
import * as roleStore from '../../src/access/role-store.js'
import { connectDatabase, openDatabase, type Database, type Sql } from '../../src/database/index.js'
import * as groupStore from '../../src/groups/group-store.js'
import * as clientStore from '../../src/oauth/client-store.js'
import * as codeStore from '../../src/oauth/code-store.js'
import * as serverStateStore from '../../src/servers/server-state-store.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import { hashToken, isTokenStoredAs } from '../../src/tokens/token-hash.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import * as userStore from '../../src/users/user-store.js'
import { usePostgres } from './both-databases.js'
import { address, makeToken, noon, secondsAfter } from './make.js'

const venv = findVenv()
const run = promisify(execFile)

async function python(script: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(join(venv ?? '', 'bin/python'), [join(import.meta.dirname, script), ...args], {
    timeout: 60_000,
  })
  return JSON.parse(stdout)
}

/** Python needs a driver of its own for PostgreSQL. */
async function pythonSpeaksPostgres(): Promise<boolean> {
  return run(join(venv ?? '', 'bin/python'), ['-c', 'import psycopg2']).then(
    () => true,
    () => false,
  )
}

const forPython = (url: string) => url.replace('postgresql:', 'postgresql+psycopg2:')

interface Tokens {
  readonly user: string
  readonly service: string
  readonly oauth: string
}

async function ownerOf(database: Database, token: string): Promise<tokenStore.ApiToken | undefined> {
  const candidates = await tokenStore.findCandidatesByPrefix(database.read, token.slice(0, 4), new Date())
  return candidates.find((candidate) => isTokenStoredAs(token, candidate.hashed))
}

async function readWhatPythonWrote(database: Database, tokens: Tokens): Promise<void> {
  const { read } = database
  const ada = await userStore.findByName(read, 'ada')
  const bob = await userStore.findByName(read, 'bob')
  if (!ada || !bob) throw new Error('users missing')
  expect(ada).toMatchObject({
    admin: true,
    userInfo: { email: 'ada@example.org' },
    created: new Date('2026-01-02T03:04:05.678Z'),
    lastActivity: new Date('2026-01-02T03:04:06Z'),
  })
  expect(await userStore.findEncryptedAuthState(read, ada.id)).toEqual(Buffer.from([0, 255]))
  expect([...(await roleStore.rawScopesOfUser(read, ada.id))].sort()).toEqual(['read:users', 'self'])
  expect(await groupStore.findByName(read, 'team')).toMatchObject({ properties: { quota: 1 } })
  expect((await roleStore.findByName(read, 'grader'))?.managedByAuth).toBe(true)
  expect(await serverStore.listOfUsers(read, [ada.id])).toMatchObject([
    {
      name: '',
      started: new Date('2026-01-02T03:00:00Z'),
      state: { pid: 1, key: { __jupyterhub_bytes__: true } },
      userOptions: { size: 'big' },
      oauthClientId: 'jupyterhub-user-ada',
      address: { ip: '127.0.0.1', port: 4321 },
      life: { phase: 'ready', generation: 0 },
    },
    { name: 'lab', displayName: 'My Lab', address: null, life: { phase: 'stopped' } },
  ])
  expect(await serviceStore.findByName(read, 'culler')).toMatchObject({ command: ['cull'], timeout: 30 })
  expect(await ownerOf(database, tokens.user)).toMatchObject({ userId: ada.id, note: 'from python' })
  expect(await ownerOf(database, tokens.service)).toMatchObject({ userId: null, scopes: ['read:users'] })
  expect(await ownerOf(database, tokens.oauth)).toMatchObject({
    userId: bob.id,
    sessionId: 'session',
    clientId: 'jupyterhub-user-ada',
  })
}

async function writeForPython(database: Database): Promise<void> {
  await database.write(async (tx) => {
    const [eve] = await userStore.create(tx, [{ name: 'eve', cookieId: 'eve-cookie', created: noon, admin: true }])
    const lab = await serverStore.findByOwnerName(tx, 'ada', 'lab')
    const running = await serverStore.findByOwnerName(tx, 'ada', '')
    const bob = await userStore.findByName(tx, 'bob')
    if (!eve || !lab || !running || !bob) throw new Error('rows missing')
    await userStore.setUserInfo(tx, eve.id, { name: 'Ève' })
    await userStore.touch(tx, eve.id, secondsAfter(noon, 1))
    await userStore.setEncryptedAuthState(tx, eve.id, Buffer.from('token'))
    const role = await roleStore.findByName(tx, 'user')
    await roleStore.assign(tx, 'users', [eve.id], role?.id ?? 0)
    const [group] = await groupStore.create(tx, ['ours'])
    await groupStore.addMembers(tx, group?.id ?? 0, [eve.id])
    await clientStore.upsert(tx, {
      identifier: 'jupyterhub-user-ada-lab',
      description: 'Server at /user/ada/lab/',
      secret: 'hash',
      redirectUri: '/cb',
      allowedScopes: ['x'],
    })
    const generation = await serverStateStore.claim(tx, lab.id, { at: noon, actor: 'user:ada' })
    expect(generation).toBe(1)
    await serverStore.attachAddress(tx, lab.id, { ...address, port: 99 })
    await serverStore.update(tx, lab.id, {
      started: noon,
      state: { key: { __jupyterhub_bytes__: true, data: 'AQI=\n' } },
      userOptions: { a: [1] },
      oauthClientId: 'jupyterhub-user-ada-lab',
    })
    await serverStateStore.transition(tx, running.id, {
      from: ['ready'],
      to: 'unknown',
      generation: 0,
      at: noon,
      actor: 'hub',
    })
    await makeToken(
      tx,
      { userId: eve.id },
      { ...hashToken('token-of-ours-0123', { rounds: 1 }), scopes: ['z', 'self'] },
    )
    const bobs = await serverStore.create(tx, { userId: bob.id, name: '', displayName: '' })
    await serverStateStore.claim(tx, bobs.id, { at: noon, actor: 'user:bob' })
    await codeStore.create(tx, {
      clientId: 'jupyterhub-user-ada',
      code: 'code',
      expiresAt: 2_000_000_000,
      redirectUri: '/cb',
      sessionId: null,
      userId: eve.id,
      scopes: ['self'],
      codeChallenge: 'challenge',
      codeChallengeMethod: 'S256',
    })
  })
}

const whatPythonFinds = {
  users: {
    ada: {
      admin: true,
      created: '2026-01-02T03:04:05.678901',
      servers: {
        '': { port: 4321, client: ['a', 'b'] },
        lab: {
          display_name: 'My Lab',
          started: '2026-03-01T12:00:00.123000',
          user_options: { a: [1] },
          state: { key: "b'\\x01\\x02'" },
          port: 99,
          client: ['x'],
        },
      },
    },
    bob: { admin: false },
    eve: {
      admin: true,
      user_info: { name: 'Ève' },
      created: '2026-03-01T12:00:00.123000',
      last_activity: '2026-03-01T12:00:01.123000',
      roles: ['user'],
      groups: ['ours'],
      auth_state: Buffer.from('token').toString('hex'),
    },
  },
  tokens: {
    ours: { owner: 'eve', scopes: ['self', 'z'], note: 'a token', client: 'jupyterhub' },
    user: { owner: 'ada', note: 'from python' },
    oauth: { owner: 'bob' },
  },
  codes: ['challenge'],
}

/** Every column, constraint and index of upstream's tables, in words that do not depend on who created them. */
async function declared(sql: Sql): Promise<readonly string[]> {
  const queries =
    sql.kind === 'sqlite'
      ? ["SELECT name AS owner, sql AS text FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'hub%'"]
      : [
          "SELECT table_name AS owner, column_name || ' ' || data_type || COALESCE(character_maximum_length::text, '') || " +
            "is_nullable || COALESCE(column_default, '') AS text FROM information_schema.columns WHERE table_schema = 'public'",
          "SELECT conrelid::regclass::text AS owner, conname || ' ' || pg_get_constraintdef(oid) AS text FROM pg_constraint",
          "SELECT tablename AS owner, indexdef AS text FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'hub%'",
        ]
  const lines: string[] = []
  for (const query of queries) {
    for (const { owner, text } of await sql.all<{ owner: string; text: string }>(query)) {
      if (owner === 'server_states' || owner.startsWith('hub_')) continue
      for (const line of text.split('\n')) lines.push(`${owner}: ${line.replace(/"|,\s*$/g, '').trim()}`)
    }
  }
  return lines.sort()
}

describe.skipIf(venv === undefined)("a database of Python's JupyterHub", () => {
  const postgres = usePostgres()

  async function thereAndBack(urlOfPython: string, url: string): Promise<void> {
    // The script prints what its type says.
    const tokens = (await python('upstream-write.py', urlOfPython)) as Tokens
    const database = await openDatabase({ url, log: silentLog })
    await readWhatPythonWrote(database, tokens)
    await writeForPython(database)
    await database.close()
    const found = await python(
      'upstream-read.py',
      urlOfPython,
      JSON.stringify({ ...tokens, ours: 'token-of-ours-0123' }),
    )
    expect(found).toMatchObject(whatPythonFinds)
    const again = await openDatabase({ url, log: silentLog })
    expect(await userStore.findByName(again.read, 'bob')).toBeUndefined()
    expect(await again.read.all('SELECT spawner_id FROM server_states')).toHaveLength(2)
    await again.close()
  }

  test('is read by our hub, written to, and read by Python again (sqlite)', async () => {
    await using dir = await tempDir()
    const url = `sqlite:///${join(dir.path, 'jupyterhub.sqlite')}`
    await thereAndBack(url, url)
    expect(await readdir(dir.path)).toEqual(['jupyterhub.sqlite'])
  })

  test('is read by our hub, written to, and read by Python again (postgres)', async ({ skip }) => {
    if (!(await pythonSpeaksPostgres())) skip('psycopg2 is not installed in the virtual environment')
    const url = await postgres().createDatabase('upstream')
    await thereAndBack(forPython(url), url)
  })

  test.for(['sqlite', 'postgres'])('has the very tables that our hub makes (%s)', async (kind, { skip }) => {
    if (kind === 'postgres' && !(await pythonSpeaksPostgres())) skip('psycopg2 is not installed there')
    await using dir = await tempDir()
    const ours = kind === 'sqlite' ? join(dir.path, 'ours.sqlite') : await postgres().createDatabase('ours')
    const theirs = kind === 'sqlite' ? join(dir.path, 'theirs.sqlite') : await postgres().createDatabase('theirs')
    await (await openDatabase({ url: ours, log: silentLog })).close()
    await python('upstream-read.py', kind === 'sqlite' ? `sqlite:///${theirs}` : forPython(theirs), '{}')
    const [ourTables, theirTables] = await Promise.all(
      [ours, theirs].map(async (url) => {
        const database = await connectDatabase({ url, log: silentLog })
        const lines = await declared(database.read)
        await database.close()
        return lines
      }),
    )
    expect(ourTables).toEqual(theirTables)
    expect(ourTables?.length).toBeGreaterThan(100)
  })

  test('that our hub made is opened by Python without an upgrade', async () => {
    await using dir = await tempDir()
    const url = `sqlite:///${join(dir.path, 'jupyterhub.sqlite')}`
    await (await openDatabase({ url, log: silentLog })).close()
    expect(await python('upstream-read.py', url, '{}')).toEqual({ users: {}, tokens: {}, codes: [] })
  })
})

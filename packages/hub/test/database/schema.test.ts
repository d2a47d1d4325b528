import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { silentLog } from '@hub/api'
import { tempDir } from '@hub/testkit'
import { connectDatabase, openDatabase, upgradeDatabase, type Sql } from '../../src/database/index.js'
import { ownTables } from '../../src/database/entities/index.js'
import { columnNames, tableNames } from '../../src/database/migrations/catalogue.js'
import { ownMigrations } from '../../src/database/migrations/own-migrations.js'
import * as serviceStore from '../../src/services/service-store.js'
import * as userStore from '../../src/users/user-store.js'
import { onEveryDatabase, usePostgres } from './both-databases.js'
import { aService, makeUser, noon } from './make.js'

const HEAD = 'f460b0348206'

/** What each revision after the one named had added; newest first. */
const addedAfter: readonly (readonly [revision: string, added: readonly (readonly [string, ...string[]])[]])[] = [
  [HEAD, []],
  ['ff1860e38070', [['spawners', 'display_name']]],
  ['afd65840b69e', [['users', 'user_info']]],
  ['be8ecf03ddac', [['oauth_codes', 'code_challenge', 'code_challenge_method']]],
  ['4621fec11365', [['services', 'timeout']]],
  [
    '3c2384c5aae1',
    ['roles', 'user_role_map', 'group_role_map', 'service_role_map'].map(
      (table) => [table, 'managed_by_auth'] as const,
    ),
  ],
  [
    '0eee8c825d24',
    [
      ['services', 'from_config', 'url', 'oauth_client_allowed_scopes', 'info', 'display', 'oauth_no_confirm'],
      ['services', 'command', 'cwd', 'environment', 'user'],
    ],
  ],
  ['651f5419b74d', [['groups', 'properties']]],
]

/** Makes of a database of ours what upstream had at that revision. */
async function ageTo(tx: Sql, revision: string): Promise<void> {
  for (const [step, tables] of addedAfter) {
    for (const [table, ...columns] of tables) {
      for (const column of columns) await tx.run(`ALTER TABLE "${table}" DROP COLUMN "${column}"`)
    }
    if (step === revision) break
  }
  for (const { name } of ownTables) await tx.run(`DROP TABLE ${name}`)
  await tx.run('DROP TABLE hub_migrations')
  for (const index of ['spawners_user_id', 'api_tokens_user_id']) await tx.run(`DROP INDEX hub_ix_${index}`)
  await tx.run('UPDATE alembic_version SET version_num = ?', [revision])
}

const revisionOf = async (sql: Sql) => (await sql.all('SELECT version_num FROM alembic_version'))[0]?.['version_num']

describe('a database in use', () => {
  onEveryDatabase('schema', (current) => {
    test('an empty one is created at head, with our tables and the built-in client', async () => {
      const { read } = current().database
      expect(await revisionOf(read)).toBe(HEAD)
      expect([...(await tableNames(read))].sort()).toEqual([
        ...[
          'alembic_version',
          'api_tokens',
          'group_role_map',
          'groups',
          'hub_announcements',
          'hub_login_sessions',
          'hub_migrations',
          'oauth_clients',
          'oauth_codes',
        ],
        ...['roles', 'server_states', 'servers', 'service_role_map', 'services', 'share_codes', 'shares', 'spawners'],
        ...['user_group_map', 'user_role_map', 'users'],
      ])
      expect(await read.all('SELECT identifier, secret FROM oauth_clients')).toEqual([
        { identifier: 'jupyterhub', secret: '' },
      ])
    })
  })
})

describe('start rules', () => {
  const postgres = usePostgres()
  let databases = 0
  const freshUrl = async (kind: string, folder: string) =>
    kind === 'sqlite' ? join(folder, 'hub.sqlite') : postgres().createDatabase(`start${databases++}`)

  async function prepared(kind: string, folder: string, change: (tx: Sql) => Promise<unknown>): Promise<string> {
    const url = await freshUrl(kind, folder)
    const database = await openDatabase({ url, log: silentLog })
    await database.write((tx) => makeUser(tx))
    await database.write(change)
    await database.close()
    return url
  }

  const kinds = ['sqlite', 'postgres']

  test.each(kinds)('opening again changes nothing (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, async () => {})
    const database = await openDatabase({ url, log: silentLog })
    expect(await userStore.findByName(database.read, 'ada')).toBeDefined()
    expect(await database.read.all('SELECT name FROM hub_migrations')).toHaveLength(ownMigrations.length)
    await database.close()
  })

  test.each(kinds)('one of JupyterHub 6 is used as it is, with our tables added (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, (tx) => ageTo(tx, HEAD))
    const database = await openDatabase({ url, log: silentLog })
    expect(await userStore.findByName(database.read, 'ada')).toBeDefined()
    expect(await tableNames(database.read)).toContain('server_states')
    await database.close()
  })

  test.each(kinds)('an older one is refused, untouched, with what to do (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, (tx) => ageTo(tx, '4621fec11365'))
    const error: unknown = await openDatabase({ url, log: silentLog }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'database_outdated' })
    expect(String(error)).toMatch(/Back it up, then run "jupyterhub upgrade-db"/)
    if (kind === 'sqlite') expect(await readdir(dir.path)).toEqual(['hub.sqlite'])
  })

  test.each([
    ['4dc2d5a8c53c', 'database_too_old'],
    ['0123456789ab', 'database_unknown_revision'],
  ])('revision %s is refused at start and by the upgrade, without a backup', async (revision, code) => {
    await using dir = await tempDir()
    const url = await prepared('sqlite', dir.path, (tx) =>
      tx.run('UPDATE alembic_version SET version_num = ?', [revision]),
    )
    await expect(openDatabase({ url, log: silentLog })).rejects.toMatchObject({ code })
    await expect(upgradeDatabase({ url, log: silentLog, now: noon })).rejects.toMatchObject({ code })
    expect(await readdir(dir.path)).toEqual(['hub.sqlite'])
  })

  test.each(kinds)('one without a revision is taken for what its tables suggest (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, (tx) => tx.run('DROP TABLE alembic_version'))
    const database = await openDatabase({ url, log: silentLog })
    expect(await revisionOf(database.read)).toBe(HEAD)
    await database.write(async (tx) => {
      await tx.run('DROP TABLE alembic_version')
      for (const table of ['server_states', 'shares', 'share_codes', 'spawners']) await tx.run(`DROP TABLE ${table}`)
    })
    await database.close()
    await expect(openDatabase({ url, log: silentLog })).rejects.toMatchObject({ code: 'database_too_old' })
  })

  test('one that lacks a column of its revision is refused, naming it', async () => {
    await using dir = await tempDir()
    const url = await prepared('sqlite', dir.path, (tx) => tx.run('ALTER TABLE users DROP COLUMN user_info'))
    await expect(openDatabase({ url, log: silentLog })).rejects.toThrow(/table users lacks user_info/)
  })

  test.each(kinds)('a missing table is created (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, (tx) => tx.run('DROP TABLE shares'))
    const database = await openDatabase({ url, log: silentLog })
    expect((await tableNames(database.read)).has('shares')).toBe(true)
    await database.close()
  })

  test.each(kinds)('reset drops everything first (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, async () => {})
    const database = await openDatabase({ url, log: silentLog, reset: true })
    expect(await userStore.countAll(database.read)).toBe(0)
    await database.close()
  })

  test('several hubs may start on the same empty database at once', async () => {
    await using dir = await tempDir()
    for (const kind of kinds) {
      const url = await freshUrl(kind, dir.path)
      const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ url, log: silentLog })))
      await Promise.all(opened.map((database) => database.close()))
    }
  })

  test.each(kinds)('upgrading brings an old one to head and keeps what is in it (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = await prepared(kind, dir.path, async (tx) => {
      await serviceStore.upsert(tx, aService('old'))
      await tx.run("INSERT INTO roles (name, managed_by_auth) VALUES ('user', TRUE)")
      await ageTo(tx, '651f5419b74d')
    })
    const upgrade = await upgradeDatabase({ url, log: silentLog, now: noon })
    expect(upgrade.from).toBe('651f5419b74d')
    const database = await openDatabase({ url, log: silentLog })
    expect(await userStore.findByName(database.read, 'ada')).toMatchObject({ userInfo: null })
    expect(await serviceStore.findByName(database.read, 'old')).toMatchObject({
      fromConfig: true,
      timeout: 30,
      url: null,
    })
    expect(await database.read.all('SELECT name FROM roles WHERE managed_by_auth')).toEqual([])
    expect(await columnNames(database.read, 'oauth_codes')).toContain('code_challenge_method')
    await database.close()
    expect(await upgradeDatabase({ url, log: silentLog, now: noon })).toEqual({ from: HEAD })
    if (kind === 'postgres') return
    expect((await readdir(dir.path)).sort()).toEqual(['hub.sqlite', basename(upgrade.backupFile ?? '')])
    expect(upgrade.backupFile).toMatch(/hub\.sqlite\.\d{4}-\d\d-\d\d-\d{6}$/)
    expect((await stat(upgrade.backupFile ?? '')).mode & 0o777).toBe(0o600)
    const backup = await connectDatabase({ url: upgrade.backupFile ?? '', log: silentLog })
    expect(await revisionOf(backup.read)).toBe('651f5419b74d')
    expect(await backup.read.all('SELECT name FROM users')).toEqual([{ name: 'ada' }])
    await backup.close()
  })

  test.each(addedAfter.map(([revision]) => revision))('revision %s can be upgraded', async (revision) => {
    await using dir = await tempDir()
    const url = await prepared('sqlite', dir.path, (tx) => ageTo(tx, revision))
    await upgradeDatabase({ url, log: silentLog, now: noon })
    const database = await openDatabase({ url, log: silentLog })
    expect(await revisionOf(database.read)).toBe(HEAD)
    await database.close()
  })

  test('a database that cannot be reached is reported without its password', async () => {
    const url = 'postgresql://hub:top-secret@127.0.0.1:1/hub'
    const error: unknown = await openDatabase({ url, log: silentLog }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'database_unavailable' })
    expect(String(error)).toContain('postgresql://hub:***@127.0.0.1:1/hub')
    expect(String(error)).not.toContain('top-secret')
    await expect(openDatabase({ url: '/proc/no/such/file', log: silentLog })).rejects.toMatchObject({
      code: 'database_unavailable',
    })
  })
})

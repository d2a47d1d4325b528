import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { silentLog } from '@hub/api'
import { tempDir } from '@hub/testkit'
import { connectDatabase, openDatabase, type Database, type Transaction } from '../../src/database/index.js'
import * as userStore from '../../src/users/user-store.js'
import { onEveryDatabase, usePostgres } from './both-databases.js'
import { makeUser, makeUsers, noon } from './make.js'

onEveryDatabase('transactions', (current) => {
  test('a failed one leaves nothing and does not drag down those beside it', async () => {
    const { database } = current()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        database.write(async (tx) => {
          await makeUsers(tx, `user-${i}`)
          if (i % 5 === 0) throw new Error('changed my mind')
          await tx.all('SELECT 1 AS one')
          return i
        }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(40)
    expect(await userStore.countAll(database.read)).toBe(40)
  })

  test('a statement that the database refuses undoes the statements before it', async () => {
    const { database } = current()
    const failing = database.write(async (tx) => {
      await makeUser(tx, 'eve')
      await tx.run('INSERT INTO no_such_table VALUES (1)')
    })
    await expect(failing).rejects.toMatchObject({ code: 'database_failed', status: 500 })
    expect(await userStore.findByName(database.read, 'eve')).toBeUndefined()
    await database.write((tx) => makeUser(tx, 'eve'))
  })

  test('an error never carries the values of the statement', async () => {
    const { database } = current()
    await database.write((tx) => makeUser(tx, 'a-secret-name'))
    const error: unknown = await database
      .write((tx) => makeUser(tx, 'a-secret-name'))
      .catch((reason: unknown) => reason)
    const everything = (value: unknown): string =>
      value instanceof Error ? `${value.stack} ${JSON.stringify(value)} ${everything(value.cause)}` : String(value)
    expect(everything(error)).not.toContain('a-secret-name')
    expect(error).toMatchObject({ code: 'database_duplicate' })
  })

  test('a statement that comes after the end of its transaction is refused', async () => {
    const { database } = current()
    let leaked: Transaction | undefined
    await database.write((tx) => {
      leaked = tx
      return Promise.resolve()
    })
    await expect(leaked?.run('DELETE FROM users')).rejects.toThrow('after its transaction had ended')
  })

  test('counting up in 50 parallel transactions loses nothing', async () => {
    const { database } = current()
    const { id } = await database.write((tx) => makeUser(tx))
    await Promise.all(
      Array.from({ length: 50 }, () =>
        database.write((tx) => tx.run("UPDATE users SET name = name || '+' WHERE id = ?", [id])),
      ),
    )
    expect((await userStore.findById(database.read, id))?.name).toBe(`ada${'+'.repeat(50)}`)
  })

  test('closing twice is closing once', async () => {
    const { database } = current()
    await Promise.all([database.close(), database.close()])
    await expect(database.read.all('SELECT 1 AS one')).rejects.toThrow()
  })
})

describe('readers', () => {
  const postgres = usePostgres()

  test.each(['sqlite', 'postgres'])('see nothing of a transaction before it is committed (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = kind === 'sqlite' ? join(dir.path, 'hub.sqlite') : await postgres().createDatabase('readers')
    const database = await openDatabase({ url, log: silentLog })
    await database.write(async (tx) => {
      await makeUser(tx, 'ada')
      expect(await userStore.findByName(tx, 'ada')).toMatchObject({ created: noon })
      expect(await userStore.findByName(database.read, 'ada')).toBeUndefined()
    })
    expect(await userStore.findByName(database.read, 'ada')).toBeDefined()
    await database.close()
  })

  test('are refused a write in a sqlite file, which would get in the way of the writers', async () => {
    await using dir = await tempDir()
    const database = await openDatabase({ url: join(dir.path, 'hub.sqlite'), log: silentLog })
    await expect(makeUser(database.read)).rejects.toThrow('readonly')
    await database.close()
  })
})

describe('two processes on one database', () => {
  const postgres = usePostgres()

  test.each(['sqlite', 'postgres'])('wait for each other and lose nothing (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = kind === 'sqlite' ? join(dir.path, 'hub.sqlite') : await postgres().createDatabase('two')
    const hub = await openDatabase({ url, log: silentLog })
    const command = await openDatabase({ url, log: silentLog })
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? hub : command).write(async (tx) => {
          // Read first: that is what a transaction which takes the lock only on its first write would fail by.
          await userStore.countAll(tx)
          await makeUsers(tx, `user-${i}`)
        }),
      ),
    )
    expect(await userStore.countAll(hub.read)).toBe(50)
    await Promise.all([hub.close(), command.close()])
  })
})

describe('deadlines', () => {
  const postgres = usePostgres()
  /** The tables are made first: on a busy machine that may take longer than what is tested here. */
  async function openImpatient(url: string): Promise<Database> {
    await (await openDatabase({ url, log: silentLog })).close()
    return connectDatabase({ url, log: silentLog, statementTimeoutMs: 2_000 })
  }
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) AS n FROM n'

  test.each(['sqlite', 'postgres'])('end a statement that runs for too long, and only that one (%s)', async (kind) => {
    await using dir = await tempDir()
    const url = kind === 'sqlite' ? join(dir.path, 'hub.sqlite') : await postgres().createDatabase('deadlines')
    const database = await openImpatient(url)
    const [late, fine] = await Promise.allSettled([database.read.all(endless), database.write((tx) => makeUser(tx))])
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'database_timeout', status: 503 } })
    expect(fine.status).toBe('fulfilled')
    expect(await userStore.countAll(database.read)).toBe(1)
    await database.close()
  })

  test.each(['sqlite', 'postgres'])(
    'end a transaction whose work hangs, so that the next one comes (%s)',
    async (kind) => {
      await using dir = await tempDir()
      const url = kind === 'sqlite' ? join(dir.path, 'hub.sqlite') : await postgres().createDatabase('hanging')
      const database = await openImpatient(url)
      const hanging = database.write(async (tx) => {
        await makeUser(tx, 'lost')
        await new Promise(() => {})
      })
      await expect(hanging).rejects.toMatchObject({ code: 'database_timeout' })
      await database.write((tx) => makeUser(tx, 'ada'))
      expect(await userStore.countAll(database.read)).toBe(1)
      await database.close()
    },
  )
})

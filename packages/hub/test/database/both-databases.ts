import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { silentLog } from '@hub/api'
import { startPostgres, tempDir, type Postgres, type TempDir } from '@hub/testkit'
import { connectDatabase, openDatabase, upstreamTables, type Database } from '../../src/database/index.js'

export interface TestDatabase {
  /** The database of this test, empty but for what every hub makes. */
  readonly database: Database
  readonly url: string
}

/** Runs the same tests on sqlite in a file, sqlite in memory, and PostgreSQL; each test has a database of its own. */
export function onEveryDatabase(name: string, suite: (current: () => TestDatabase) => void): void {
  describe(`${name} (sqlite file)`, () => {
    let dir: TempDir
    perTest(async () => {
      dir = await tempDir()
      return `sqlite:///${join(dir.path, 'hub.sqlite')}`
    }, suite)
    afterEach(() => dir[Symbol.asyncDispose]())
  })
  describe(`${name} (sqlite memory)`, () => {
    perTest(() => Promise.resolve('sqlite://'), suite)
  })
  describe(`${name} (postgres)`, () => {
    const postgres = usePostgres()
    let url: string | undefined
    // One database for all these tests: to make one takes longer than most of them.
    perTest(
      async () => (url = url === undefined ? await postgres().createDatabase('shared') : await emptied(url)),
      suite,
    )
  })
}

async function emptied(url: string): Promise<string> {
  const database = await connectDatabase({ url, log: silentLog })
  await database.write(async (tx) => {
    for (const table of [...upstreamTables].reverse()) {
      const kept = table.name === 'oauth_clients' ? " WHERE identifier <> 'jupyterhub'" : ''
      await tx.run(`DELETE FROM "${table.name}"${kept}`)
    }
  })
  await database.close()
  return url
}

/** One server for the tests of a `describe`. */
export function usePostgres(): () => Postgres {
  let postgres: Postgres | undefined
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  return () => {
    if (postgres === undefined) throw new Error('PostgreSQL is there only inside a test')
    return postgres
  }
}

function perTest(makeUrl: () => Promise<string>, suite: (current: () => TestDatabase) => void): void {
  let current: TestDatabase | undefined
  beforeEach(async () => {
    const url = await makeUrl()
    current = { url, database: await openDatabase({ url, log: silentLog }) }
  })
  afterEach(() => current?.database.close())
  suite(() => {
    if (current === undefined) throw new Error('the database is there only inside a test')
    return current
  })
}

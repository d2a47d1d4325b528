import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres, type Postgres } from '@hub/testkit'

/** Runs a suite twice: on sqlite, and on a PostgreSQL server of its own. */
export function onBothDatabases(name: string, suite: (newDatabase: () => Promise<string | undefined>) => void): void {
  describe(`${name} (sqlite)`, () => {
    suite(() => Promise.resolve(undefined))
  })
  describe(`${name} (postgres)`, () => {
    let postgres: Postgres | undefined
    let count = 0
    beforeAll(async () => {
      postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    suite(async () => postgres?.createDatabase(`hub_${count++}`))
  })
}

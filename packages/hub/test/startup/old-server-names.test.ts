import { expect, test } from 'vitest'
import { type LogLine, recordingLog } from '@hub/testkit'
import { safeSlug } from '../../src/servers/safe-slug.js'
import * as serverStore from '../../src/servers/server-store.js'
import { checkOldServerNames, type OldNames } from '../../src/startup/old-server-names.js'
import { onEveryDatabase } from '../database/both-databases.js'
import { makeUser, noon } from '../database/make.js'

onEveryDatabase('servers whose names were allowed once', (current) => {
  const names = ['', 'a-b-c', 'abc', 'a-b-c🐧', '\\ a 🐧 -', '$p~c|a! ch@rs', 'running €']

  async function servers() {
    const { database } = current()
    const user = await database.write(async (tx) => {
      const made = await makeUser(tx)
      for (const name of names) {
        const { id } = await serverStore.create(tx, { userId: made.id, name, displayName: '' })
        if (name.startsWith('running')) await serverStore.update(tx, id, { started: noon })
      }
      return made
    })
    return {
      check: async (oldNames: OldNames) => {
        const lines: LogLine[] = []
        await checkOldServerNames(database, oldNames, recordingLog(lines))
        return lines.map(({ level }) => level)
      },
      now: async () =>
        (await serverStore.listOfUsers(database.read, [user.id])).map(({ name, displayName }) => [name, displayName]),
      user,
    }
  }

  test('get a new one, and keep the old one for people, unless they run', async () => {
    const { check, now } = await servers()
    expect((await check('autorename')).sort()).toEqual(['error', 'info', 'info', 'info'])
    const renamed = [
      ['', ''],
      ['a-b-c', ''],
      ['abc', ''],
      ['a-b-c-3d9e03d4', 'a-b-c🐧'],
      ['a', '\\ a 🐧 -'],
      ['p-c-a-ch-rs', '$p~c|a! ch@rs'],
      ['running €', ''],
    ]
    expect(await now()).toEqual(renamed)
    expect(await check('autorename')).toEqual(['error'])
    expect(await now()).toEqual(renamed)
  })

  test.each(['allow-start', 'allow-delete'] as const)('stay as they are with %s, which is said', async (oldNames) => {
    const { check, now } = await servers()
    expect(await check(oldNames)).toEqual(['warn'])
    expect(await now()).toEqual(names.map((name) => [name, '']))
  })

  test('with a display name stop the start: no release makes both', async () => {
    const { database } = current()
    const { check, user } = await servers()
    const odd = await serverStore.find(database.read, user.id, '\\ a 🐧 -')
    await database.write((tx) => serverStore.update(tx, odd?.id ?? 0, { displayName: 'Mine' }))
    await expect(check('autorename')).rejects.toMatchObject({ code: 'old_server_name' })
    expect(safeSlug('\\ a 🐧 -')).toBe('a')
  })
})

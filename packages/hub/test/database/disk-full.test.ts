import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { smallDisk, startHubProcess, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'

const isRoot = process.getuid?.() === 0
const many = Array.from({ length: 200 }, (_, index) => `somebody-with-a-long-name-${index}`)

test.skipIf(!isRoot)(
  'on a full disk what cannot be written is refused with the reason, as a whole, and goes on by itself when there is room',
  async () => {
    await using disk = await smallDisk(2048)
    const file = join(disk.path, 'jupyterhub.sqlite')
    await using hub = await startHubProcess({ dbUrl: `sqlite:///${file}` })
    expect((await hub.api('POST', '/users/ada')).status).toBe(201)
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })

    await disk.fill()
    // The room that the database had taken before may do for a little.
    for (let attempt = 0; attempt < 20; attempt++) {
      const { status } = await hub.api('POST', '/users', { usernames: many.map((name) => `${name}-${attempt}`) })
      if (status !== 201) break
    }
    const before = (await hub.api('GET', '/users?limit=1')).headers['x-total-count']
    const refused = await hub.api('POST', '/users', { usernames: many })
    expect(refused.status).toBe(503)
    expect(refused.json<{ message: string }>().message).toMatch(/disk is full/)
    const start = await hub.api('POST', '/users/ada/server', {})
    expect(start.status).toBe(503)
    expect(await hub.servers()).toEqual([])
    await using bob = hub.browser()
    const page = await bob.login('bob', 'x', { next: '/hub/home' })
    expect(page.status).toBe(503)
    expect(page.text).toContain('disk is full')
    // Those who are logged in go on reading, and nothing of what was refused is there.
    expect((await ada.get('/hub/home', { follow: false })).status).toBeLessThan(400)
    expect((await hub.api('GET', `/users/${many[0]}`)).status).toBe(404)
    expect((await hub.api('GET', '/users?limit=1')).headers['x-total-count']).toBe(before)
    expect((await hub.api('GET', '/users/ada')).json()).toMatchObject({ server: null, pending: null })

    await disk.free()
    expect((await hub.api('POST', '/users', { usernames: many })).status).toBe(201)
    expect((await hub.api('POST', '/users/ada/server', {})).status).toBe(201)
    await hub.crash()
    const check =
      'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])'
    expect(execFileSync('python3', ['-c', check, file], { encoding: 'utf8' }).trim()).toBe('ok')
    await hub.start()
    const server = async (): Promise<string | null> =>
      (await hub.api('GET', '/users/ada')).json<{ server: string | null }>().server
    expect(await waitFor(server, { deadlineMs: 20_000 })).toBe('/user/ada/')
  },
  60_000,
)

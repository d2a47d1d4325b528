import { expect, test } from 'vitest'
import { startHubInProcess } from '../hub-in-process.js'

test('who is blocked loses everything at the next start, whatever the configuration gives them', async () => {
  const config = {
    JupyterHub: {
      load_groups: { team: { users: ['mallory', 'ada'] } },
      load_roles: [
        { name: 'reader', scopes: ['read:users'], users: ['mallory', 'ada'], groups: ['team'] },
        { name: 'user', scopes: ['self'] },
      ],
    },
    Authenticator: { admin_users: ['mallory'], allowed_users: ['mallory', 'ada'] },
  }
  await using before = await startHubInProcess({ config })
  const about = async (hub: typeof before, name: string) =>
    (await hub.api('GET', `/users/${name}`)).json<{ admin: boolean; roles: string[]; groups: string[] }>()
  const mallory = await about(before, 'mallory')
  expect(mallory).toMatchObject({ admin: true, groups: ['team'] })
  expect(mallory.roles.sort()).toEqual(['admin', 'reader', 'user'])
  const [row] = await before.foundation.database.read.all<{ id: number }>("SELECT id FROM users WHERE name = 'mallory'")
  const token = await before.token({ userId: row?.id ?? 0 })
  expect((await before.api('GET', '/users/ada', undefined, token)).status).toBe(200)
  await before.stop()

  await using after = await startHubInProcess({
    config: { ...config, Authenticator: { ...config.Authenticator, blocked_users: ['mallory'] } },
    after: before,
  })
  expect(await about(after, 'mallory')).toMatchObject({ admin: false, roles: [], groups: [] })
  expect((await about(after, 'ada')).groups).toEqual(['team'])
  // The token is there, and worth nothing.
  expect((await after.api('GET', '/users/ada', undefined, token)).status).toBe(403)
  expect((await after.api('GET', '/user', undefined, token)).json<{ scopes: string[] }>().scopes).toEqual([])
})

test('what has expired while no hub ran is gone when the next one is up', async () => {
  await using before = await startHubInProcess()
  const { id } = await before.user('ada')
  const past = { expiresAt: new Date(Date.now() - 1_000) }
  await before.token({ userId: id }, ['self'], { ...past, note: 'old' })
  await before.token({ userId: id }, ['self'], { note: 'good' })
  await before.stop()
  await using after = await startHubInProcess({ after: before })
  const notes = await after.foundation.database.read.all<{ note: string }>(
    'SELECT note FROM api_tokens WHERE user_id = ?',
    [id],
  )
  expect(notes).toEqual([{ note: 'good' }])
})

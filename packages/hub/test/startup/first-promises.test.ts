import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startHubInProcess } from '../hub-in-process.js'

const password = 'one-password-for-all'
const shared = {
  JupyterHub: { authenticator_class: 'shared-password' },
  SharedPasswordAuthenticator: { user_password: password },
}

/** What JupyterHub's guides have said since its first releases, and configurations of that time rely on. */
describe('as the first guides say', () => {
  test('users of the whitelist are made at the start; a user who is added may log in; a name taken out stays in, until the user is deleted', async () => {
    await using hub = await startHubInProcess({
      config: { ...shared, Authenticator: { allow_all: false, whitelist: ['mal', 'zoe', 'inara', 'kaylee'] } },
    })
    const names = async (of: typeof hub) =>
      (await of.api('GET', '/users')).json<{ name: string }[]>().map(({ name }) => name)
    expect(await names(hub)).toEqual(expect.arrayContaining(['mal', 'zoe', 'inara', 'kaylee']))
    const mayLogIn = async (of: typeof hub, name: string) =>
      (await of.browser().login(name, password, { follow: false })).status === 302
    expect([await mayLogIn(hub, 'wash'), await mayLogIn(hub, 'mal')]).toEqual([false, true])
    await hub.api('POST', '/users/wash')
    expect(await mayLogIn(hub, 'wash')).toBe(true)
    await hub.stop()

    await using next = await startHubInProcess({
      after: hub,
      config: { ...shared, Authenticator: { allow_all: false, whitelist: ['mal'] } },
    })
    expect([await mayLogIn(next, 'zoe'), await mayLogIn(next, 'wash')]).toEqual([true, true])
    expect((await next.api('DELETE', '/users/zoe')).status).toBe(204)
    expect(await mayLogIn(next, 'zoe')).toBe(false)
  })

  test('administrators join the whitelist; api_tokens are told of, work, and are stored as hashes; admin_access is off', async () => {
    const token = '0123456789abcdef0123456789abcdef'
    await using hub = await startHubInProcess({
      config: {
        JupyterHub: { ...shared.JupyterHub, api_tokens: { [token]: 'zoe' } },
        SharedPasswordAuthenticator: { ...shared.SharedPasswordAuthenticator, admin_password: 'a'.repeat(40) },
        Authenticator: { allow_all: false, whitelist: ['mal'], admin_users: ['zoe'] },
      },
    })
    expect(hub.log.map(({ event }) => event)).toContain('Adding API token for user: zoe')
    expect((await hub.api('GET', '/user', undefined, token)).json()).toMatchObject({ name: 'zoe', admin: true })
    expect((await hub.browser().login('zoe', 'a'.repeat(40), { follow: false })).status).toBe(302)
    expect((await hub.api('POST', '/users/mal/admin-access', undefined, token)).status).toBe(403)
    const database = await readFile(join(hub.dir, 'jupyterhub.sqlite'), 'latin1')
    expect(database).not.toContain(token)
    expect(database).not.toContain(hub.adminToken)
    expect(JSON.stringify(hub.log)).not.toContain(token)
  })
})

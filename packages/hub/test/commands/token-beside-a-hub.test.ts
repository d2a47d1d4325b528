import { join } from 'node:path'
import { silentLog } from '@hub/api'
import { startHubProcess } from '@hub/testkit'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/index.js'
import * as serverStore from '../../src/servers/server-store.js'
import * as userStore from '../../src/users/user-store.js'
import { jupyterhub } from './run-command.js'

test('jupyterhub token beside a running hub makes a token that works, and touches nothing else', async () => {
  await using hub = await startHubProcess({ config: { JupyterHub: { allow_named_servers: true } } })
  await hub.api('POST', '/users/ada')
  await hub.api('POST', '/users/bob')
  {
    // A server whose name was allowed once, which the next start would give another.
    const database = await openDatabase({ url: hub.dbUrl, log: silentLog, signal: AbortSignal.timeout(10_000) })
    const ada = await userStore.findByName(database.read, 'ada')
    await database.write((tx) => serverStore.create(tx, { userId: ada?.id ?? 0, name: 'Old Name!', displayName: '' }))
    await database.close()
  }
  const before = await all(hub)
  expect(JSON.stringify(before)).toContain('Old Name!')

  const words = [
    ...['token', 'ada', '-f', join(hub.dir, 'jupyterhub_config.json')],
    ...['--JupyterHub.allow_existing_invalid_named_servers=autorename', '--JupyterHub.reset_db=True'],
    ...['--JupyterHub.load_roles=[{"name": "user", "scopes": ["self", "shares!user"]}]'],
    ...['--Authenticator.admin_users=eve', '--Authenticator.blocked_users=bob', '--JupyterHub.upgrade_db=True'],
  ]
  const { code, stdout } = await jupyterhub(words, { cwd: hub.dir })
  expect(code).toBe(0)
  const token = stdout.trim()
  expect((await hub.api('GET', '/user', undefined, token)).json<{ name: string }>().name).toBe('ada')
  expect(await all(hub)).toEqual(before)
})

type Hub = Awaited<ReturnType<typeof startHubProcess>>

/** What the hub says of everybody, apart from times. */
async function all(hub: Hub): Promise<unknown> {
  const users = (await hub.api('GET', '/users?include_stopped_servers=1')).json<Record<string, unknown>[]>()
  return users.map(({ last_activity: _when, ...rest }) => rest)
}

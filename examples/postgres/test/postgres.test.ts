import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findPostgres, hubCommand, startPostgres, tempDir } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const configFile = here('../jupyterhub_config.mjs')
const password = 'a-password-of-the-database'

/** The files of the example, by option. */
const LAYOUT = {
  'JupyterHub.cookie_secret_file': '/srv/jupyterhub/jupyterhub_cookie_secret',
  'JupyterHub.pid_file': '/srv/jupyterhub/jupyterhub.pid',
  'ConfigurableHTTPProxy.pid_file': '/srv/jupyterhub/jupyterhub-proxy.pid',
}

test.skipIf(findPostgres() === undefined)(
  'by the statements of the how-to, a hub has its database, its files in their folder, and logins that outlast it',
  async () => {
    await using postgres = await startPostgres()
    const howTo = await readFile(here('../../../docs/how-to/use-postgresql.md'), 'utf8')
    const statements = /```sql\n([\s\S]*?)```/.exec(howTo)?.[1]?.replace('…', password).trim().split('\n') ?? []
    expect(statements).toHaveLength(2)
    const psql = join(findPostgres() ?? '', 'psql')
    // One by one: a database cannot be made within a transaction.
    for (const statement of statements) await promisify(execFile)(psql, ['-d', postgres.url, '-c', statement])
    const url = new URL(postgres.url)
    Object.assign(url, { username: 'jupyterhub', password, pathname: '/jupyterhub' })

    await using srv = await tempDir('srv-')
    const moved = Object.entries(LAYOUT).map(
      ([option, path]) => `--${option}=${path.replace('/srv/jupyterhub', srv.path)}`,
    )
    const env = { HUB_DATABASE_URL: url.href }
    await using hub = await runExample({ configFile, env, args: moved })
    await using ada = hub.browser()
    await ada.login('ada', 'change-this-password', { follow: false })
    const files = Object.values(LAYOUT).map((path) => path.slice('/srv/jupyterhub/'.length))
    expect((await readdir(srv.path)).sort()).toEqual(files.sort())
    expect((await stat(join(srv.path, 'jupyterhub_cookie_secret'))).mode & 0o777).toBe(0o600)

    await hub.child().stop()
    await hub.start()
    const home = await ada.get('/hub/home')
    expect(home).toMatchObject({ path: '/hub/home', status: 200 })
    expect(hub.child().log()).not.toMatch(/^\[E /m)
    expect(hub.child().log()).not.toContain(password)
  },
)

test('the files of the example are where its README says', async () => {
  const [program, ...first] = hubCommand()
  const words = [...first, '-f', configFile, '--show-config-json']
  const env = { ...process.env, HUB_DATABASE_URL: 'postgresql:///jupyterhub' }
  await using dir = await tempDir()
  const { stdout } = await promisify(execFile)(program, words, { env, cwd: dir.path })
  const shown = JSON.parse(stdout) as Record<string, Record<string, unknown>>
  const found = Object.keys(LAYOUT).map((path) => {
    const [name = '', option = ''] = path.split('.')
    return [path, shown[name]?.[option]]
  })
  expect(Object.fromEntries(found)).toEqual(LAYOUT)
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tempDir, type TempDir } from '@hub/testkit'
import type { Request, Response } from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

let hub: HubInProcess
let dir: TempDir
beforeAll(async () => {
  dir = await tempDir()
  await mkdir(join(dir.path, 'static'))
  await mkdir(join(dir.path, 'templates'))
  await writeFile(join(dir.path, 'static/ours.txt'), 'ours')
  await writeFile(join(dir.path, 'templates/login.html'), 'our login page')
  hub = await startHubInProcess({
    config: {
      JupyterHub: {
        data_files_path: dir.path,
        allow_named_servers: true,
        named_server_limit_per_user: ({ name }: { name: string }) => (name === 'ada' ? 1 : 0),
        extra_handlers: [['/custom', (_request: Request, response: Response) => response.send('custom')]],
        forwarded_host_header: 'X-Host',
        logging_config: { handlers: {} },
      },
      CryptKeeper: { keys: ['a'.repeat(64)], n_threads: 2 },
      JupyterHubHTTPClient: { session_options: { timeout: 3 } },
      Authenticator: { enable_auth_state: true, admin_users: ['grace'] },
    },
  })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await dir[Symbol.asyncDispose]()
})

test('templates and static files of data_files_path come before those of the hub', async () => {
  const browser = hub.browser()
  expect((await browser.get('/hub/login')).text).toBe('our login page')
  expect((await browser.get('/hub/static/ours.txt')).text).toBe('ours')
  expect((await browser.get('/hub/static/css/base.css')).status).toBe(200)
})

test('extra_handlers answer below the prefix of the hub, with its headers', async () => {
  const page = await hub.browser().get('/hub/custom/deeper')
  expect(page.text).toBe('custom')
  expect(page.headers['x-jupyterhub-version']).toBeDefined()
})

test('the limit of named servers may depend on the user', async () => {
  for (const name of ['ada', 'bob']) await hub.user(name)
  const make = async (user: string, name: string) => (await hub.api('PUT', `/users/${user}/servers/${name}`)).status
  expect([await make('ada', 'one'), await make('ada', 'two')]).toEqual([201, 400])
  expect([await make('bob', 'one'), await make('bob', 'two')]).toEqual([201, 201])
})

test('auth state is encrypted with the keys of CryptKeeper', async () => {
  await hub.user('cyd')
  expect((await hub.api('PATCH', '/users/cyd', { auth_state: { token: 'x' } })).status).toBe(200)
  expect((await hub.api('GET', '/users/cyd')).json()).toMatchObject({ auth_state: { token: 'x' } })
})

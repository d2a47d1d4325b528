import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Browser,
  findVenv,
  findVenvOf5,
  fixture,
  type HubProcess,
  hubCommand,
  type Postgres,
  runCode,
  startHubProcess,
  startPostgres,
  startUpstreamHub,
  type UpstreamHub,
  waitFor,
} from '../src/index.js'
import { ask, startServer, stopServer, untilReady } from './server-steps.js'

const run = promisify(execFile)
const [newest, five] = [findVenv(), findVenvOf5()]

/** What both hubs are configured with; ours reads it as JSON, Python's as Python, which these values look the same in. */
const roles = [{ name: 'reader', description: 'Reads users', scopes: ['read:users'], groups: ['team'] }]
const groups = { team: { users: ['cleo'], properties: { quota: 3 } } }
const cryptKey = { JUPYTERHUB_CRYPT_KEY: randomBytes(32).toString('hex') }

const pythonConfig = (cmd: readonly string[]): string => `
from jupyterhub.auth import DummyAuthenticator

class WithState(DummyAuthenticator):
    async def authenticate(self, handler, data):
        return {"name": data["username"], "auth_state": {"token of": data["username"]}}

c.JupyterHub.authenticator_class = WithState
c.Authenticator.enable_auth_state = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.load_roles = ${JSON.stringify(roles)}
c.JupyterHub.load_groups = ${JSON.stringify(groups)}
c.Spawner.cmd = ${JSON.stringify(cmd)}
`

interface Scenario {
  readonly label: string
  readonly venv: string | undefined
  readonly isOld: boolean
  readonly database: 'sqlite' | 'postgres'
  /** The servers are unmodified jupyterhub-singleuser of the same release; otherwise small ones that start at once. */
  readonly real: boolean
}

const scenarios: readonly Scenario[] = [
  { label: '6 on sqlite, real servers', venv: newest, isOld: false, database: 'sqlite', real: true },
  { label: '6 on PostgreSQL', venv: newest, isOld: false, database: 'postgres', real: false },
  { label: '5 on sqlite', venv: five, isOld: true, database: 'sqlite', real: false },
  { label: '5 on PostgreSQL', venv: five, isOld: true, database: 'postgres', real: false },
]

describe("a hub of Python's JupyterHub", () => {
  let postgres: Postgres | undefined
  beforeAll(async () => {
    postgres = await startPostgres().catch(() => undefined)
  })
  afterAll(() => postgres?.stop())

  test.for(scenarios)(
    'goes on as ours with all that runs, and from there as itself again: $label',
    { timeout: 240_000 },
    async (scenario, { skip }) => {
      const { venv, isOld, real } = scenario
      if (venv === undefined || newest === undefined) return skip("Python's JupyterHub is not installed here")
      if (scenario.database === 'postgres' && postgres === undefined) return skip('PostgreSQL is not installed here')
      const cmd = real
        ? [join(venv, 'bin/jupyterhub-singleuser'), '--allow-root']
        : [process.execPath, fixture('fake-server.mjs')]
      await using hub = await startHubProcess({
        started: false,
        proxy: 'independent',
        env: cryptKey,
        ...(scenario.database === 'postgres' && postgres !== undefined
          ? { dbUrl: await postgres.createDatabase(`carry_over_${isOld ? 5 : 6}`) }
          : {}),
        config: {
          JupyterHub: {
            allow_named_servers: true,
            cleanup_servers: false,
            load_roles: roles,
            load_groups: groups,
          },
          Authenticator: { allow_all: true, enable_auth_state: true },
          Spawner: { cmd },
        },
      })
      await using ada = hub.browser()
      const story = new Story(hub, ada, real)
      const python = (inVenv: string): Promise<UpstreamHub> =>
        startUpstreamHub({ inPlaceOf: hub, venv: inVenv, config: pythonConfig(cmd), env: cryptKey })

      {
        await using before = await python(venv)
        await story.fillFromPython()
        await stopPython(before)
      }
      expect(await hub.servers()).toHaveLength(2)

      if (isOld) await upgrade(hub)
      await hub.start()
      await story.isAllThere()
      // Upgraded, it is as one of 6.
      if (isOld) return
      await story.addFromOurs()
      await hub.child().stop('SIGTERM')

      {
        await using again = await python(newest)
        await story.isAllThere()
        await story.hasWhatOursAdded()
        await stopServer(hub, 'cleo')
        await startServer(hub, 'bob')
        await stopPython(again)
      }

      await hub.start()
      await untilReady(hub, 'bob')
      // What Python's hub has stopped is not taken for running.
      await waitFor(async () => Object.keys((await story.user('cleo')).servers).length === 0, {
        what: 'the end of the server that the other hub has stopped',
      })
      await stopServer(hub, 'bob')
      await story.isAllThere()
    },
  )
})

/** Without stopping servers; they are in its configuration. */
async function stopPython(hub: UpstreamHub): Promise<void> {
  await hub.child.stop('SIGTERM', 40_000)
}

/** An older database is not touched before the administrator says so; then sqlite is copied first. */
async function upgrade(hub: HubProcess): Promise<void> {
  await expect(hub.start()).rejects.toThrow(/Back it up, then run "jupyterhub upgrade-db"/)
  const isSqlite = hub.dbUrl.startsWith('sqlite')
  const copies = async () => (await readdir(hub.dir)).filter((name) => name.startsWith('jupyterhub.sqlite.'))
  expect(await copies()).toEqual([])
  const [program, ...args] = hubCommand()
  const command = [...args, 'upgrade-db', '-f', join(hub.dir, 'jupyterhub_config.json')]
  await run(program, command, { cwd: hub.dir, env: { ...process.env, ...cryptKey }, timeout: 60_000 })
  expect(await copies()).toHaveLength(isSqlite ? 1 : 0)
}

interface UserModel {
  readonly admin: boolean
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly auth_state?: unknown
  readonly servers: Readonly<Record<string, { readonly ready: boolean; readonly user_options: unknown }>>
}

class Story {
  #tokens = { ada: '', cleo: '', scoped: '' }
  #ours = ''
  #code = ''
  #pids: readonly number[] = []

  constructor(
    private readonly hub: HubProcess,
    private readonly ada: Browser,
    private readonly real: boolean,
  ) {}

  async #call<T>(method: string, path: string, body?: unknown, token?: string, status = [200, 201, 204]): Promise<T> {
    const page = await this.hub.api(method, path, body, token)
    expect(status, `${method} ${path}: ${page.status} ${page.text.slice(0, 500)}`).toContain(page.status)
    return page.text === '' ? (undefined as T) : page.json<T>()
  }

  user = (name: string): Promise<UserModel> => this.#call('GET', `/users/${name}`)

  async fillFromPython(): Promise<void> {
    await this.#call('POST', '/users', { usernames: ['bob', 'dora'] })
    await this.#call('POST', '/users', { usernames: ['root'], admin: true })
    await this.ada.login('ada', 'x', { next: '/hub/home' })
    await startServer(this.hub, 'ada')
    await this.#call('POST', '/users/ada/servers/second', { size: 'big' }, undefined, [201, 202])
    await untilReady(this.hub, 'ada', 'second')
    if (this.real) {
      await this.ada.get('/user/ada/')
      expect(await runCode(this.ada, '/user/ada/', '6*7')).toBe('42')
    }
    const newToken = async (user: string, more: object = {}) =>
      (await this.#call<{ token: string }>('POST', `/users/${user}/tokens`, { note: 'from python', ...more })).token
    this.#tokens = {
      ada: await newToken('ada'),
      cleo: await newToken('cleo'),
      scoped: await newToken('ada', { scopes: ['read:users:name!user'], expires_in: 3_600 }),
    }
    await this.#call('POST', '/shares/ada/', { user: 'bob' })
    await this.#call('POST', '/shares/ada/second', { group: 'team' })
    const { code } = await this.#call<{ code: string }>('POST', '/share-codes/ada/second', {})
    this.#code = code
    await this.#call('POST', '/services/notes', { info: { made: 'at run time' } })
    this.#pids = await this.#serverPids()
  }

  async #serverPids(): Promise<readonly number[]> {
    return (await this.hub.servers()).map(({ pid }) => pid).sort()
  }

  /** What Python's hub has made and left running, whoever is the hub now. */
  async isAllThere(): Promise<void> {
    for (const name of ['', 'second']) await untilReady(this.hub, 'ada', name)
    expect(await this.#serverPids()).toEqual(expect.arrayContaining([...this.#pids]))
    const ada = await this.user('ada')
    expect(ada).toMatchObject({ admin: false, groups: [], roles: ['user'], auth_state: { 'token of': 'ada' } })
    expect(ada.servers['second']?.user_options).toEqual({ size: 'big' })
    expect(await this.user('root')).toMatchObject({ admin: true, roles: expect.arrayContaining(['admin', 'user']) })
    expect(await this.#call('GET', '/groups/team')).toMatchObject({
      users: ['cleo'],
      roles: ['reader'],
      properties: { quota: 3 },
    })
    expect(await this.#call('GET', '/services/notes')).toMatchObject({ info: { made: 'at run time' } })

    // Tokens: all that the owner may, through a group, and no more than asked for.
    expect(await this.#call('GET', '/user', undefined, this.#tokens.ada)).toMatchObject({ name: 'ada' })
    expect(await this.#call('GET', '/users/bob', undefined, this.#tokens.cleo)).toMatchObject({ name: 'bob' })
    await this.#call('GET', '/users/ada', undefined, this.#tokens.scoped)
    await this.#call('GET', '/users/ada/tokens', undefined, this.#tokens.scoped, [403])
    const { api_tokens: listed } = await this.#call<{ api_tokens: { note: string }[] }>('GET', '/users/ada/tokens')
    expect(listed.filter(({ note }) => note === 'from python')).toHaveLength(2)

    const { items: shares } = await this.#call<{ items: { kind: string }[] }>('GET', '/shares/ada')
    expect(
      shares
        .map(({ kind }) => kind)
        .sort()
        .slice(0, 2),
    ).toEqual(['group', 'user'])

    // The browser's own cookies, for the hub and for the server, are as good as before.
    expect((await this.ada.get('/hub/home')).path).toBe('/hub/home')
    if (this.real) expect(await runCode(this.ada, '/user/ada/', '6*7')).toBe('42')
    else expect(await ask(this.ada, '/user/ada/second/x')).toMatchObject({ user: 'ada', server: 'second' })
  }

  /** Through our hub, on the same tables. */
  async addFromOurs(): Promise<void> {
    // The code that Python's hub made.
    await using dora = this.hub.browser()
    const page = await dora.login('dora', 'x', { next: `/hub/accept-share?code=${this.#code}` })
    expect((await dora.submit(page, page.formWith('code'), {}, { follow: false })).status).toBe(302)

    this.#ours = (await this.#call<{ token: string }>('POST', '/users/ada/tokens', { note: 'from ours' })).token
    await this.#call('POST', '/users/eve')
    await this.#call('POST', '/groups/new', { users: ['eve'] })
    await this.#call('PUT', '/users/eve/servers/notes', { display_name: 'My Notes', user_options: { a: [1] } })
    await this.#call('POST', '/shares/ada/', { user: 'eve' })
    await startServer(this.hub, 'cleo')
    await waitFor(async () => (await this.#serverPids()).length === 3, { what: 'a third server' })
  }

  /** Seen by Python's hub. */
  async hasWhatOursAdded(): Promise<void> {
    await untilReady(this.hub, 'cleo')
    expect(await this.#serverPids()).toHaveLength(3)
    expect(await this.#call('GET', '/user', undefined, this.#ours)).toMatchObject({ name: 'ada' })
    expect(await this.#call('GET', '/users/eve?include_stopped_servers')).toMatchObject({
      groups: ['new'],
      roles: ['user'],
      servers: { notes: { display_name: 'My Notes', user_options: { a: [1] }, ready: false } },
    })
    const { items } = await this.#call<{ items: { user: { name: string } | null }[] }>('GET', '/shares/ada')
    expect(items.map(({ user }) => user?.name ?? '').sort()).toEqual(['', 'bob', 'dora', 'eve'])
  }
}

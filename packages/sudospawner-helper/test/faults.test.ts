import { execFileSync, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type HubConfig, hubCommand, type HubProcess, smallDisk, startHubProcess, waitFor } from '@hub/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type HelperProcess, startHelper, TOKEN } from './helper-process.js'
import { documentedRule, makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const SECRET = 'hunter-22-of-the-database'

/** What goes wrong at a server's host, as the users of a hub without rights meet it: one spawner at a time. */
describe.skipIf(whyNoSudo !== undefined).each(['sudo', 'sudo-helper'] as const)('with the spawner %s', (spawner) => {
  let host: SudoHost
  let helper: HelperProcess | undefined
  let hub: HubProcess
  let program: string
  let kept: string

  beforeAll(async () => {
    host = await makeSudoHost()
    if (spawner === 'sudo-helper') helper = await startHelper(host)
    hub = await startHub({})
    program = join(host.bin, 'sudospawner-singleuser')
    kept = await readFile(program, 'utf8')
  })
  afterEach(async () => {
    await writeFile(program, kept)
    await host.rule(documentedRule(host))
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await helper?.[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })

  function startHub(config: HubConfig): Promise<HubProcess> {
    const [first, ...args] = host.asHub(hubCommand())
    return startHubProcess({
      // Its folder is given to the account first.
      command: ['sh', '-c', `chown -R ${host.hub.name} . && exec "$@"`, 'sh', first, ...args],
      config: {
        JupyterHub: { spawner_class: spawner, tornado_settings: { slow_spawn_timeout: 30 } },
        Spawner: { environment: { DB_PASSWORD: SECRET } },
        SudoSpawner: { sudospawner_path: host.mediator },
        SudoHelperSpawner: { helpers: { here: helper?.url ?? 'http://127.0.0.1:1' }, helper_token: TOKEN },
        ...config,
      },
    })
  }
  const processesOf = (name: string): string =>
    spawnSync('pgrep', ['-u', name, '-a'], { encoding: 'utf8' }).stdout.trim()
  const start = async (name: string): Promise<{ status: number; message: string }> => {
    await hub.api('POST', `/users/${name}`)
    const { status, text } = await hub.api('POST', `/users/${name}/server`, {})
    return { status, message: text === '' ? '' : (JSON.parse(text) as { message: string }).message }
  }
  const stop = async (name: string): Promise<void> => {
    expect((await hub.api('DELETE', `/users/${name}/server`)).status).toBeLessThan(300)
    await waitFor(() => processesOf(name) === '')
  }
  const leftNothing = async (name: string): Promise<void> => {
    expect((await hub.api('GET', `/users/${name}`)).json()).toMatchObject({ server: null, pending: null })
    await waitFor(() => processesOf(name) === '', { what: `the end of all that ${name} runs` })
  }

  test('a sudo that wants a password is named to the administrator, and others’ servers go on', async () => {
    const { ada, bob } = host
    expect((await start(bob.name)).status).toBe(201)
    await host.rule('')
    const refused = await start(ada.name)
    expect(refused.status).toBe(500)
    expect(refused.message).toMatch(spawner === 'sudo' ? /could not act as .* Tell your administrator/ : /sudo/)
    expect(hub.log() + (helper?.child().log() ?? '')).toMatch(/a password is required/)
    await leftNothing(ada.name)
    expect((await hub.browser().get(`/user/${bob.name}/api`)).status).toBe(200)
    await host.rule(documentedRule(host))
    expect((await start(ada.name)).status).toBe(201)
    await stop(ada.name)
    await stop(bob.name)
  })

  test('a server that ends at once shows its user the status and its last lines, with secrets masked', async () => {
    const { ada } = host
    await writeFile(
      program,
      '#!/bin/sh\necho "the token is $JUPYTERHUB_API_TOKEN, the database has $DB_PASSWORD"\necho no module named lab >&2\nexit 3\n',
    )
    const failed = await start(ada.name)
    expect(failed.status).toBe(500)
    expect(failed.message).toMatch(/Exited with status: 3/)
    await using browser = hub.browser()
    await browser.login(ada.name, 'x', { next: '/hub/home' })
    const page = (await browser.get(`/hub/spawn-pending/${ada.name}`)).text
    expect(page).toContain('the token is ***, the database has ***\nno module named lab')
    const progress = (await hub.api('GET', `/users/${ada.name}/server/progress`)).text
    expect(progress).toContain('no module named lab')
    for (const text of [page, progress, failed.message]) expect(text).not.toContain(SECRET)
    await leftNothing(ada.name)
  })

  test('a server that ends a moment later shows its last lines as well', async () => {
    const { ada } = host
    await writeFile(program, '#!/bin/sh\necho "loading $DB_PASSWORD"\nsleep 1\necho cannot bind >&2\nexit 4\n')
    expect((await start(ada.name)).message).toMatch(/status=|could not be started/)
    await using browser = hub.browser()
    await browser.login(ada.name, 'x', { next: '/hub/home' })
    expect((await browser.get(`/hub/spawn-pending/${ada.name}`)).text).toContain('loading ***\ncannot bind')
    await leftNothing(ada.name)
  })

  test('a user that is no account is told so, and one that vanishes while the server runs does not stay in the way', async () => {
    const unknown = await start('no-such-account')
    expect(unknown.message).toMatch(/There is no account no-such-account on the host/)
    const name = `gone${host.ada.name}`
    execFileSync('useradd', ['--create-home', '--groups', host.group, name])
    try {
      expect((await start(name)).status).toBe(201)
      const pid = Number(processesOf(name).split(' ')[0])
      execFileSync('userdel', ['--force', name], { stdio: 'ignore' })
      // sudo has nobody to become any more: it is for the administrator to end what runs under a number that nobody has.
      await hub.api('DELETE', `/users/${name}/server`)
      expect((await start(host.bob.name)).status).toBe(201)
      await stop(host.bob.name)
      process.kill(pid, 'SIGKILL')
      const isResolved = async (): Promise<boolean> =>
        (await hub.api('GET', `/users/${name}`)).json<{ server: string | null; pending: string | null }>().server ===
        null
      await waitFor(isResolved, { deadlineMs: 60_000, what: 'the end of the server' })
    } finally {
      spawnSync('userdel', ['--force', '--remove', name])
    }
  })
})

test.skipIf(whyNoSudo !== undefined)(
  'a helper whose disk is full refuses with the reason; however much is left, no server runs that it does not know',
  async () => {
    await using host = await makeSudoHost()
    await using disk = await smallDisk(256)
    await using helper = await startHelper(host, { settings: { state_dir: join(disk.path, 'state') } })
    const user = host.ada.name
    const seen = new Set<string>()
    // Page by page: at one time the list does not fit before the start, at another only after it.
    for (const pages of [0, 1, 2, 3, 4, 6]) {
      await disk.fill(pages * 4096)
      const { server } = await helper.client.reserve({ user })
      const environment = {
        PATH: process.env['PATH'] ?? '',
        JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${server.port}/`,
      }
      const outcome = await helper.client.start(server.id, { args: [], environment }).then(
        () => 'started',
        (error: unknown) => String(error),
      )
      seen.add(outcome === 'started' ? 'started' : /disk of the host is full/.test(outcome) ? 'full' : 'other')
      await disk.free()
      if (outcome === 'started') await helper.client.stop(server.id, [{ signal: 'SIGKILL', seconds: 5 }])
      await waitFor(() => spawnSync('pgrep', ['-u', user]).status !== 0, { what: `the end of all with ${pages} pages` })
    }
    expect(seen).toContain('full')
    const { server } = await helper.client.reserve({ user })
    expect(await helper.client.start(server.id, { args: [], environment: {} })).toMatchObject({ phase: 'running' })
  },
)

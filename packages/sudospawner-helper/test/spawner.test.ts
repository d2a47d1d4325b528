import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fakeRequest, type Spawner, type SpawnerContext, SudoHelperSpawner, sudoHelperConfigurable } from '@hub/spawner'
import { isAlive } from '@hub/spawner/host'
import { describeSpawner } from '@hub/spawner/suite'
import { Secret, valuesWith } from '@hub/config'
import { silentLog } from '@hub/api'
import { freePort, hubCommand, mayMakeNamespaces, startHubProcess, startTestHub, twoHosts, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type HelperProcess, startHelper, TOKEN } from './helper-process.js'
import { findPythonSudospawner, installPythonMediator, makeSudoHost, type SudoHost, whyNoSudo } from './sudo-host.js'

// Real programs, many of them: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const never = new AbortController().signal
const sitePackages = findPythonSudospawner()

describe.skipIf(whyNoSudo !== undefined)('SudoHelperSpawner', () => {
  let host: SudoHost
  let helper: HelperProcess

  beforeAll(async () => {
    host = await makeSudoHost()
    helper = await startHelper(host)
  })
  afterAll(async () => {
    await helper[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })

  const settings = () => ({
    helpers: { here: helper.url },
    helper_token: new Secret(TOKEN),
    interrupt_timeout: 5,
    term_timeout: 2,
  })
  const create = (context: SpawnerContext): SudoHelperSpawner =>
    new SudoHelperSpawner({ ...context, config: valuesWith(sudoHelperConfigurable, settings()) })

  describeSpawner('SudoHelperSpawner', () => ({
    userName: host.ada.name,
    create,
    crash: async ({ id }) => {
      await helper.client.signal(id as string, 'SIGKILL')
    },
  }))

  const spawnerOf = (user: string, more: object = {}): Spawner =>
    new SudoHelperSpawner({
      user: { id: 1, name: user, admin: false, groups: [] },
      serverName: '',
      displayName: '',
      spawnerId: 1,
      config: valuesWith(sudoHelperConfigurable, { ...settings(), ...more }),
      log: silentLog,
      hubEnvironment: {},
      baseUrl: '/',
    })
  const start = (spawner: Spawner): Promise<unknown> => spawner.start(fakeRequest(spawner), never)

  test('whoever may not have a server is told so, and a wrong token is for the administrator to know', async () => {
    await expect(start(spawnerOf(host.eve.name))).rejects.toMatchObject({ status: 403, reason: 'not_allowed' })
    await expect(start(spawnerOf('no-such-account'))).rejects.toMatchObject({
      message: expect.stringContaining('no account') as string,
    })
    const wrong = start(spawnerOf(host.ada.name, { helper_token: new Secret('wrong') }))
    await expect(wrong).rejects.toMatchObject({
      reason: 'helper_refused',
      message: expect.not.stringContaining('token') as string,
    })
  })

  test('a helper that is away is told as that; whether its servers run is then not known', async () => {
    const helpers = { gone: 'http+unix://%2Fnonexistent%2Fhelper.sock' }
    await expect(start(spawnerOf(host.ada.name, { helpers }))).rejects.toMatchObject({
      reason: 'helper_away',
      status: 503,
    })
    const state = { helper: 'gone', id: 'x' }
    await expect(spawnerOf('ada', { helpers }).poll(state, never)).rejects.toThrow(/does not answer/)
    await expect(spawnerOf('ada').poll(state, never)).rejects.toThrow(/helpers has no "gone"/)
  })

  test.skipIf(sitePackages === undefined)("the helper works with PyPI's unmodified mediator as well", async () => {
    const mediator = await installPythonMediator(host.bin, sitePackages ?? '', 'python-sudospawner')
    await host.rule(`${host.hub.name} ALL=(%${host.group}) NOPASSWD: ${mediator}, ${host.mediator}\n`)
    await using other = await startHelper(host, {
      name: 'python',
      settings: { commands: { default: host.mediator, python: mediator } },
    })
    const spawner = spawnerOf(host.bob.name, { helpers: { here: other.url }, helper_command: 'python' })
    const started = (await start(spawner)) as { state: { helper: string; id: string } }
    expect(await spawner.poll(started.state, never)).toEqual({ status: 'running' })
    expect(await other.client.server(started.state.id)).toMatchObject({ command: 'python' })
    await spawner.stop(started.state, { now: false }, never)
    expect(await spawner.poll(started.state, never)).toMatchObject({ status: 'exited' })
  })

  const unified = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) => mayMakeCgroups(path))
  test.skipIf(unified === undefined)('each server has a cgroup of its own, and all in it ends with it', async () => {
    const cgroup = join(unified ?? '', `hub-test-${process.pid}`)
    await mkdir(cgroup)
    // As systemd does with Delegate=yes: the folder is the account's, and so are these two files.
    execFileSync('chown', [
      `${host.hub.uid}`,
      cgroup,
      join(cgroup, 'cgroup.procs'),
      join(cgroup, 'cgroup.subtree_control'),
    ])
    try {
      await using own = await startHelper(host, {
        name: 'cgroups',
        settings: { cgroup: 'auto' },
        inside: (command) => ['sh', '-c', `echo 0 > ${cgroup}/cgroup.procs && exec "$@"`, 'sh', ...command],
      })
      expect((await own.client.host()).cgroups).toBe(true)
      const program = join(host.bin, 'sudospawner-singleuser')
      const kept = await readFile(program, 'utf8')
      // Its child takes a session of its own and would outlive it.
      await writeFile(program, kept.replace('exec ', 'setsid sleep 1000 &\nexec '))
      const spawner = spawnerOf(host.ada.name, { helpers: { here: own.url } })
      const { state } = (await start(spawner)) as { state: { helper: string; id: string } }
      await writeFile(program, kept)
      const server = await own.client.server(state.id)
      const inIt = async (): Promise<number[]> =>
        (await readFile(`${server?.cgroup ?? ''}/cgroup.procs`, 'utf8').catch(() => ''))
          .split('\n')
          .filter(Boolean)
          .map(Number)
      const pids = await waitFor(async () => {
        const found = await inIt()
        return found.length >= 2 && found
      })
      expect(pids).toContain(server?.pid)
      expect((await own.client.resources(state.id)).processes).toBeGreaterThanOrEqual(2)

      await own.crash()
      await own.start()
      await spawner.stop(state, { now: false }, never)
      for (const pid of pids) expect(await isAlive({ pid })).toBe(false)
      expect(await own.client.server(state.id)).toMatchObject({ phase: 'exited', cgroup: null })
      expect(await inIt()).toEqual([])
    } finally {
      await removeCgroups(cgroup)
    }
  })

  test('under a hub that is not root: a server outlives hub and helper, and is never taken for stopped while one is away', async () => {
    const user = host.ada.name
    const [program, ...args] = host.asHub(hubCommand())
    await using hub = await startHubProcess({
      // Its folder is given to the account first.
      command: ['sh', '-c', `chown -R ${host.hub.name} . && exec "$@"`, 'sh', program, ...args],
      config: {
        JupyterHub: { spawner_class: 'sudo-helper' },
        SudoHelperSpawner: { helpers: { here: helper.url }, helper_token: TOKEN, poll_interval: 1 },
      },
    })
    const pidOf = async (): Promise<number | undefined> => {
      const page = await hub.browser().get(`/user/${user}/api`)
      return page.status === 200 ? page.json<{ pid?: number }>().pid : undefined
    }
    const server = async (): Promise<{ ready?: boolean; stopped?: boolean } | undefined> =>
      (await hub.api('GET', `/users/${user}?include_stopped_servers`)).json<{
        servers: Record<string, { ready: boolean; stopped: boolean }>
      }>().servers['']
    await hub.api('POST', `/users/${user}`)
    expect((await hub.api('POST', `/users/${user}/server`)).status).toBeLessThan(300)
    const pid = await waitFor(pidOf, { deadlineMs: 30_000 })
    expect((await stat(`/proc/${hub.child().pid}`)).uid).toBe(host.hub.uid)
    expect((await stat(`/proc/${pid}`)).uid).toBe(host.ada.uid)

    await hub.crash()
    await hub.start()
    expect(await waitFor(pidOf)).toBe(pid)
    await helper.crash()
    // Several polls go by.
    await hub.child().waitForLog(/could not find out whether a server runs/)
    expect(await server()).not.toMatchObject({ stopped: true })
    expect(await pidOf()).toBe(pid)
    await helper.start()
    await waitFor(async () => (await server())?.ready, { deadlineMs: 20_000 })
    expect((await hub.api('DELETE', `/users/${user}/server`)).status).toBeLessThan(300)
    await waitFor(async () => !(await isAlive({ pid })), { deadlineMs: 20_000 })
  })
})

describe.skipIf(whyNoSudo !== undefined || !mayMakeNamespaces())('helpers on two hosts', () => {
  test('the least loaded gets the next server, over TLS; one that is cut off is left out', async () => {
    await using host = await makeSudoHost()
    await using hosts = await twoHosts()
    const tls = await certificates(host, [hosts.a.address, hosts.b.address])
    const port = await freePort()
    const settings = { ip: '', port, ssl_key: tls.key, ssl_cert: tls.cert }
    const place = (of: 'a' | 'b') => ({
      name: `helper-${of}`,
      inside: hosts[of].inside,
      // The test itself stands outside of both hosts, so it asks through the spawner that runs in one of them.
      url: `https://${hosts[of].address}:${port}`,
      settings,
    })
    await using a = await startHelper(host, place('a'))
    await using b = await startHelper(host, place('b'))
    const script = join(host.dir, 'ask.mjs')
    expect([a.url, b.url].every((url) => url.startsWith('https:'))).toBe(true)
    await writeFile(script, '')
    const ask = async (): Promise<Record<string, unknown>> =>
      JSON.parse(
        execFileSync(
          'ip',
          [
            ...hosts.a
              .inside([
                process.execPath,
                '--conditions=@hub/source',
                '--import',
                import.meta.resolve('tsx'),
                new URL('ask-helpers.ts', import.meta.url).pathname,
                JSON.stringify({ helpers: { a: a.url, b: b.url }, token: TOKEN, ca: tls.ca, user: host.ada.name }),
              ])
              .slice(1),
          ],
          { encoding: 'utf8' },
        ),
      ) as Record<string, unknown>
    const [first, second] = [await ask(), await ask()]
    expect([first['helper'], second['helper']].sort()).toEqual(['a', 'b'])
    expect(first['address']).toMatchObject({ host: hosts[first['helper'] as 'a' | 'b'].address })
    expect(second['poll']).toEqual({ status: 'running' })
    // Each listens where the hub reaches it.
    for (const { address } of [first, second] as { address: { host: string; port: number } }[]) {
      await waitFor(
        async () => (await hosts.a.request({ url: `http://${address.host}:${address.port}/` })).status === 200,
        {
          deadlineMs: 20_000,
        },
      )
    }
    await hosts.cut()
    expect((await ask())['helper']).toBe('a')
  })
})

describe('SudoHelperSpawner.helpers', () => {
  test.each([
    ['http://node7:8765', /TLS/],
    ['node7:8765', /no address/],
    ['ftp://node7', /no address/],
  ])('%s is refused at the start of the hub', async (url, reason) => {
    const config = { JupyterHub: { spawner_class: 'sudo-helper' }, SudoHelperSpawner: { helpers: { one: url } } }
    await expect(startTestHub({ config })).rejects.toThrow(reason)
  })
})

async function certificates(
  host: SudoHost,
  addresses: readonly string[],
): Promise<{ key: string; cert: string; ca: string }> {
  const folder = await host.folder('tls')
  const at = (name: string): string => join(folder, name)
  const names = addresses.map((address) => `IP:${address}`).join(',')
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  }
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=helper', '-addext', `subjectAltName=${names}`],
  )
  execFileSync('chmod', ['a+r', at('key.pem')])
  return { key: at('key.pem'), cert: at('cert.pem'), ca: at('cert.pem') }
}

function mayMakeCgroups(root: string): boolean {
  try {
    return (
      process.getuid?.() === 0 &&
      execFileSync('stat', ['-f', '-c', '%T', root], { encoding: 'utf8' }).startsWith('cgroup2')
    )
  } catch {
    return false
  }
}

async function removeCgroups(folder: string): Promise<void> {
  await writeFile(join(folder, 'cgroup.kill'), '1')
  await waitFor(
    () => {
      execFileSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'pipe' })
      return true
    },
    { what: 'the end of the cgroups of the test' },
  )
  await rm(folder, { force: true, recursive: true }).catch(() => undefined)
}

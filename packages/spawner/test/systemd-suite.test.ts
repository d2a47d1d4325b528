import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { bootSystemd, fixture, startTestHub, type SystemdMachine, whyNoSystemd } from '@hub/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { fakeRequest, SystemdSpawner, type SystemdHost, systemdConfigurable, type UnitServer } from '../src/index.js'
import { describeSpawner } from '../src/suite.js'
import { contextOf, never } from './harness.js'

/** The spawner as it is, with another systemd than that of this machine. */
class SpawnerOnMachine extends SystemdSpawner {
  protected override readonly host: SystemdHost = theHost
}

let theHost: SystemdHost
let machine: SystemdMachine
const cmd = ['sleep', '1000']

describe.skipIf(whyNoSystemd() !== undefined)('with a real systemd', () => {
  const account = `unituser${process.pid}`
  const group = `${account}x`
  beforeAll(async () => {
    execFileSync('groupadd', [group])
    execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', '--groups', group, account])
    execFileSync('useradd', ['--no-create-home', '--home-dir', '/nonexistent/home', `${account}y`])
    machine = await bootSystemd()
    theHost = {
      runDirectory: `/proc/${machine.pid}/root/run`,
      run: (program, args, signal) => machine.run([program, ...args], signal),
    }
  })
  afterAll(async () => {
    await machine[Symbol.asyncDispose]()
    for (const name of [account, `${account}y`])
      execFileSync('userdel', ['--remove', '--force', name], { stdio: 'ignore' })
    execFileSync('groupdel', [group])
  })

  describeSpawner('SystemdSpawner', () => ({
    userName: account,
    create: (context) => new SpawnerOnMachine({ ...context, config: valuesWith(systemdConfigurable, { cmd }) }),
    crash: async ({ unit_name: unit }) => {
      if (typeof unit !== 'string') throw new TypeError('no state of this spawner')
      await machine.run(['systemctl', 'kill', '--signal=SIGKILL', unit])
    },
  }))

  const running: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop()
  })

  function spawnerOf(
    config: InputsOf<typeof systemdConfigurable>,
    userName = account,
    serverName = '',
  ): SpawnerOnMachine {
    return new SpawnerOnMachine({
      ...contextOf(userName, silentLog),
      serverName,
      config: valuesWith(systemdConfigurable, { cmd, ...config }),
    })
  }

  async function start(spawner: SpawnerOnMachine): Promise<UnitServer> {
    const { state } = await spawner.start(
      {
        ...fakeRequest(spawner),
        save: (saved: UnitServer) => {
          running.push(() => spawner.stop(saved, { now: true }, never))
          return Promise.resolve()
        },
      },
      never,
    )
    return state
  }

  async function inside(...command: [string, ...string[]]): Promise<string> {
    return (await machine.run(command)).stdout.trim()
  }

  async function properties(unit: string, ...names: string[]): Promise<Record<string, string>> {
    const lines = (await inside('systemctl', 'show', unit, `--property=${names.join(',')}`)).split('\n')
    return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]))
  }

  test('every option becomes a property of the unit', async () => {
    await start(
      spawnerOf({
        unit_name_template: 'lab-{USERNAME}-{USERID}',
        user_workingdir: '/var/tmp',
        isolate_tmp: true,
        isolate_devices: true,
        readonly_paths: ['/srv', '-/no/such/{USERNAME}'],
        readwrite_paths: ['/srv'],
        slice: 'labs.slice',
        mem_limit: '64M',
        mem_guarantee: '32M',
        cpu_limit: 0.5,
        unit_extra_properties: { TasksMax: '77', Environment: ['A=1 B=2', 'C={USERID}'], OOMPolicy: 'stop' },
      }),
    )
    const unit = `lab-${account}-7`
    expect(
      await properties(
        unit,
        'WorkingDirectory,PrivateTmp,PrivateDevices,NoNewPrivileges,ReadOnlyPaths,ReadWritePaths,Slice,MemoryMax,MemoryLow',
        'CPUQuotaPerSecUSec,TasksMax,Environment,OOMPolicy,ActiveState',
      ),
    ).toEqual({
      WorkingDirectory: '/var/tmp',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      NoNewPrivileges: 'yes',
      ReadOnlyPaths: `/srv -/no/such/${account}`,
      ReadWritePaths: '/srv',
      Slice: 'labs.slice',
      MemoryMax: String(64 * 1024 * 1024),
      MemoryLow: String(32 * 1024 * 1024),
      CPUQuotaPerSecUSec: '500ms',
      TasksMax: '77',
      Environment: 'A=1 B=2 C=7',
      OOMPolicy: 'stop',
      ActiveState: 'active',
    })
  })

  test('the server is the account with all its groups, in its home, with just its environment', async () => {
    const odd = `it's "odd" \\ $HOME \`id\`\n\ttwo lines; ünï`
    const spawner = spawnerOf({
      environment: { ODD: odd },
      extra_paths: ['/opt/{USERNAME}/bin'],
      default_shell: '/bin/dash',
      disable_user_sudo: false,
    })
    const unit = String((await start(spawner)).unit_name)
    const pid = (await properties(unit, 'MainPID'))['MainPID'] ?? ''
    const environment = (await inside('cat', `/proc/${pid}/environ`)).split('\0')
    expect(environment).toContain(`ODD=${odd}`)
    expect(environment).toContain('SHELL=/bin/dash')
    expect(environment).toContain(`HOME=/home/${account}`)
    expect(environment).toContain(`PATH=/opt/${account}/bin:/usr/local/bin:/usr/bin:/bin`)
    const status = await inside('cat', `/proc/${pid}/status`)
    const ids = execFileSync('id', ['-G', account], { encoding: 'utf8' }).trim().split(' ').sort()
    expect(/^Groups:\s*(.*)$/m.exec(status)?.[1]?.trim().split(' ').sort()).toEqual(ids)
    expect(status).toMatch(/^NoNewPrivs:\s*0$/m)
    expect(await inside('readlink', `/proc/${pid}/cwd`)).toBe(`/home/${account}`)
  })

  test('nobody else can read the token, neither in the unit nor in its files', async () => {
    const spawner = spawnerOf({})
    const unit = String((await start(spawner)).unit_name)
    const { apiToken } = fakeRequest(spawner).server
    expect(await inside('systemctl', 'show', unit)).not.toContain(apiToken)
    expect(await inside('systemctl', 'cat', unit)).not.toContain(apiToken)
    expect(await inside('stat', '--format=%a', `/run/${unit}`)).toBe('700')
    expect(await inside('sh', '-c', `stat --format=%a /run/${unit}/*.env`)).toBe('400')
  })

  test('a dynamic user needs no account, keeps its files, and is one for all its servers', async () => {
    const [first, second] = ['', 'second'].map((name) => spawnerOf({ dynamic_users: true }, 'a b@x', name))
    const { unit_name: unit = '' } = await start(first!)
    const { unit_name: other = '' } = await start(second!)
    expect(unit).toBe('jupyter-a\\x20b@x-singleuser')
    const uidOf = async (name: string): Promise<string> =>
      inside('stat', '--format=%u', `/proc/${(await properties(name, 'MainPID'))['MainPID'] ?? ''}`)
    expect(await uidOf(unit)).toMatch(/^\d{5}$/)
    expect(await uidOf(other)).toBe(await uidOf(unit))
    expect((await properties(unit, 'WorkingDirectory'))['WorkingDirectory']).toBe('/var/lib/a=20b@x')
    expect(await inside('stat', '--format=%u', '/var/lib/a=20b@x/')).toBe(await uidOf(unit))
  })

  test.each([
    ['no_directory', () => spawnerOf({}, `${account}y`), '/nonexistent/home'],
    ['no_program', () => spawnerOf({ cmd: ['/no/such/program'] }), '/no/such/program'],
    ['no_program', () => spawnerOf({ cmd: ['no-such-program'] }), ''],
    ['no_account', () => spawnerOf({}, 'nobody-of-this-name'), 'nobody-of-this-name'],
    ['bad_paths', () => spawnerOf({ readonly_paths: ['/no/such/path'] }), 'readonly_paths'],
    ['launch_failed', () => spawnerOf({ unit_extra_properties: { NoSuchProperty: 'x' } }), ''],
  ])('a start that fails with %s says why and leaves nothing', async (reason, spawner, message) => {
    await expect(start(spawner())).rejects.toMatchObject({ reason, message: expect.stringContaining(message) })
    for (const stop of running.splice(0)) await stop()
    expect(await inside('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'jupyter-*')).toBe('')
    const files = await readdir(theHost.runDirectory, { recursive: true })
    expect(files.filter((file) => file.endsWith('.env'))).toEqual([])
  })

  test('the last lines of the log are those of this run', async () => {
    const talk = (text: string) => ({ cmd: ['/bin/sh', '-c', `echo ${text}; echo done >&2; exec sleep 1000`] })
    await start(spawnerOf(talk('before')))
    for (const stop of running.splice(0)) await stop()
    const spawner = spawnerOf(talk('hello'))
    const state = await start(spawner)
    await expect.poll(() => spawner.lastLogLines(state, 5, never), { timeout: 10_000 }).toEqual(['hello', 'done'])
  })

  test('a server that a lost start left behind gives way to the next one', async () => {
    const lost = await start(spawnerOf({}))
    const found = await start(spawnerOf({}))
    expect(await spawnerOf({}).poll(lost)).toMatchObject({ status: 'exited' })
    expect(await spawnerOf({}).poll(found)).toEqual({ status: 'running' })
    await spawnerOf({}).stop(lost, { now: true }, never)
    expect(await spawnerOf({}).poll(found)).toEqual({ status: 'running' })
  })

  test('a runtime directory of the administrator’s stands beside that of the variables, which goes with the unit', async () => {
    const { unit_name: unit = '' } = await start(
      spawnerOf({ unit_extra_properties: { RuntimeDirectory: 'labs-of-ada' } }),
    )
    expect(await properties(unit, 'RuntimeDirectory')).toEqual({ RuntimeDirectory: `${unit} labs-of-ada` })
    for (const stop of running.splice(0)) await stop()
    const files = await readdir(theHost.runDirectory, { recursive: true })
    expect(files.filter((file) => file.endsWith('.env'))).toEqual([])
  })

  test('a unit of another user is left alone', async () => {
    const { unit_name: unit = '' } = await start(spawnerOf({ unit_name_template: 'the-only-one' }))
    const other = spawnerOf({ unit_name_template: 'the-only-one' }, `${account}y`)
    await expect(start(other)).rejects.toMatchObject({ reason: 'unit_of_another' })
    expect(await properties(unit, 'ActiveState')).toEqual({ ActiveState: 'active' })
  })

  test('a start that fails shows its user the cause and the last lines, with secrets masked, and leaves no unit', async () => {
    const talk = 'echo "the token is $JUPYTERHUB_API_TOKEN, the database has $DB_PASSWORD"; echo no lab; exit 3'
    await using hub = await startTestHub({
      config: {
        JupyterHub: { spawner_class: SpawnerOnMachine, tornado_settings: { slow_spawn_timeout: 20 } },
        Spawner: { cmd: ['/bin/sh', '-c', talk], environment: { DB_PASSWORD: 'hunter-22' } },
      },
    })
    await hub.api('POST', `/users/${account}`)
    const failed = await hub.api('POST', `/users/${account}/server`, {})
    expect(failed.status).toBe(500)
    expect(failed.json()).toMatchObject({ message: expect.stringMatching(/status[= ]3/) as string })
    const browser = hub.browser()
    await browser.login(account, 'x', { next: '/hub/home' })
    const page = (await browser.get(`/hub/spawn-pending/${account}`)).text
    expect(page).toContain('the token is ***, the database has ***\nno lab')
    expect(page).not.toContain('hunter-22')
    expect(await inside('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'jupyter-*')).toBe('')

    await hub.api('POST', '/users/nobody-here')
    const unknown = await hub.api('POST', '/users/nobody-here/server', {})
    expect(unknown.json()).toMatchObject({ message: expect.stringContaining('no account nobody-here') as string })
  })

  test.each([true, false])(
    'with internal_ssl a server has its certificate to itself (dynamic user: %s)',
    async (dynamic) => {
      // Where a dynamic user, who does not see the /tmp of the host, finds it too.
      const server = '/usr/local/lib/fake-server.mjs'
      await inside('install', '-m', '0644', fixture('fake-server.mjs'), server)
      await using hub = await startTestHub({
        config: {
          JupyterHub: { spawner_class: SpawnerOnMachine, internal_ssl: true },
          SystemdSpawner: { dynamic_users: dynamic },
          Spawner: { cmd: [process.execPath, server] },
        },
      })
      await hub.api('POST', `/users/${account}`)
      // Again after a stop: systemd leaves a link to where the directory of a dynamic user was.
      for (const status of [201, 204, 201])
        expect((await hub.api(status === 204 ? 'DELETE' : 'POST', `/users/${account}/server`)).status).toBe(status)
      const browser = hub.browser()
      await browser.login(account, 'x')
      const { environment } = (await browser.get(`/user/${account}/environment`)).json<{
        environment: Record<string, string>
      }>()
      const key = environment['JUPYTERHUB_SSL_KEYFILE'] ?? ''
      const unit = `jupyter-${account}-singleuser`
      expect(key).toBe(`/run/${unit}/server.key`)
      const { MainPID: pid } = await properties(unit, 'MainPID')
      expect(await inside('stat', '--format=%a %U', key)).toBe(
        `400 ${await inside('stat', '--format=%U', `/proc/${pid}`)}`,
      )
      expect((await hub.api('DELETE', `/users/${account}/server`)).status).toBe(204)
      expect((await machine.run(['test', '-e', key])).code).toBe(1)
    },
  )

  test('a hub that is started again goes on with the running server', async () => {
    const config = {
      JupyterHub: { spawner_class: SpawnerOnMachine },
      Spawner: { cmd: [process.execPath, fixture('fake-server.mjs')] },
    }
    await using hub = await startTestHub({ config })
    expect((await hub.api('POST', `/users/${account}`)).status).toBe(201)
    expect((await hub.api('POST', `/users/${account}/server`, {})).status).toBe(201)
    const unit = `jupyter-${account}-singleuser`
    const before = await properties(unit, 'MainPID')
    await hub.stop({ servers: false, proxy: false })
    await using again = await startTestHub({ config, after: hub })
    await expect
      .poll(async () => (await again.api('GET', `/users/${account}`)).json<{ server: string | null }>().server, {
        timeout: 15_000,
      })
      .toBe(`/user/${account}/`)
    expect(await properties(unit, 'MainPID')).toEqual(before)
    expect((await again.api('DELETE', `/users/${account}/server`)).status).toBe(204)
    expect(await properties(unit, 'ActiveState')).toEqual({ ActiveState: 'inactive' })
  })
})

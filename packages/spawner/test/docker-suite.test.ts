import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { type DockerHost, startDocker, startTestHub, whyNoDocker } from '@hub/testkit'
import type Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type ContainerServer,
  DockerSpawner,
  dockerConfigurable,
  fakeRequest,
  type Started,
  type StartRequest,
} from '../src/index.js'
import { describeSpawner } from '../src/suite.js'
import { contextOf, never } from './harness.js'

let docker: DockerHost
/** The first process of a container ends at SIGTERM only if it says so. */
const endsAtOnce = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait']
const nearby = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

describe.skipIf(whyNoDocker() !== undefined)('with a real Docker', () => {
  beforeAll(async () => {
    docker = await startDocker()
  })
  afterAll(() => docker[Symbol.asyncDispose]())

  describeSpawner('DockerSpawner', () => ({
    create: (context) =>
      new DockerSpawner({
        ...context,
        hubEnvironment: { DOCKER_HOST: docker.url },
        config: valuesWith(dockerConfigurable, { image: docker.image, cmd: endsAtOnce, remove: true }),
      }),
    crash: async ({ object_id: id }) => {
      if (typeof id !== 'string') throw new TypeError('no state of this spawner')
      await docker.docker('kill', id)
    },
  }))

  afterEach(async () => {
    const ids = await docker.docker('ps', '--all', '--quiet')
    if (ids !== '') await docker.docker('rm', '--force', ...ids.split('\n'))
  })

  function spawnerOf(config: InputsOf<typeof dockerConfigurable>, userName = 'ada', serverName = ''): DockerSpawner {
    return new DockerSpawner({
      ...contextOf(userName, silentLog),
      serverName,
      hubEnvironment: { DOCKER_HOST: docker.url, SECRET_OF_THE_HUB: 'x' },
      config: valuesWith(dockerConfigurable, { image: docker.image, ...config }),
    })
  }

  const start = (spawner: DockerSpawner, request: Partial<StartRequest<ContainerServer>> = {}) =>
    spawner.start({ ...fakeRequest(spawner), ...request }, never)

  async function inspect({ state }: Started<ContainerServer>): Promise<Docker.ContainerInspectInfo> {
    const [container] = JSON.parse(
      await docker.docker('inspect', state.object_id ?? ''),
    ) as Docker.ContainerInspectInfo[]
    if (container === undefined) throw new Error('no such container')
    return container
  }

  test('every option reaches the container', async () => {
    await docker.docker('network', 'create', 'labs')
    const started = await start(
      spawnerOf(
        {
          name_template: '{prefix}_{username}_{servername}',
          prefix: 'lab',
          volumes: { 'home-{username}': '/home/jovyan/work', '/srv': { bind: '/data', mode: 'ro' } },
          read_only_volumes: { '/usr/share': '/share' },
          mounts: [{ type: 'tmpfs', target: '/scratch' }],
          network_name: 'labs',
          mem_limit: '64M',
          mem_guarantee: '32M',
          cpu_limit: 0.5,
          extra_create_kwargs: { user: '1000:100', working_dir: '/home/jovyan', labels: { a: 'b' } },
          extra_host_config: { shm_size: '8m', cap_drop: ['ALL'], PidsLimit: 50, extra_hosts: { hub: '192.0.2.1' } },
          post_start_cmd: 'touch /tmp/started',
        },
        'ada b',
        'x',
      ),
    )
    const container = await inspect(started)
    expect(container).toMatchObject({
      Name: '/lab_ada_20b_x',
      Config: { User: '1000:100', WorkingDir: '/home/jovyan', Labels: { a: 'b', 'org.jupyterhub.user': 'ada b' } },
      HostConfig: {
        Binds: ['home-ada_20b:/home/jovyan/work:rw', '/srv:/data:ro', '/usr/share:/share:ro'],
        Mounts: [{ Type: 'tmpfs', Target: '/scratch' }],
        Memory: 64 * 1024 * 1024,
        MemoryReservation: 32 * 1024 * 1024,
        CpuPeriod: 100_000,
        CpuQuota: 50_000,
        ShmSize: 8 * 1024 * 1024,
        CapDrop: ['ALL'],
        PidsLimit: 50,
        ExtraHosts: ['hub:192.0.2.1'],
        NetworkMode: 'labs',
      },
    })
    // A network of one's own: reached at the address in it, and no port is published.
    expect(started.address).toEqual({ host: container.NetworkSettings.Networks['labs']?.IPAddress, port: 8888 })
    expect(container.HostConfig.PortBindings ?? {}).toEqual({})
    expect(JSON.stringify(container.Config.Env)).not.toContain('SECRET_OF_THE_HUB')
    await expect.poll(() => docker.docker('exec', started.state.object_id ?? '', 'ls', '/tmp')).toBe('started')
  })

  test('a kept container goes on with its token; one that would be another is made anew', async () => {
    const first = await start(spawnerOf({}))
    await spawnerOf({}).stop(first.state, { now: true }, never)
    const spawner = spawnerOf({})
    expect(spawner.willResume).toBe(true)
    const { server } = fakeRequest(spawner)
    const second = await start(spawner, { server: { ...server, apiToken: 'another-token' } })
    expect(second.state.object_id).toBe(first.state.object_id)
    expect(second.apiToken).toBe(server.apiToken)
    await spawnerOf({}).stop(second.state, { now: true }, never)
    const third = await start(spawnerOf({ mem_limit: '100M' }))
    expect(third.state.object_id).not.toBe(first.state.object_id)
    expect(await spawnerOf({}).poll(first.state)).toMatchObject({ status: 'exited' })
    await spawnerOf({}).deleteForever()
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('')
  })

  test('users choose among the images that are allowed, and get no other', async () => {
    await docker.docker('tag', docker.image, 'hubtest/other')
    const offering = { allowed_images: { Plain: docker.image, 'A <b>': 'hubtest/other' } }
    const spawner = spawnerOf(offering)
    expect(await spawner.optionsForm()).toContain('<option value="A &#60;b&#62;">')
    expect(await spawner.optionsFromForm({ image: ['A <b>'] })).toEqual({ image: 'A <b>' })
    const started = await start(spawner, { userOptions: { image: 'A <b>' } })
    expect((await inspect(started)).Config.Image).toBe('hubtest/other')
    for (const [config, image] of [
      [offering, 'evil'],
      [{}, 'evil'],
      [offering, '__proto__'],
      [offering, ['Plain']],
    ] as const)
      await expect(start(spawnerOf(config), { userOptions: { image } })).rejects.toMatchObject({
        reason: 'image_not_allowed',
        status: 400,
      })
  })

  test('fetching an image shows how far it is; what is not there is named', async () => {
    const [program, ...args] = docker.inside([process.execPath, nearby('tiny-registry.mjs')])
    const registry = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [port] = (await once(createInterface(registry.stdout), 'line')) as [string]
      const image = `127.0.0.1:${port}/tiny`
      const spawner = spawnerOf({ image })
      const failed = start(spawner).catch((error: unknown) => error)
      const messages = []
      for await (const event of spawner.progress(never)) messages.push(event.message)
      expect(messages).toContain(`Pulling image ${image}`)
      expect(messages).toContainEqual(expect.stringMatching(/1 of 1 layers/))
      expect(await failed).toMatchObject({ reason: 'no_program' })
      await expect(start(spawnerOf({ image: `127.0.0.1:${port}/absent` }))).rejects.toMatchObject({
        reason: 'no_image',
      })
    } finally {
      registry.kill()
    }
  })

  test.each([
    ['no_image', { image: 'hubtest/absent', pull_policy: 'never' as const }],
    ['no_program', { cmd: ['no-such-program'] }],
    ['no_network', { network_name: 'absent' }],
    ['no_volume', { mounts: [{ type: 'bind', source: '/no/such/folder', target: '/x' }] }],
    ['bad_volume', { volumes: { '/home/{raw_username}': '/x' } }, '../etc'],
    ['docker_away', { client_kwargs: { base_url: 'unix:///no/such/docker.sock' } }],
  ])('a start that fails with %s leaves nothing', async (reason, config, userName = 'ada') => {
    await expect(start(spawnerOf(config, userName))).rejects.toMatchObject({ reason })
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('')
  })

  test('the container of another user is left alone', async () => {
    const template = { name_template: 'the-only-one' }
    const { state } = await start(spawnerOf(template))
    await expect(start(spawnerOf(template, 'bob'))).rejects.toMatchObject({ reason: 'container_of_another' })
    expect(await spawnerOf({}).poll(state)).toEqual({ status: 'running' })
  })

  test('the last lines of the log, and the status of a server that ended', async () => {
    const spawner = spawnerOf({ cmd: ['/bin/sh', '-c', 'echo one; echo two >&2; exit 3'] })
    const states: ContainerServer[] = []
    await start(spawner, { save: (state) => Promise.resolve(void states.push(state)) }).catch(() => undefined)
    const state = states[0] ?? {}
    await expect.poll(() => spawner.poll(state)).toEqual({ status: 'exited', code: 3 })
    expect((await spawner.lastLogLines(state, 5)).sort()).toEqual(['one', 'two'])
  })

  test('a poll while Docker is away is not taken for the end of the server', async () => {
    const { state } = await start(spawnerOf({}))
    const away = spawnerOf({ client_kwargs: { base_url: 'unix:///no/such/docker.sock' } })
    await expect(away.poll(state)).rejects.toThrow()
    expect(await spawnerOf({}).poll(state)).toEqual({ status: 'running' })
  })

  test('a start that fails shows its user the cause and the last lines, with secrets masked, and leaves no container', async () => {
    const talk = 'echo "the token is $JUPYTERHUB_API_TOKEN, the database has $DB_PASSWORD"; echo no lab; exit 3'
    await using hub = await startTestHub({
      config: {
        JupyterHub: { spawner_class: DockerSpawner, tornado_settings: { slow_spawn_timeout: 20 } },
        DockerSpawner: {
          image: docker.image,
          client_kwargs: { base_url: docker.url },
          remove: true,
          apply_user_options: { image: 'image', docker: 'client_kwargs' },
        },
        Spawner: { cmd: ['/bin/sh', '-c', talk], environment: { DB_PASSWORD: 'hunter-22' } },
      },
    })
    await hub.api('POST', '/users/ada')
    const start = async (options: object): Promise<{ status: number; message: string }> => {
      const { status, text } = await hub.api('POST', '/users/ada/server', options)
      return { status, message: (JSON.parse(text) as { message: string }).message }
    }
    const failed = await start({})
    expect(failed.status).toBe(500)
    expect(failed.message).toMatch(/status[= ]3/)
    const browser = hub.browser()
    await browser.login('ada', 'x', { next: '/hub/home' })
    const page = (await browser.get('/hub/spawn-pending/ada')).text
    expect(page).toContain('the token is ***, the database has ***\nno lab')
    expect(page).not.toContain('hunter-22')
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('')

    // What users choose is in the hub's hands here, to have it go wrong.
    const away = await start({ docker: { base_url: 'unix:///no/such/docker.sock' } })
    expect(away).toEqual({
      status: 503,
      message: expect.stringMatching(/Docker cannot be reached. Try again in a few minutes/) as string,
    })
    expect((await hub.api('GET', '/users/ada')).json()).toMatchObject({ server: null, pending: null })
  })

  test.each(['ü'.repeat(127), 'x'.repeat(255), '-rf', '--privileged', 'a b', '$(id)', '../..', "o'brien"])(
    'the user %j has a container and a volume of their own',
    async (name) => {
      const { state } = await start(
        spawnerOf({ volumes: { 'home-{username}': '/home/jovyan' }, cmd: endsAtOnce }, name, 'x'),
      )
      expect(await spawnerOf({}, name).poll(state)).toEqual({ status: 'running' })
      const [inspected] = JSON.parse(
        await docker.docker('inspect', state.object_id ?? ''),
      ) as Docker.ContainerInspectInfo[]
      expect(inspected?.Config.Labels['org.jupyterhub.user']).toBe(name)
      expect(inspected?.HostConfig.Privileged).toBe(false)
      expect(inspected?.Mounts.map(({ Type: type }) => type)).toEqual(['volume'])
    },
  )

  async function inDockersNetwork(script: string): Promise<unknown> {
    const [program, ...args] = docker.inside([
      process.execPath,
      ...['--conditions=@hub/source', '--import', import.meta.resolve('tsx')],
      ...[nearby(script), docker.image, docker.url],
    ])
    const { stdout } = await promisify(execFile)(program, args, { timeout: 60_000, cwd: join(nearby('.'), '..') })
    return JSON.parse(stdout)
  }

  test('with internal_ssl a server has its certificate, and the hub and the proxy reach it', async () => {
    expect(await inDockersNetwork('docker-hub-tls.ts')).toMatchObject({
      ...{ started: 201, stopped: 204, resumed: 201, again: 200 },
      environment: {
        JUPYTERHUB_SERVICE_URL: 'https://0.0.0.0:8888/user/ada/',
        JUPYTERHUB_SSL_KEYFILE: '/certs/server.key',
      },
    })
    const byAddress = spawnerOf({ network_name: 'own' }).moveCerts({ keyFile: '', certFile: '', caFile: '' })
    await expect(byAddress).rejects.toMatchObject({
      reason: 'no_internal_ssl',
      logMessage: expect.stringContaining('use_internal_hostname = True') as string,
    })
  })

  test('a hub starts a server, finds it after a restart, stops it and resumes it', async () => {
    const seen = await inDockersNetwork('docker-hub.ts')
    expect(seen).toMatchObject({
      started: 201,
      adopted: '/user/ada/',
      answers: 200,
      stopped: 204,
      resumed: 201,
      deleted: 204,
      environment: {
        JUPYTERHUB_API_URL: 'http://hub.example:8081/hub/api',
        JUPYTERHUB_SERVICE_URL: 'http://0.0.0.0:8888/user/ada/',
      },
    })
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('')
  })
})

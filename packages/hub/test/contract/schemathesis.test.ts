import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FakeServers, fakeServers, findVenv, startChild } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const program = join(findVenv() ?? '', 'bin/schemathesis')
const isInstalled = await access(program).then(
  () => true,
  () => false,
)

/** More makes the run longer and finds more: try 100 by hand. */
const examples = process.env['SCHEMATHESIS_EXAMPLES'] ?? '2'

/** Ends the hub, or leads it to another proxy. */
const endsTheRun = ['shutdownHub', 'updateProxy']
/** What others need to find something. */
const takesAway = ['deleteUser', 'deleteGroup']

describe.skipIf(!isInstalled)('requests made up from the description of the API (schemathesis)', () => {
  let fakes: FakeServers
  let hub: HubInProcess
  let config: string
  let userToken: string
  beforeAll(async () => {
    fakes = await fakeServers()
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          spawner_class: fakes.spawnerClass,
          allow_named_servers: true,
          admin_access: true,
          load_groups: { team: { users: ['ada'] } },
        },
      },
    })
    await hub.api('PUT', '/users/ada/servers/lab')
    await hub.api('GET', '/users/ada/server')
    userToken = (await hub.api('POST', '/users/ada/tokens', {})).json<{ token: string }>().token
    config = join(hub.dir, 'schemathesis.toml')
    const names = { user: 'ada', owner: 'ada', group: 'team', server: 'lab', service: 'test-admin', token: 'a1' }
    const lines = Object.entries(names).map(([name, value]) => `"path.${name}" = "${value}"`)
    await writeFile(config, ['[parameters]', ...lines, ''].join('\n'))
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await fakes[Symbol.asyncDispose]()
  })

  async function run(
    token: string | undefined,
    options: { readonly phases: string; readonly without?: readonly string[]; readonly config?: string },
  ): Promise<string> {
    await using child = startChild({
      command: [
        program,
        ...(options.config === undefined ? [] : ['--config-file', options.config]),
        'run',
        `${hub.origin}/hub/api/openapi.json`,
        ...(token === undefined ? [] : ['--header', `Authorization: token ${token}`]),
        `--phases=${options.phases}`,
        `--max-examples=${examples}`,
        '--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
        ...[...endsTheRun, ...(options.without ?? [])].map((name) => `--exclude-operation-id=${name}`),
        '--continue-on-failure',
        '--generation-database=none',
        '--no-color',
        '--seed=1',
        '--request-timeout=30',
      ] as [string, ...string[]],
      cwd: hub.dir,
    })
    const { code } = await child.exited
    return code === 0 ? 'all passed' : child.log()
  }

  test('as nobody', async () => {
    expect(await run(undefined, { phases: 'fuzzing' })).toBe('all passed')
  }, 300_000)

  test('as a user, about what is theirs', async () => {
    expect(await run(userToken, { phases: 'fuzzing', config })).toBe('all passed')
  }, 300_000)

  test('as an admin, about what there is', async () => {
    const answer = await run(hub.adminToken, { phases: 'coverage,fuzzing', config, without: takesAway })
    expect(answer).toBe('all passed')
  }, 300_000)

  test('as an admin, about whatever names', async () => {
    expect(await run(hub.adminToken, { phases: 'fuzzing' })).toBe('all passed')
  }, 300_000)
})

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { helperCommand, startChild, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { makeSudoHost, whyNoSudo } from '../../../packages/sudospawner-helper/test/sudo-host.js'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test.skipIf(whyNoSudo !== undefined)(
  'a server runs as its user, by the rule of sudo and the configurations as they stand here',
  async () => {
    await using host = await makeSudoHost()
    const stateDir = await host.folder('state')
    // The names of the example become those that were made for the test.
    const named = (path: string): string =>
      readFileSync(here(path), 'utf8')
        .replaceAll('jupyterhub-users', host.group)
        .replaceAll('/usr/local/bin/sudospawner', host.mediator)
    const rule = named('../sudoers').replace(/^jupyterhub /m, `${host.hub.name} `)
    await host.rule(rule.replaceAll('SUDOSPAWNER_CMD', `EXAMPLE_${host.hub.name.toUpperCase()}`))
    const config = join(stateDir, 'sudospawner_helper_config.yaml')
    writeFileSync(config, named('../sudospawner_helper_config.yaml'))
    const socket = join(stateDir, 'helper.sock')
    const places = [`--socket=${socket}`, `--state-dir=${join(stateDir, 'state')}`]
    await using helper = startChild({
      command: host.asHub([...helperCommand(), '--config', config, ...places]),
      cwd: stateDir,
    })
    await helper.waitForLog(/listening/, 60_000)
    await using hub = await runExample({
      configFile: here('../jupyterhub_config.mjs'),
      args: [`--SudoHelperSpawner.helpers=local=http+unix://${encodeURIComponent(socket)}`],
    })
    await using ada = hub.browser()
    const user = host.ada.name
    await ada.login(user, 'change-this-password')
    const { pid } = await waitFor(
      async () => {
        const page = await ada.get(`/user/${user}/api`)
        return page.status === 200 && page.json<{ pid: number }>()
      },
      { deadlineMs: 40_000 },
    )
    expect(statSync(`/proc/${pid}`).uid).toBe(host.ada.uid)
    const listed = execFileSync(
      'curl',
      ['-s', '--unix-socket', socket, '-H', 'Authorization: Bearer change-this-token', 'http://helper/api/servers'],
      { encoding: 'utf8' },
    )
    expect(JSON.parse(listed)).toMatchObject([{ user, phase: 'running', pid }])
  },
  120_000,
)

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { makeSudoHost, type TestAccount, whyNoSudo } from '../../../packages/sudospawner-helper/test/sudo-host.js'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const setPassword = ({ name }: TestAccount): void =>
  void execFileSync('chpasswd', { input: `${name}:correct horse\n`, stdio: ['pipe', 'ignore', 'ignore'] })

test.skipIf(whyNoSudo !== undefined)(
  'a hub without rights lets accounts of the group in and starts their servers as them, and nobody else’s',
  async () => {
    await using host = await makeSudoHost()
    execFileSync('usermod', ['-aG', 'shadow', host.hub.name])
    for (const account of [host.ada, host.eve]) setPassword(account)
    // The names of the example become those that were made for the test.
    const named = (path: string): string =>
      readFileSync(here(path), 'utf8')
        .replaceAll('jupyterhub-users', host.group)
        .replaceAll('/usr/local/bin/sudospawner', host.mediator)
    const rule = named('../sudoers').replace(/^jupyterhub /m, `${host.hub.name} `)
    await host.rule(rule.replaceAll('SUDOSPAWNER_CMD', `EXAMPLE_${host.hub.name.toUpperCase()}`))
    const dir = await host.folder('hub')
    const configFile = join(dir, 'jupyterhub_config.py')
    writeFileSync(configFile, named('../jupyterhub_config.py'))
    await using hub = await runExample({ configFile, dir, inside: (command) => host.asHub(command) })
    expect(statSync(`/proc/${hub.child().pid}`).uid).toBe(host.hub.uid)

    await using eve = hub.browser()
    expect((await eve.login(host.eve.name, 'correct horse')).status).toBe(403)
    await using ada = hub.browser()
    await ada.login(host.ada.name, 'correct horse')
    const pid = await serverOf(ada, host.ada.name)
    expect(statSync(`/proc/${pid}`).uid).toBe(host.ada.uid)
    await ada.get('/hub/home')
    expect((await ada.api('DELETE', `/hub/api/users/${host.ada.name}/server`)).status).toBe(204)
    await waitFor(() => statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined)
  },
  120_000,
)

async function serverOf(browser: Browser, user: string): Promise<number> {
  const answer = await waitFor(
    async () => {
      const page = await browser.get(`/user/${user}/api`)
      return page.status === 200 && page
    },
    { deadlineMs: 40_000, what: 'an answer of the server' },
  )
  return answer.json<{ pid: number }>().pid
}

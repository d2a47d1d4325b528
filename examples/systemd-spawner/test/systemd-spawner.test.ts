import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bootSystemd, fixture, waitFor, whyNoSystemd } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test.skipIf(whyNoSystemd() !== undefined)(
  'a server is a unit with the limits of the configuration, in the slice, and can write where it may',
  async () => {
    await using machine = await bootSystemd()
    const run = async (...command: [string, ...string[]]): Promise<string> => {
      const { code, stdout, stderr } = await machine.run(command)
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}`)
      return stdout.trim()
    }
    const slice = readFileSync(here('../jupyter.slice'), 'utf8')
    await run('sh', '-c', 'printf %s "$1" > /etc/systemd/system/jupyter.slice', 'sh', slice)
    await run('systemctl', 'daemon-reload')
    expect((await machine.run(['systemd-analyze', 'verify', '/etc/systemd/system/jupyter.slice'])).stderr).toBe('')
    await run('useradd', '--create-home', 'ada')
    await run('sh', '-c', 'echo "ada:correct horse" | chpasswd')
    await run('install', '-d', '-m', '0700', '/srv/jupyterhub')
    // The checkout may be below /tmp, of which a server does not see that of the host.
    await run('install', '-m', '0644', fixture('fake-server.mjs'), '/usr/local/lib/server.mjs')
    await using hub = await runExample({
      configFile: here('../jupyterhub_config.py'),
      serverCommand: [process.execPath, '/usr/local/lib/server.mjs'],
      inside: (command) => machine.inside(['env', '--chdir=/srv/jupyterhub', ...command]),
    })
    await using ada = hub.browser()
    await ada.login('ada', 'correct horse')
    await waitFor(async () => (await ada.get('/user/ada/api')).status === 200, { deadlineMs: 40_000 })

    const shown = await run('systemctl', 'show', 'jupyter-ada-singleuser')
    for (const property of [
      ...['Slice=jupyter.slice', 'MemoryMax=2147483648', 'CPUQuotaPerSecUSec=1.500000s', 'TasksMax=500'],
      ...['NoNewPrivileges=yes', 'PrivateTmp=yes', 'PrivateDevices=yes'],
    ])
      expect(shown).toContain(`\n${property}\n`)
    const pid = /^MainPID=(\d+)$/m.exec(shown)?.[1] ?? ''
    /** As the server sees the host, though as root: what is read-only is so for everybody. */
    const canWrite = async (path: string): Promise<boolean> =>
      (await machine.run(['nsenter', '--mount', '--target', pid, 'touch', path])).code === 0
    expect(await canWrite('/home/ada/notebook')).toBe(true)
    expect(await canWrite('/tmp/scratch')).toBe(true)
    expect(await canWrite('/etc/motd-of-ada')).toBe(false)
    expect(await run('ls', '/tmp')).not.toContain('scratch')

    await ada.get('/hub/home')
    expect((await ada.api('DELETE', '/hub/api/users/ada/server')).status).toBeLessThan(300)
    await waitFor(
      async () => (await run('systemctl', 'show', '-p', 'MainPID', 'jupyter-ada-singleuser')) === 'MainPID=0',
    )
  },
  180_000,
)

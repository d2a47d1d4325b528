import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { smallDisk, startHubProcess, startTestHub, type TestHub, waitFor } from '@hub/testkit'
import { describe, expect, test } from 'vitest'
import { isAlive } from '../src/host.js'

const isRoot = process.getuid?.() === 0

/** An account that is gone with the test at the latest. */
function makeAccount(suffix: string, ...options: string[]): Disposable & { readonly name: string; vanish(): void } {
  const name = `fault${process.pid.toString(36)}${suffix}`
  execFileSync('useradd', ['--shell', '/bin/sh', ...(options.length > 0 ? options : ['--create-home']), name])
  const vanish = (): void => void execFileSync('userdel', ['--force', name], { stdio: 'ignore' })
  return {
    name,
    vanish,
    [Symbol.dispose]() {
      try {
        vanish()
      } catch {
        // Gone already.
      }
      rmSync(`/home/${name}`, { recursive: true, force: true })
    },
  }
}

async function pidOf(hub: TestHub, user: string): Promise<number> {
  await using browser = hub.browser()
  await browser.login(user, 'x')
  const answer = await waitFor(
    async () => {
      const page = await browser.get(`/user/${user}/api`)
      return page.status === 200 && page
    },
    { deadlineMs: 30_000 },
  )
  return answer.json<{ pid: number }>().pid
}

describe.skipIf(!isRoot)('under a hub that starts servers as their users', () => {
  const local = { JupyterHub: { spawner_class: 'localprocess' } }

  test('who vanishes before the start is told so; who vanishes while the server runs keeps it, and it ends cleanly', async () => {
    using one = makeAccount('a')
    using other = makeAccount('b')
    await using hub = await startTestHub({ config: local })
    const ada = hub.browser()
    await ada.login(one.name, 'x', { next: '/hub/home' })
    const others = await pidOf(hub, other.name)

    one.vanish()
    const refused = await hub.api('POST', `/users/${one.name}/server`, {})
    expect(refused.status).toBe(500)
    expect(refused.json<{ message: string }>().message).toBe(
      `There is no account ${one.name} on the host. Ask your administrator to create one.`,
    )
    expect((await ada.get(`/hub/spawn-pending/${one.name}`)).text).toContain('Ask your administrator')
    expect((await hub.api('GET', `/users/${one.name}`)).json()).toMatchObject({ server: null, pending: null })

    other.vanish()
    expect(await pidOf(hub, other.name)).toBe(others)
    expect((await hub.api('DELETE', `/users/${other.name}/server`)).status).toBe(204)
    expect(await isAlive({ pid: others })).toBe(false)
  })

  test('a home that does not exist is told to nobody but the log, and the server runs', async () => {
    using homeless = makeAccount('c', '--no-create-home', '--home-dir', '/nonexistent/home')
    await using hub = await startTestHub({ config: local })
    expect(await pidOf(hub, homeless.name)).toBeGreaterThan(1)
  })
})

describe.skipIf(!isRoot)('on a full disk', () => {
  test('a server starts without a log of its own', async () => {
    await using disk = await smallDisk(512)
    await disk.fill()
    await using hub = await startHubProcess({ env: { TMPDIR: disk.path } })
    await hub.api('POST', '/users/ada')
    // What prints to such a log loses lines; the server does not wait for them, and goes on.
    expect((await hub.api('POST', '/users/ada/server', {})).status).toBe(201)
    expect(await hub.servers()).toHaveLength(1)
    expect((await hub.api('DELETE', '/users/ada/server')).status).toBe(204)
  })

  test('a start that cannot write is told as that, and the next one finds the room', async () => {
    await using disk = await smallDisk(512)
    using user = makeAccount('d', '--no-create-home', '--home-dir', disk.path)
    const jupyterHub = { internal_ssl: true, tornado_settings: { slow_spawn_timeout: 0 } }
    await using hub = await startTestHub({
      config: { JupyterHub: { spawner_class: 'localprocess', ...jupyterHub } },
    })
    await disk.fill()
    await hub.api('POST', `/users/${user.name}`)
    await hub.api('POST', `/users/${user.name}/server`, {})
    const progress = await hub.api('GET', `/users/${user.name}/server/progress`)
    expect(progress.text).toMatch(/a disk of its host is full/)
    await disk.free()
    await hub.api('POST', `/users/${user.name}/server`, {})
    await waitFor(() => existsSync(`${disk.path}/.jupyterhub/jupyterhub-certs/ca.crt`), { deadlineMs: 30_000 })
  }, 90_000)
})

test('a name that would be a path, or is none at all, gets no server, and others are not held up', async () => {
  await using hub = await startTestHub()
  for (const name of ['..', '.', '...', '-rf', 'a b', 'Ünï', '$(id)', "o'brien", '%2e%2e', 'x'.repeat(255), 'a\\b']) {
    const users = await hub.api('POST', '/users', { usernames: [name] })
    expect(users.status, name).toBe(['.', '..'].includes(name) ? 400 : 201)
    if (users.status !== 201) continue
    const [{ name: stored } = { name: '' }] = users.json<{ name: string }[]>()
    const started = await hub.api('POST', `/users/${encodeURIComponent(stored)}/server`, {})
    expect(started.status, name).toBe(201)
    const user = await hub.api('GET', `/users/${encodeURIComponent(stored)}`)
    expect(user.json<{ server: string }>().server, name).toMatch(/^\/user\/[^/]+\/$/)
    expect((await hub.api('DELETE', `/users/${encodeURIComponent(stored)}/server`)).status, name).toBe(204)
  }
}, 60_000)

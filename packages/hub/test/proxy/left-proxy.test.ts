import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { isAlive, startTestHub, type TestHub, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'

const pidOf = async (hub: TestHub): Promise<number> => Number(await readFile(join(hub.dir, 'proxy.pid'), 'utf8'))

test('a proxy that was left running is taken over by the next hub, and ended by it', async () => {
  await using first = await startTestHub()
  const pid = await pidOf(first)
  await first.stop({ servers: true, proxy: false })
  expect(isAlive(pid)).toBe(true)
  await using second = await startTestHub({ after: first })
  expect(await pidOf(second)).toBe(pid)
  expect((await second.api('GET', '/')).status).toBe(200)
  await second.stop()
  expect(isAlive(pid)).toBe(false)
})

test('so is one whose pid file is gone', async () => {
  await using first = await startTestHub()
  const pid = await pidOf(first)
  await first.stop({ servers: true, proxy: false })
  await rm(join(first.dir, 'proxy.pid'))
  await using second = await startTestHub({ after: first })
  expect(await pidOf(second)).toBe(pid)
})

test('a proxy that takes another token is ended, and one of our own started', async () => {
  await using first = await startTestHub({ config: { ConfigurableHTTPProxy: { auth_token: 'token-of-before' } } })
  const pid = await pidOf(first)
  await first.stop({ servers: true, proxy: false })
  await using second = await startTestHub({
    after: first,
    config: { ConfigurableHTTPProxy: { auth_token: 'token-of-now' } },
  })
  expect(isAlive(pid)).toBe(false)
  expect(await pidOf(second)).not.toBe(pid)
  expect((await second.api('GET', '/')).status).toBe(200)
})

test('another program at its address is left alone, and the hub says so and ends', async () => {
  await using first = await startTestHub()
  await first.stop()
  const port = Number(new URL(first.origin).port)
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  try {
    await expect(startTestHub({ after: first })).rejects.toMatchObject({ code: 'proxy_address_taken' })
    expect(other.listening).toBe(true)
  } finally {
    await new Promise((resolve) => other.close(resolve))
  }
})

test('a proxy taken over is started again when it dies', async () => {
  await using first = await startTestHub()
  const pid = await pidOf(first)
  await first.stop({ servers: true, proxy: false })
  await using second = await startTestHub({ after: first })
  process.kill(pid, 'SIGKILL')
  await waitFor(async () => (await pidOf(second)) !== pid && (await second.api('GET', '/')).status === 200)
  expect(await pidOf(second)).not.toBe(pid)
})

test('a hub that cannot start leaves the proxy that was there before, and ends one of its own', async () => {
  await using first = await startTestHub()
  const pid = await pidOf(first)
  await first.stop({ servers: true, proxy: false })
  const broken = { JupyterHub: { load_roles: [{ name: 'role', scopes: ['no:such:scope'] }] } }
  await expect(startTestHub({ after: first, config: broken })).rejects.toThrow('no:such:scope')
  expect(isAlive(pid)).toBe(true)
  process.kill(pid, 'SIGKILL')
  await waitFor(() => !isAlive(pid))
  await expect(startTestHub({ after: first, config: broken })).rejects.toThrow('no:such:scope')
  await using second = await startTestHub({ after: first })
  expect(await pidOf(second)).not.toBe(pid)
})

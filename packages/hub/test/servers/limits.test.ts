import { SpawnError } from '@hub/spawner'
import { waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { gate, startHubWithFakes } from './hub-with-fakes.js'

test('as many starts as are allowed run at once; the next is told when to come back', async () => {
  const { opened, open } = gate()
  await using hub = await startHubWithFakes({
    random: () => 0.5,
    config: { JupyterHub: { concurrent_spawn_limit: 2, spawn_throttle_retry_range: [30, 60] } },
  })
  for (const name of ['ada', 'bob', 'cyd', 'dee']) await hub.user(name, { beforeStart: () => opened })
  const pages = await Promise.all(['ada', 'bob', 'cyd', 'dee'].map((name) => hub.start(name)))
  expect(pages.map(({ status }) => status).sort()).toEqual([202, 202, 429, 429])
  for (const page of pages.filter(({ status }) => status === 429)) {
    expect(page.headers['retry-after']).toBe('45')
    expect(page.json<{ message: string }>().message).toBe(
      'Too many users trying to log in right now. Try again in 50 seconds.',
    )
  }
  open()
  await waitFor(() => hub.world.started.length === 2)
  await waitFor(async () => (await hub.start('dee')).status === 202, { what: 'a start after the others' })
})

test('no more servers are active than are allowed, those on their way included', async () => {
  const { opened, open } = gate()
  await using hub = await startHubWithFakes({ config: { JupyterHub: { active_server_limit: 1 } } })
  await hub.user('ada', { beforeStart: () => opened })
  await hub.user('bob')
  expect((await hub.start('ada')).status).toBe(202)
  const refused = async () => {
    const page = await hub.start('bob')
    expect(page.status).toBe(429)
    expect(page.headers['retry-after']).toBeUndefined()
    expect(page.json<{ message: string }>().message).toBe('Active user limit exceeded. Try again in a few minutes.')
  }
  await refused()
  open()
  await hub.settled('ada')
  await refused()
  await hub.end('ada')
  await hub.settled('ada')
  expect((await hub.start('bob')).status).toBe(202)
})

test('the hub gives up after so many failures of its own making in a row, and not for refusals', async () => {
  await using hub = await startHubWithFakes({ config: { Spawner: { consecutive_failure_limit: 2 } } })
  const failing = (error: Error) => ({
    beforeStart: () => {
      throw error
    },
  })
  await hub.user('refused', failing(new SpawnError({ reason: 'quota', message: 'no' })))
  await hub.user('broken', failing(new Error('no')))
  await hub.user('fine')
  const start = async (name: string) => {
    await hub.start(name)
    await hub.settled(name)
  }
  for (const name of ['broken', 'refused', 'refused', 'fine', 'broken']) await start(name)
  expect(hub.shutdowns).toEqual([])
  await start('broken')
  await waitFor(() => hub.shutdowns.length > 0)
  expect(hub.shutdowns).toEqual([{ exitCode: 1 }])
})

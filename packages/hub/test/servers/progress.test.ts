import { waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { gate, startHubWithFakes } from './hub-with-fakes.js'

const ready = {
  progress: 100,
  ready: true,
  message: 'Server ready at /user/ada/',
  html_message: 'Server ready at <a href="/user/ada/">/user/ada/</a>',
  url: '/user/ada/',
}

test('a start tells what was asked, what the spawner says, and that it is ready', async () => {
  await using hub = await startHubWithFakes()
  const { opened, open } = gate()
  await hub.user('ada', { beforeStart: () => opened })
  expect((await hub.api('GET', '/users/ada/server/progress')).status).toBe(404)
  await hub.start('ada')
  const early = hub.progress('ada')
  const alsoEarly = hub.progress('ada')
  await waitFor(async () => (await hub.server('ada')).pending === 'spawn')
  open()
  const events = [{ progress: 0, message: 'Server requested' }, { progress: 50, message: 'Spawning server...' }, ready]
  expect(await early).toEqual(events)
  expect(await alsoEarly).toEqual(events)
  await hub.settled('ada')
  // Afterwards there is only the end to tell.
  expect(await hub.progress('ada')).toEqual([ready])
  await hub.end('ada')
  await hub.settled('ada')
  expect((await hub.api('GET', '/users/ada/server/progress')).status).toBe(404)
})

test("the spawner's events come through with their HTML, and none of them ends the stream", async () => {
  await using hub = await startHubWithFakes()
  const { opened, open } = gate()
  const tricky = { progress: 120, message: 'almost', ready: true, url: '/elsewhere' }
  await hub.user('ada', {
    beforeStart: () => opened,
    progress: [{ message: 'no number' }, { progress: 30, message: 'a', htmlMessage: '<b>a</b>' }, tricky],
  })
  await hub.start('ada')
  const stream = hub.progress('ada')
  await waitFor(async () => (await hub.server('ada')).pending === 'spawn')
  open()
  expect(await stream).toEqual([
    { progress: 0, message: 'Server requested' },
    { message: 'no number' },
    { progress: 30, message: 'a', html_message: '<b>a</b>' },
    { progress: 100, message: 'almost' },
    ready,
  ])
})

test('the stream has the frames and headers that clients expect', async () => {
  await using hub = await startHubWithFakes()
  await hub.user('ada')
  await hub.start('ada')
  await hub.settled('ada')
  const page = await hub.api('GET', '/users/ada/server/progress')
  expect(page.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  expect(page.text).toMatch(/^\n\ndata: \{[^\n]+\}\n\n$/)
})

test.each([
  ['replaces the last event', (event: object) => ({ ...event, message: 'Go!', htmlMessage: '<i>Go!</i>' })],
  [
    'may take its time',
    async (event: object) => Promise.resolve({ ...event, message: 'Go!', htmlMessage: '<i>Go!</i>' }),
  ],
])('progress_ready_hook %s', async (_what, hook) => {
  await using hub = await startHubWithFakes({
    config: { Spawner: { progress_ready_hook: (_spawner: unknown, event: object) => hook(event) } },
  })
  await hub.user('ada')
  await hub.start('ada')
  await hub.settled('ada')
  expect(await hub.progress('ada')).toEqual([{ ...ready, message: 'Go!', html_message: '<i>Go!</i>' }])
})

test('progress_ready_hook that fails changes nothing', async () => {
  await using hub = await startHubWithFakes({
    config: {
      Spawner: {
        progress_ready_hook: () => {
          throw new Error('no')
        },
      },
    },
  })
  await hub.user('ada')
  await hub.start('ada')
  await hub.settled('ada')
  expect(await hub.progress('ada')).toEqual([ready])
})

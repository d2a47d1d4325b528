import { CodedError } from '@hub/api'
import { SpawnError } from '@hub/spawner'
import { freePort, waitFor } from '@hub/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from './databases.js'
import { type Behaviour, type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

const failing = (error: unknown): Behaviour => ({
  beforeStart: () => {
    throw error
  },
})

class Teapot extends CodedError {
  constructor() {
    super('teapot', 418, 'I am a teapot')
  }
}

onBothDatabases('a start that fails', (newDatabase) => {
  let hub: HubWithFakes
  beforeAll(async () => {
    const dbUrl = await newDatabase()
    hub = await startHubWithFakes({
      ...(dbUrl === undefined ? {} : { dbUrl }),
      config: {
        // Requests wait, so that they hear of it.
        JupyterHub: { tornado_settings: { slow_spawn_timeout: 10 } },
        Spawner: {
          start_timeout: 1,
          http_timeout: 1,
          pre_spawn_hook: (spawner: { user: { name: string } }) => {
            if (spawner.user.name === 'hooked') throw new Teapot()
            if (spawner.user.name === 'hook-bug') throw new Error('the secret is xyzzy')
          },
        },
      },
    })
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  /** What somebody with a browser sees of it. */
  async function pageOf(name: string): Promise<{ status: number; text: string }> {
    await using browser = hub.browser()
    await browser.login(name, 'x', { next: '/hub/home' })
    return await browser.get(`/hub/spawn-pending/${name}`)
  }

  test("with the spawner's own reason: status and text reach the API, the stream and the page", async () => {
    const error = new SpawnError({
      reason: 'no_quota',
      message: 'Your <quota> is used up.',
      logMessage: 'quota of ada: 3 of 3',
      statusCode: 409,
      headers: { 'retry-after': '17' },
    })
    await hub.user('quota', failing(error))
    const answer = await hub.start('quota')
    expect(answer.status).toBe(409)
    expect(answer.headers['retry-after']).toBe('17')
    expect(answer.json()).toEqual({ status: 409, message: 'Your <quota> is used up.' })
    expect(await hub.progress('quota')).toEqual([
      { progress: 100, failed: true, message: 'Spawn failed: Your <quota> is used up.' },
    ])
    const page = await pageOf('quota')
    expect(page.status).toBe(409)
    expect(page.text).toContain('Your &lt;quota&gt; is used up.')
    expect(hub.log.some(({ fields }) => JSON.stringify(fields).includes('quota of ada: 3 of 3'))).toBe(true)
    expect(await hub.server('quota')).toMatchObject({ ready: false, pending: null, stopped: true, started: null })
  })

  test("with the spawner's own HTML: it is shown as it is", async () => {
    const error = new SpawnError({ reason: 'x', message: 'plain', messageHtml: '<em class="why">rich</em>' })
    await hub.user('html', failing(error))
    expect((await hub.start('html')).json()).toEqual({ status: 400, message: 'plain' })
    expect(await hub.progress('html')).toEqual([
      {
        progress: 100,
        failed: true,
        message: 'Spawn failed: plain',
        html_message: 'Spawn failed: <em class="why">rich</em>',
      },
    ])
    expect((await pageOf('html')).text).toContain('<em class="why">rich</em>')
  })

  test('with an HTTP error of pre_spawn_hook: it passes', async () => {
    await hub.user('hooked')
    expect((await hub.start('hooked')).json()).toEqual({ status: 418, message: 'I am a teapot' })
    expect((await pageOf('hooked')).status).toBe(418)
    expect(hub.world.started).not.toContain('hooked/')
  })

  test.each(['hook-bug', 'spawner-bug'])('with any other error (%s): nobody is told what it says', async (name) => {
    await hub.user(name, name === 'hook-bug' ? {} : failing(new Error('the secret is xyzzy')))
    const answer = await hub.start(name)
    expect(answer.json()).toEqual({ status: 500, message: 'Internal Server Error' })
    const page = await pageOf(name)
    expect(page.status).toBe(500)
    for (const text of [answer.text, page.text, JSON.stringify(await hub.progress(name))])
      expect(text).not.toContain('xyzzy')
  })

  test('because its process ended: it says with which status', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    await hub.user('early', { address: () => nobody })
    const answer = hub.start('early')
    await waitFor(() => hub.world.running.includes('early/'))
    hub.world.exit('early/', 7)
    expect((await answer).json()).toEqual({
      status: 500,
      message: 'Spawner failed to start [status=7]. The logs for early may contain details.',
    })
    expect(await hub.routes()).not.toContain('/user/early/')
  })

  test('because nobody answers in time: the process is ended, and the text is the same for all', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    await hub.user('mute', { address: () => nobody })
    const answer = await hub.start('mute')
    expect(answer.json()).toEqual({
      status: 500,
      message: 'Failed to reach your server.  Please try again later.  Contact admin if the issue persists.',
    })
    expect(hub.world.running).not.toContain('mute/')
    expect(hub.log.some(({ event }) => event.includes("mute's server never showed up at"))).toBe(true)
  })

  test('because start takes too long: the spawner is told to give up', async () => {
    let told: unknown
    await hub.user('endless', {
      beforeStart: (_spawner, _request, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            told = signal.reason
          })
        }),
    })
    const answer = await hub.start('endless')
    expect(answer.status).toBe(500)
    expect(answer.json<{ message: string }>().message).toMatch(/^Failed to reach your server\./)
    expect(told).toBeInstanceOf(Error)
    expect(hub.log.some(({ event }) => event.includes("endless's server failed to start in 1 seconds"))).toBe(true)
  })

  test('leaves no token and no OAuth client, and the next one starts afresh', async () => {
    await hub.user('again', failing(new Teapot()))
    expect((await hub.start('again')).status).toBe(418)
    const tokens = await hub.api('GET', '/users/again/tokens')
    expect(tokens.json()).toEqual({ api_tokens: [] })
    hub.behave('again', {})
    expect((await hub.start('again')).status).toBe(201)
    expect(await hub.server('again')).toMatchObject({ ready: true })
  })

  test('and cannot be cleaned up is not taken for stopped: it can be stopped later, and is not started twice', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    let isStubborn = true
    await hub.user('undead', {
      address: () => nobody,
      beforeStop: () => {
        if (isStubborn) throw new Error('the platform does not answer')
      },
    })
    expect((await hub.start('undead')).status).toBe(500)
    expect(hub.world.running).toContain('undead/')
    expect(await hub.server('undead')).toMatchObject({ ready: false, stopped: false })
    expect((await hub.start('undead')).status).toBe(400)
    isStubborn = false
    await hub.end('undead')
    expect(await hub.settled('undead')).toMatchObject({ stopped: true })
    expect(hub.world.running).not.toContain('undead/')
    expect(hub.world.started.filter((name) => name === 'undead/')).toHaveLength(1)
  })
})

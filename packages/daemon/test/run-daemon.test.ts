import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { createLogger, runDaemon, type DaemonContext, type RunDaemonOptions } from '../src/index.js'

function start(main: (context: DaemonContext) => Promise<void> | void, options: RunDaemonOptions = {}) {
  const process = new EventEmitter()
  const lines: string[] = []
  const exits: number[] = []
  const log = createLogger({
    timestamps: false,
    color: false,
    sinks: [(line) => lines.push(line.split('\n', 1)[0] ?? '')],
  })
  const ended = runDaemon(main, { log, process, exit: (code) => exits.push(code), ...options })
  return { process, lines, exits, ended }
}

test('a signal aborts what waits, closes what was started and gives the status that was asked for', async () => {
  let aborted = false
  let closed = false
  const daemon = start(
    ({ signal, closer }) => {
      signal.addEventListener('abort', () => (aborted = true))
      closer.add('part', () => (closed = true))
    },
    { signalExitCode: 2, signalEvent: (name) => `got ${name}` },
  )
  daemon.process.emit('SIGTERM')
  expect(await daemon.ended).toBe(2)
  expect({ aborted, closed }).toEqual({ aborted: true, closed: true })
  expect(daemon.lines).toEqual(['[W JupyterHub] got SIGTERM'])
  expect(daemon.process.eventNames()).toEqual([])
})

test('a second signal does not wait for the close', async () => {
  let finishClose = (): void => {}
  const closing = new EventEmitter()
  const daemon = start(({ closer }) => {
    closer.add('slow', () => {
      closing.emit('begun')
      return new Promise<void>((resolve) => (finishClose = resolve))
    })
  })
  const begun = once(closing, 'begun')
  daemon.process.emit('SIGTERM')
  await begun
  daemon.process.emit('SIGINT')
  expect(daemon.exits).toEqual([130])
  finishClose()
  await daemon.ended
})

test('a second signal waits where that is asked for', async () => {
  const daemon = start(() => {}, { secondSignal: 'wait' })
  daemon.process.emit('SIGTERM')
  daemon.process.emit('SIGTERM')
  expect(await daemon.ended).toBe(0)
  expect(daemon.exits).toEqual([])
})

test('a start that fails is logged, what was started before it is closed, and the status is 1', async () => {
  let closed = false
  const daemon = start(({ closer }) => {
    closer.add('first', () => (closed = true))
    throw new Error('port taken')
  })
  expect(await daemon.ended).toBe(1)
  expect(closed).toBe(true)
  expect(daemon.lines).toEqual(['[E JupyterHub] could not start error="port taken"'])
})

test('a signal during the start ends the daemon once the start has given up', async () => {
  const daemon = start(
    ({ signal }) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  )
  daemon.process.emit('SIGINT')
  expect(await daemon.ended).toBe(0)
  expect(daemon.lines).toEqual(['[W JupyterHub] stopping on SIGINT'])
})

test.each(['uncaughtException', 'unhandledRejection'])(
  'an error nobody handled (%s) ends the daemon with 1',
  async (event) => {
    const daemon = start(() => {})
    daemon.process.emit(event, new Error('a bug'))
    expect(await daemon.ended).toBe(1)
    expect(daemon.lines[0]).toContain('a bug')
  },
)

test('the daemon can end itself', async () => {
  const daemon = start(({ stop }) => stop(3))
  expect(await daemon.ended).toBe(3)
})

test('SIGHUP reloads, and a reload that fails ends nothing', async () => {
  const reloaded: string[] = []
  const daemon = start(({ onReload }) => {
    onReload(() => Promise.reject(new Error('bad certificate')))
    onReload(() => reloaded.push('second'))
  })
  daemon.process.emit('SIGHUP')
  daemon.process.emit('SIGHUP')
  await new Promise((resolve) => setImmediate(resolve))
  expect(reloaded).toEqual(['second', 'second'])
  expect(daemon.lines[0]).toContain('bad certificate')
  daemon.process.emit('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

test('a close that never ends does not keep the process', async () => {
  const daemon = start(({ closer }) => closer.add('stuck', () => new Promise(() => {})), { closeDeadlineMs: 20 })
  daemon.process.emit('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

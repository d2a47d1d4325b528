import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { createLogger, escapeControls, fileSink, parseLogLevel, type LoggerOptions } from '../src/index.js'

const noon = new Date(2026, 0, 2, 12, 0, 0, 5)

function recorded(options: LoggerOptions = {}) {
  const lines: string[] = []
  const log = createLogger({ color: false, now: () => noon, sinks: [(line) => lines.push(line)], ...options })
  return { log, lines }
}

test('a line has level, time and name, then the event and its fields', () => {
  const { log, lines } = recorded()
  log.info('server started', { user: 'ada', tookMs: 12, url: undefined })
  log.child({ module: 'spawn' }).warn('slow', { reason: 'two words' })
  expect(lines).toEqual([
    '[I 2026-01-02 12:00:00.005 JupyterHub] server started user=ada tookMs=12',
    '[W 2026-01-02 12:00:00.005 JupyterHub spawn] slow reason="two words"',
  ])
})

test('events below the level are dropped, and a changed level reaches children', () => {
  const { log, lines } = recorded({ level: 'warn', timestamps: false })
  const child = log.child({ part: 'x' })
  child.info('dropped')
  log.setLevel('debug')
  child.debug('kept')
  log.setLevel('silent')
  child.error('dropped too')
  expect(lines).toEqual(['[D JupyterHub] kept part=x'])
})

test('an error is one line with its message, and its stack and causes follow at error level only', () => {
  const { log, lines } = recorded({ timestamps: false })
  const error = new Error('outer', { cause: new Error('inner') })
  log.warn('retrying', { error })
  log.error('gave up', { error })
  expect(lines[0]).toBe('[W JupyterHub] retrying error=outer')
  expect(lines[1]).toMatch(/^\[E JupyterHub\] gave up error=outer\nError: outer\n[^]*\ncaused by: Error: inner\n/)
})

test('what a client sent can neither forge a line nor drive the terminal', () => {
  const { log, lines } = recorded({ timestamps: false })
  log.info('login of a\n[I forged]', { name: 'b\r\n\x1b[2J', list: ['c\nd'] })
  expect(lines[0]?.split('\n')).toHaveLength(1)
  // eslint-disable-next-line no-control-regex -- the escape character must not be there
  expect(lines[0]).not.toMatch(/[\x00-\x1f]/)
  expect(escapeControls('a\u2028b\x9b')).toBe('a\\x2028b\\x9b')
})

test('values that cannot be written as JSON do not break the logger', () => {
  const { log, lines } = recorded({ timestamps: false })
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  log.info('odd', { circle, big: { n: 1n }, when: noon, none: null, empty: '' })
  expect(lines[0]).toBe(
    `[I JupyterHub] odd circle=[circular] big={"n":"1"} when=${noon.toISOString()} none=null empty=""`,
  )
})

test('a JSON line is one object with its fields, errors with code and cause', () => {
  const { log, lines } = recorded({ format: 'json', name: 'x' })
  log.error('failed', { error: Object.assign(new Error('no'), { code: 'ENOENT' }), user: 'ada' })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    time: noon.toISOString(),
    level: 'error',
    name: 'x',
    event: 'failed',
    user: 'ada',
    error: { name: 'Error', message: 'no', code: 'ENOENT' },
  })
})

test('a circular value does not break a JSON line either', () => {
  const { log, lines } = recorded({ format: 'json' })
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(() => log.info('odd', { circle })).not.toThrow()
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'odd' })
})

test('a format of its own gets the whole record', () => {
  const { log, lines } = recorded({
    format: ({ level, event, fields }) => `${level}|${event}|${Object.keys(fields).join()}`,
  })
  log.child({ a: 1 }).debug('not shown')
  log.child({ a: 1 }).info('shown', { b: 2 })
  expect(lines).toEqual(['info|shown|a,b'])
})

test('levels are read as JupyterHub writes them', () => {
  expect(['debug', 'INFO', 'Warning', 'CRITICAL', 10, '30', 'loud', 'constructor'].map(parseLogLevel)).toEqual([
    ...['debug', 'info', 'warn', 'error', 'debug', 'warn', undefined, undefined],
  ])
})

test('a log file gets the same lines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daemon-log-'))
  const file = join(folder, 'hub.log')
  const sink = fileSink({ file })
  const { log } = recorded({ timestamps: false, sinks: [sink] })
  log.info('one', { a: 1 })
  log.info('two')
  await vi.waitFor(async () => {
    expect(await readFile(file, 'utf8')).toBe('[I JupyterHub] one a=1\n[I JupyterHub] two\n')
  })
  sink.close()
  await rm(folder, { recursive: true })
})

test('a daemon whose log nobody reads any more lives on', async () => {
  const script = `
    import { createLogger, runDaemon, stdoutSink } from ${JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)))}
    const log = createLogger({ sinks: [stdoutSink] })
    await runDaemon(({ onReload, closer }) => {
      const alive = setInterval(() => {}, 1000)
      closer.add('timer', () => clearInterval(alive))
      onReload(() => {
        log.info('nobody hears')
        setTimeout(() => process.stderr.write('alive'), 50)
      })
      log.info('up')
    }, { log })`
  const options = ['--conditions=@hub/source', '--import', 'tsx', '--input-type=module', '-e', script]
  const child = spawn(process.execPath, options, { stdio: 'pipe' })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  child.kill('SIGHUP')
  expect(String((await once(child.stderr, 'data'))[0])).toBe('alive')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

import { mkdtempSync, rmSync, statSync, writeFileSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { assertNodeVersion } from './bootstrap.mjs'
import { isNativeBuildFailure, nativeBuildEnv } from './native.mjs'
import { networkFailure } from './network.mjs'
import { freePort, tryPort } from './ports.mjs'
import { descendantsOf } from './processes.mjs'
import { run } from './run.mjs'
import { stampOf } from './stamp.mjs'
import { makePassword, markShown, openState, passwordsFor } from './start-state.mjs'
import { which } from './which.mjs'

const folder = mkdtempSync(join(tmpdir(), 'scripts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('Node 20.12 and newer are accepted, older ones named', () => {
  for (const version of ['20.12.0', '20.20.2', '22.0.0']) expect(() => assertNodeVersion(version)).not.toThrow()
  for (const version of ['20.11.1', '18.20.0']) expect(() => assertNodeVersion(version)).toThrow(version)
})

test('the quick build of sqlite3 is used only where compiler, library and node headers are all there', () => {
  const PATH = '/usr/bin:/bin'
  const all = nativeBuildEnv({ execPath: '/opt/node/bin/node', PATH, exists: () => true })
  const hasCompiler = which('g++', { PATH }) !== undefined && which('make', { PATH }) !== undefined
  expect(all.npm_config_nodedir).toBe(hasCompiler ? '/opt/node' : undefined)
  expect(nativeBuildEnv({ execPath: '/opt/node/bin/node', PATH, exists: () => false })).toEqual({})
  expect(nativeBuildEnv({ execPath: '/opt/node/bin/node', PATH: '/nowhere', exists: () => true })).toEqual({})
})

test('a failing native build is told from other failures', () => {
  expect(isNativeBuildFailure('node_modules/sqlite3: gyp ERR! find Python')).toBe(true)
  expect(isNativeBuildFailure('ERR_PNPM_OUTDATED_LOCKFILE')).toBe(false)
})

test.each([
  ['npm error code ENOTFOUND', 'ENOTFOUND'],
  ['request to x failed, reason: getaddrinfo EAI_AGAIN x', 'EAI_AGAIN'],
  ['NewConnectionError: [Errno -3] Temporary failure in name resolution', 'Temporary failure in name resolution'],
  ['error TS2308: something else', undefined],
])('an unreachable registry is recognised in "%s"', (output, expected) => {
  expect(networkFailure(output)).toBe(expected)
})

test('a taken port is reported, and another one found for a private listener', async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await tryPort('127.0.0.1', port)).toEqual({ free: false, code: 'EADDRINUSE' })
  expect(await freePort('127.0.0.1', port)).not.toBe(port)
  await new Promise((done) => server.close(done))
  expect(await freePort('127.0.0.1', port)).toBe(port)
  expect(await freePort('127.0.0.1', port, new Set([port]))).not.toBe(port)
})

test('descendants are found at any depth', () => {
  const one = (pid: number, parent: number) => ({ pid, parent, startedAt: '1', command: '' })
  expect(descendantsOf([one(1, 0), one(2, 1), one(3, 2), one(4, 1), one(5, 0)], 1).map((each) => each.pid)).toEqual([
    2, 3, 4,
  ])
})

test('a program that does not end is ended at its deadline, with its children', async () => {
  const result = await run('sh', ['-c', 'echo begun; sleep 60 & wait'], { timeoutMs: 300 })
  expect(result).toMatchObject({ ok: false, timedOut: true })
  expect(result.output).toContain('begun')
})

test('a program that does not exist has status 127', async () => {
  expect(await run('no-such-program-here', [])).toMatchObject({ ok: false, code: 127 })
})

test('a stamp changes with a source, and with a fact', () => {
  const file = join(folder, 'source')
  writeFileSync(file, 'a')
  const before = stampOf(folder, ['source', 'absent'], ['1'])
  expect(stampOf(folder, ['source', 'absent'], ['1'])).toBe(before)
  expect(stampOf(folder, ['source', 'absent'], ['2'])).not.toBe(before)
  utimesSync(file, 1, 1)
  expect(stampOf(folder, ['source', 'absent'], ['1'])).not.toBe(before)
})

test('passwords are made once, kept in a file of their owner only, and made anew when asked', () => {
  const state = join(folder, 'state')
  openState(state)
  const first = passwordsFor(state, { password: undefined, resetPassword: false })
  expect(first.shown).toBe(false)
  expect(first.adminPassword.length).toBeGreaterThanOrEqual(32)
  expect(statSync(join(state, 'passwords.json')).mode & 0o777).toBe(0o600)
  expect(statSync(state).mode & 0o777).toBe(0o700)
  expect(passwordsFor(state, { password: undefined, resetPassword: false })).toEqual(first)
  markShown(state, first)
  expect(passwordsFor(state, { password: undefined, resetPassword: false })).toEqual({ ...first, shown: true })
  expect(passwordsFor(state, { password: 'my own one', resetPassword: false }).userPassword).toBe('my own one')
  const anew = passwordsFor(state, { password: undefined, resetPassword: true })
  expect(anew.shown).toBe(false)
  expect(anew.userPassword).not.toBe('my own one')
})

test('a generated password has groups of letters that are not mistaken for one another', () => {
  expect(makePassword(3)).toMatch(/^([a-hjkmnp-z2-9]{4}-){2}[a-hjkmnp-z2-9]{4}$/)
})

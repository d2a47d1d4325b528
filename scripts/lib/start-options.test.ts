import { expect, test } from 'vitest'
import { PlainError } from './plain-error.mjs'
import { parseStartOptions } from './start-options.mjs'

test('without arguments the hub listens on this machine only, port 8000, and keeps its state in .hub', () => {
  expect(parseStartOptions([])).toMatchObject({ ip: '127.0.0.1', port: 8000, stateDir: '.hub', help: false })
})

test('each option has a value of its own', () => {
  const args = ['--port', '8010', '--ip=::1', '--password', 'long enough', '--singleuser', 'x --y', '--state', '/s']
  expect(parseStartOptions(args)).toMatchObject({
    port: 8010,
    ip: '::1',
    password: 'long enough',
    singleuser: 'x --y',
    stateDir: '/s',
  })
})

test.each([
  ['an unknown option', ['--prot', '8010'], /--prot.*--help/],
  ['a stray word', ['8010'], /8010.*--help/],
  ['a missing value', ['--port'], /--port.*--help/],
  ['a port that is no number', ['--port', 'http'], /1 to 65535/],
  ['a port out of range', ['--port', '70000'], /1 to 65535/],
  ['a password that the hub would refuse', ['--password', 'short'], /8 characters/],
])('%s is refused in one sentence', (_what, args, sentence) => {
  expect(() => parseStartOptions(args)).toThrow(PlainError)
  expect(() => parseStartOptions(args)).toThrow(sentence)
})

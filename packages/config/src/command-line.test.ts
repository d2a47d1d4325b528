import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.js'
import { ConfigError } from './config-error.js'

const tables = {
  flags: {
    debug: { set: { 'Application.log_level': 10 }, help: '' },
    'no-db': { set: { 'Hub.db_url': ':memory:' }, help: '' },
  },
  aliases: { f: 'Hub.config_file', config: 'Hub.config_file', port: 'Hub.port', y: 'Hub.answer_yes' },
}

function read(...argv: string[]): Record<string, unknown> {
  return Object.fromEntries(
    parseCommandLine(argv, tables).settings.map(({ section, trait, change }) => [
      `${section}.${trait}`,
      change.op === 'texts' ? change.texts : change.op === 'assign' ? change.value : change,
    ]),
  )
}

function refusal(...argv: string[]): ConfigError {
  try {
    parseCommandLine(argv, tables)
  } catch (error) {
    if (error instanceof ConfigError) return error
  }
  throw new Error('nothing was refused')
}

test('an option is followed by = or by its value', () => {
  const wanted = { 'Spawner.args': ['--a'], 'Hub.port': ['1'], 'Hub.config_file': ['x'] }
  expect(read('--Spawner.args=--a', '--port=1', '-f=x')).toEqual(wanted)
  expect(read('--Spawner.args=--a', '--port', '1', '-f', 'x')).toEqual(wanted)
  expect(read('--Spawner.args=--a', '--Hub.port', '1', '-fx')).toEqual(wanted)
})

test('a repeated option keeps all its texts, under whichever name', () => {
  expect(read('--Spawner.args=a', '--port=1', '--Spawner.args', 'b', '--Hub.port=2')).toEqual({
    'Spawner.args': ['a', 'b'],
    'Hub.port': ['1', '2'],
  })
})

test('values may be empty, negative, dashes or hold =', () => {
  expect(read('--A.a=', '--A.b', '-5', '--A.c', '-', '--A.d=x=y', '--A.e=\n', '--A.f', '')).toEqual({
    'A.a': [''],
    'A.b': ['-5'],
    'A.c': ['-'],
    'A.d': ['x=y'],
    'A.e': ['\n'],
    'A.f': [''],
  })
})

test('flags set their options; of a flag and an option the later counts', () => {
  expect(read('--debug', '--no-db')).toEqual({ 'Application.log_level': 10, 'Hub.db_url': ':memory:' })
  expect(read('--debug', '--Application.log_level=INFO')).toEqual({ 'Application.log_level': ['INFO'] })
  expect(read('--Application.log_level=INFO', '--debug')).toEqual({ 'Application.log_level': 10 })
})

test('help and version count more than anything else', () => {
  expect(parseCommandLine(['--bogus', '-h', 'x'], tables)).toMatchObject({
    help: 'short',
    version: false,
    settings: [],
  })
  expect(parseCommandLine(['--help-all', '-f'], tables)).toMatchObject({ help: 'all' })
  expect(parseCommandLine(['--version'], tables)).toMatchObject({ help: 'none', version: true })
  expect(parseCommandLine(['--', '--help'], { maxPositionals: 1 })).toMatchObject({
    help: 'none',
    positionals: ['--help'],
  })
})

test('an unknown flag is a usage error with the nearest name, exit status 2', () => {
  expect(refusal('--bogus')).toMatchObject({
    exitCode: 2,
    message: 'Unknown option --bogus. See --help for the options there are.',
  })
  expect(refusal('--debgu')).toMatchObject({
    exitCode: 2,
    suggestion: '--debug',
    message: 'Unknown option --debgu. Did you mean --debug?',
  })
  expect(refusal('-x').exitCode).toBe(2)
  expect(refusal('--__proto__').exitCode).toBe(2)
})

test('an unknown option with a value is refused with exit status 1', () => {
  expect(refusal('--prot=1')).toMatchObject({
    exitCode: 1,
    code: 'config_unknown_option',
    value: '1',
    message: 'Unknown option --prot=1. Did you mean --port?',
  })
})

test('the value of an unknown option that sounds secret is masked', () => {
  expect(refusal('--proxy-auth-token=abc').message).toBe(
    'Unknown option --proxy-auth-token=***. See --help for the options there are.',
  )
})

test('a missing value is a usage error', () => {
  for (const argv of [['-f'], ['--config'], ['--Spawner.debug'], ['--Spawner.args', '--debug'], ['--port', '-f']]) {
    expect(refusal(...argv)).toMatchObject({ code: 'config_usage', exitCode: 2 })
  }
  expect(refusal('--Spawner.debug').message).toBe('--Spawner.debug needs a value: --Spawner.debug=VALUE.')
})

test('a flag takes no value', () => {
  expect(refusal('--debug=1')).toMatchObject({ exitCode: 2, message: '--debug takes no value.' })
})

test('stray words are refused, unless the command takes some', () => {
  expect(refusal('a', '--debug', 'b')).toMatchObject({
    exitCode: 1,
    message: 'Unrecognized command-line arguments: a b',
  })
  expect(parseCommandLine(['ada', '--debug'], { ...tables, maxPositionals: 1 }).positionals).toEqual(['ada'])
})

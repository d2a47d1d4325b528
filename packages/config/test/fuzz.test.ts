import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError, lineage, loadConfig, parseCommandLine } from '../src/index.js'
import { aliases, classes, flags, JupyterHub, LocalProcessSpawner, Proxy, SimpleSpawner, spawners } from './fixture.js'

const configurables = [...classes, LocalProcessSpawner, SimpleSpawner]
const options = configurables.flatMap(({ name, traits }) => Object.keys(traits).map((trait) => `${name}.${trait}`))

async function loadArgv(argv: readonly string[]): Promise<'values' | 'refused'> {
  try {
    // No file: the texts would otherwise choose one to run.
    const loaded = await loadConfig({
      argv,
      classes,
      plugins: [spawners],
      flags,
      aliases,
      cwd: '/',
      env: {},
      configFile: null,
    })
    for (const configurable of configurables) loaded.valuesOf(configurable)
    JSON.stringify(loaded.toObject())
    return 'values'
  } catch (error) {
    if (error instanceof ConfigError) {
      expect(error.message).not.toBe('')
      return 'refused'
    }
    throw error
  }
}

const literalText = fc.jsonValue().map((value) => JSON.stringify(value))
const pythonish = fc
  .array(
    fc.constantFrom('[', ']', '{', '}', '(', ')', ',', ':', "'", '"', '\\', 'a', '1', '-', '=', ' ', 'None', '~', '#'),
  )
  .map((parts) => parts.join(''))
// Keeps the fuzz from importing whatever file or package it happens to name.
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), literalText, pythonish)
  .map((any) => any.replaceAll('/', '|'))
const argument = fc.oneof(
  fc.tuple(fc.constantFrom(...options), text).map(([option, value]) => `--${option}=${value}`),
  fc
    .tuple(fc.constantFrom('port', 'f', 'config', 'log-level', 'debug', 'prot', '__proto__'), text)
    .map(([name, value]) => `--${name}=${value}`),
  fc.constantFrom(...options).map((option) => `--${option}`),
  fc.constantFrom('--debug', '-f', '-', '--', '--=', '--.', '-=', '---'),
  text,
  text.map((any) => `--${any}`),
  text.map((any) => `-${any}`),
)

test('any command line gives values or a ConfigError, never anything else', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 4 }), async (argv) => {
      outcomes.add(await loadArgv(argv))
    }),
    { numRuns: 3000 },
  )
  expect(outcomes).toEqual(new Set(['values', 'refused']))
})

test('any text for any option gives a value or a ConfigError', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...options),
      fc.array(text, { minLength: 1, maxLength: 3 }),
      async (option, texts) => {
        await loadArgv(texts.map((value) => `--${option}=${value}`))
      },
    ),
    { numRuns: 3000 },
  )
})

test('a secret typed on the command line never stands in what is printed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 12, maxLength: 40 }), async (secret) => {
      const argv = [`--Proxy.auth_token=${secret}`, '--JupyterHub.port=1']
      const loaded = await loadConfig({ argv, classes, cwd: '/', env: {}, configFile: null, plugins: [spawners] })
      expect(loaded.valuesOf(Proxy).auth_token.reveal()).toBe(secret)
      expect(JSON.stringify([loaded.toObject(), loaded.explain(Proxy, 'auth_token')])).not.toContain(
        JSON.stringify(secret).slice(1, -1),
      )
    }),
  )
})

test('what a str option was given on the command line is what the program gets', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string().filter((value) => !/^~|^(["']).*\1$/s.test(value)),
      async (value) => {
        const argv = [`--JupyterHub.ip=${value}`]
        const loaded = await loadConfig({ argv, classes, cwd: '/', env: {}, configFile: null, plugins: [spawners] })
        expect(loaded.valuesOf(JupyterHub).ip).toBe(value)
      },
    ),
  )
})

test('parsing alone never fails otherwise either', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (argv) => {
      try {
        parseCommandLine(argv, { flags, aliases })
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
  )
  expect(lineage(SimpleSpawner)).toHaveLength(3)
})

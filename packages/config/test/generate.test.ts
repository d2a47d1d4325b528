import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Configurable,
  ConfigError,
  generateConfig,
  loadConfig,
  settingsReference,
  valuesWith,
  writeConfigFile,
} from '../src/index.js'
import { Authenticator, classes, folder, JupyterHub, Proxy, SimpleSpawner, Spawner, spawners } from './fixture.js'

const all: readonly Configurable[] = [JupyterHub, Spawner, SimpleSpawner, Authenticator, Proxy]

/** Takes away the comment sign before every assignment. */
function uncommented(text: string): string {
  return text.replace(/^( *)(?:#|\/\/) (c\.\w+\.\w+ = .*| {2}\w+: .*)$/gm, '$1$2')
}

for (const target of ['hub.py', 'hub.ts', 'hub.mts', 'hub.js', 'hub.mjs', 'hub.cjs', 'hub.yaml', 'hub.yml']) {
  test(`the generated ${target} sets nothing, and sets every default when all is uncommented`, async () => {
    const text = generateConfig(all, target)
    // The module forms are the same text; what of it is TypeScript is tested with files of its own.
    const runnable = target.replace(/\.(?:ts|mts|js)$/, '.mjs')
    await using here = await folder({ [runnable]: text, [`set-${runnable}`]: uncommented(text) })
    const load = async (configFile: string): ReturnType<typeof loadConfig> =>
      loadConfig({ classes: all, plugins: [spawners], cwd: here.path, env: { PATH: process.env['PATH'] }, configFile })

    expect((await load(runnable)).toObject()).toEqual({})
    const set = await load(`set-${runnable}`)
    for (const configurable of all) {
      expect(set.valuesOf(configurable)).toEqual(valuesWith(configurable, {}, { plugins: [spawners] }))
    }
    // All options, save second names and what is fixed.
    expect(Object.keys(set.toObject()['SimpleSpawner'] ?? {})).toHaveLength(
      Object.keys(SimpleSpawner.traits).length - 1,
    )
  })
}

test('the generated file names every option with help, kind and default', () => {
  const text = generateConfig(all)
  expect(text).toContain('c = get_config()')
  expect(text).toContain(
    [
      '## Limit for starting.',
      '#  Longer paragraphs wrap.',
      '#  Kind: int in s',
      '#  Default: 60',
      '# c.Spawner.start_timeout = 60',
    ].join('\n'),
  )
  expect(text).toContain("# c.Spawner.cmd = ['jupyterhub-singleuser']")
  expect(text).toContain('# c.Authenticator.allowed_users = set()')
  expect(text).toContain('#  Default: CONFIGPROXY_AUTH_TOKEN of the environment\n')
})

test('inherited options point to the class that declares them and show the default of the subclass', () => {
  const text = generateConfig(all)
  expect(text).toContain(
    ['## Appended to cmd.', '#  See also: Spawner.args', "# c.LocalProcessSpawner.args = ['--local']"].join('\n'),
  )
  expect(text).toContain('# SimpleSpawner (LocalProcessSpawner) (Spawner) configuration')
})

test('second names and fixed options are left out, deprecated ones say what to use', () => {
  const text = generateConfig(all)
  expect(text).not.toContain('c.Proxy.api_token')
  expect(text).not.toContain('c.SimpleSpawner.debug')
  expect(text).toContain('## Deprecated since 0.8, use Proxy.auth_token.\n')
})

test('a default file cannot be written as JSON or in an unknown form', () => {
  expect(() => generateConfig(all, 'hub.json')).toThrow(
    'No default configuration can be written to hub.json: JSON has no comments, so defaults cannot be shown in it. ' +
      'Choose a name ending in .py, .ts, .mts, .js, .mjs, .cjs, .yaml, .yml.',
  )
  expect(() => generateConfig(all, 'hub')).toThrow(ConfigError)
})

interface Written {
  readonly outcome: string
  readonly said: readonly string[]
  readonly questions: readonly string[]
  readonly content: string
}

async function write(answers: readonly (string | undefined)[], answerYes = false): Promise<Written> {
  await using here = await folder({ 'jupyterhub_config.py': 'mine' })
  const said: string[] = []
  const questions: string[] = []
  const outcome = await writeConfigFile({
    path: 'jupyterhub_config.py',
    cwd: here.path,
    classes,
    answerYes,
    ask: (question) => Promise.resolve(answers[questions.push(question) - 1]),
    say: (text) => void said.push(text),
  })
  return { outcome, said, questions, content: await readFile(join(here.path, 'jupyterhub_config.py'), 'utf8') }
}

test('an existing file is overwritten only after a yes', async () => {
  for (const answers of [[''], ['n'], ['No'], [undefined]]) {
    expect(await write(answers)).toMatchObject({ outcome: 'kept', content: 'mine', said: [] })
  }
  const yes = await write(['y'])
  expect(yes.outcome).toBe('written')
  expect(yes.questions).toEqual(['Overwrite jupyterhub_config.py with default config? [y/N] '])
  expect(yes.said).toEqual(['Writing default config to: jupyterhub_config.py'])
  expect(yes.content).toContain('c.Spawner.cmd')
})

test('an answer that is neither yes nor no is asked for again', async () => {
  const { outcome, questions, said } = await write(['what', 'Yes'])
  expect(outcome).toBe('written')
  expect(questions).toHaveLength(2)
  expect(said[0]).toBe("Please answer 'y' or 'n'.")
})

test('with answer_yes nothing is asked', async () => {
  expect(await write([], true)).toMatchObject({ outcome: 'written', questions: [] })
})

test('a missing folder is an error', async () => {
  await using here = await folder()
  const silent = { classes, answerYes: false, ask: () => Promise.resolve(undefined), say: () => undefined }
  const path = 'none/jupyterhub_config.py'
  await expect(writeConfigFile({ ...silent, path, cwd: here.path })).rejects.toThrow(/the folder .*none does not exist/)
  await writeFile(join(here.path, 'x'), '')
  await expect(writeConfigFile({ ...silent, path: 'new.json', cwd: here.path })).rejects.toThrow('JSON has no comments')
})

test('the reference lists every class and option once', () => {
  const text = settingsReference(all)
  expect(text).toMatch(/^# Settings\n/)
  for (const configurable of all) {
    expect(text.match(new RegExp(`^## ${configurable.name}$`, 'gm'))).toHaveLength(1)
    for (const name of configurable.own) {
      if (configurable.traits[name]?.aliasOf === undefined) expect(text).toContain(`| \`${name}\` |`)
    }
  }
  expect(text).toContain('| `start_timeout` | int in s | `60` | Limit for starting. Longer paragraphs wrap. |')
  expect(text).toContain('Stands in \\<angles> and `<code>`.')
  expect(text).toContain('| CONFIGPROXY_AUTH_TOKEN of the environment |')
  expect(text).toContain('Services \\| helpers of the hub.')
  expect(text).toContain('`Proxy.api_token` is another name for `Proxy.auth_token`.')
  expect(text).toContain("| `args` | `['--local']` |")
  expect(text).toContain('Cannot be set here: `debug`.')
  expect(text).toContain('| `statsd_host` | removed in 6.0; scrape /hub/metrics instead. |')
  expect(text).toContain('Parent: [Spawner](#spawner).')
})

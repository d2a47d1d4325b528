import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../src/index.js'
import { classes, folder, JupyterHub, load, Local, refusal, Simple, Spawner, spawners } from './fixture.js'

/** A plug-in outside of this repository, which has its own copy of what defineConfigurable returns. */
const PLUGIN = `
const str = { word: 'str', expected: 'a string', secret: false, container: undefined,
  check(value) { return value }, parse: (texts) => texts.at(-1) }
export class Mine {
  static configurable = {
    name: 'Mine', help: '', parent: undefined, aliases: [], formerNames: [], own: new Set(['greeting']), overridden: new Set(),
    fixed: {}, removed: {},
    traits: { greeting: { kind: str, default: 'hello', nullable: false, help: '', validate: () => undefined } },
  }
}
export default Mine
export const notAClass = 3
export const hook = (spawner) => ['hooked', spawner]
`

const spawnerClass = (name: string): { argv: string[] } => ({ argv: [`--JupyterHub.spawner_class=${name}`] })

test('a class is named by its short name, its own name or upstream’s dotted name', async () => {
  expect((await load()).valuesOf(JupyterHub).spawner_class).toBe(Local)
  for (const name of ['localprocess', 'LocalProcessSpawner', 'jupyterhub.spawner.LocalProcessSpawner']) {
    expect((await load(spawnerClass(name))).valuesOf(JupyterHub).spawner_class).toBe(Local)
  }
  expect((await load(spawnerClass('simple'))).valuesOf(JupyterHub).spawner_class).toBe(Simple)
})

test('a class may be given itself', async () => {
  const files = {
    'mine.mjs': PLUGIN,
    'jupyterhub_config.mjs':
      "import { Mine } from './mine.mjs'\nexport default (c) => { c.JupyterHub.spawner_class = Mine; c.Mine.greeting = 'x' }",
  }
  const loaded = await load({ files })
  expect(loaded.valuesOf(JupyterHub).spawner_class.name).toBe('Mine')
  expect(loaded.classes.map(({ name }) => name)).toContain('Mine')
})

test('a class is imported from a module beside the configuration, and its options are known then', async () => {
  for (const name of ['./mine.mjs#Mine', 'mine.mjs#Mine', './mine.mjs']) {
    const files = {
      'mine.mjs': PLUGIN,
      'jupyterhub_config.yaml': `JupyterHub: {spawner_class: "${name}"}\nMine: {greeting: hi}`,
    }
    const loaded = await load({ files })
    expect(loaded.valuesOf(JupyterHub).spawner_class.name).toBe('Mine')
    expect(loaded.toObject()).toEqual({ JupyterHub: { spawner_class: name }, Mine: { greeting: 'hi' } })
  }
})

test('an unknown option of an imported class is refused', async () => {
  const files = { 'mine.mjs': PLUGIN }
  const argv = ['--JupyterHub.spawner_class=./mine.mjs', '--Mine.greetin=x']
  const error = await refusal(load({ files, argv }))
  expect(error.suggestion).toBe('Mine.greeting')
})

test('a class is imported from a package that is installed beside the configuration', async () => {
  await using here = await folder()
  const packageJson = (exports: unknown): string => JSON.stringify({ name: 'my-spawner', type: 'module', exports })
  for (const [name, exports] of [
    ['plain', './index.js'],
    ['conditions', { '.': { import: './index.js' } }],
    ['@scope/default', { '.': { types: './x.d.ts', default: './index.js' } }],
  ] as const) {
    const root = join(here.path, 'node_modules', name)
    await mkdir(root, { recursive: true })
    await writeFile(join(root, 'package.json'), packageJson(exports))
    await writeFile(join(root, 'index.js'), PLUGIN)
    for (const reference of [name, `${name}#Mine`]) {
      const loaded = await loadConfig({
        classes,
        plugins: [spawners],
        cwd: here.path,
        env: {},
        ...spawnerClass(reference),
      })
      expect(loaded.valuesOf(JupyterHub).spawner_class.name).toBe('Mine')
    }
  }
})

test('a name that leads nowhere is refused with the names there are', async () => {
  const error = await refusal(load(spawnerClass('nowhere.Spawner')))
  expect(error).toMatchObject({ code: 'config_class_not_found', exitCode: 1, option: 'JupyterHub.spawner_class' })
  expect(error.message).toBe(
    "--JupyterHub.spawner_class=nowhere.Spawner: there is no spawner class of that name. Known names: localprocess, simple; or 'module.mjs#Class'",
  )
  expect((await refusal(load(spawnerClass('simpel')))).message).toContain("Did you mean 'simple'?")
  const files = { 'mine.mjs': PLUGIN }
  for (const name of ['./mine.mjs#Absent', './mine.mjs#notAClass']) {
    expect((await refusal(load({ files, ...spawnerClass(name) }))).message).toContain(
      'the module exports no class there',
    )
  }
  expect((await refusal(load(spawnerClass('./absent.mjs')))).code).toBe('config_class_not_found')
})

test('a module that cannot be imported is told with its error', async () => {
  const error = await refusal(
    load({ files: { 'bad.mjs': 'throw new Error("on purpose")' }, ...spawnerClass('./bad.mjs') }),
  )
  expect(error.message).toMatch(
    /^--JupyterHub\.spawner_class=\.\/bad\.mjs: \.\/bad\.mjs cannot be imported:\nError: on purpose/,
  )
})

test('a function is named by module and export, in every form of the file', async () => {
  const files = { 'mine.mjs': PLUGIN, 'jupyterhub_config.yaml': 'Spawner: {pre_spawn_hook: mine.mjs#hook}' }
  const loaded = await load({ files })
  expect(loaded.valuesOf(Spawner).pre_spawn_hook?.('s')).toEqual(['hooked', 's'])
  expect(loaded.toObject()).toEqual({ Spawner: { pre_spawn_hook: 'mine.mjs#hook' } })
  const either = await load({
    files: { 'mine.mjs': PLUGIN },
    argv: ['--JupyterHub.named_server_limit=./mine.mjs#hook'],
  })
  expect(either.valuesOf(JupyterHub).named_server_limit).toBeTypeOf('function')
})

test('a function that is not there is refused', async () => {
  const argv = (name: string): { argv: string[] } => ({ argv: [`--Spawner.pre_spawn_hook=${name}`] })
  const absent = await refusal(load(argv('absent.mjs#hook')))
  expect(absent.message).toBe(
    '--Spawner.pre_spawn_hook=absent.mjs#hook: absent.mjs#hook cannot be used: there is no such module.',
  )
  const files = { 'mine.mjs': PLUGIN }
  const wrong = await refusal(load({ files, ...argv('mine.mjs#notAClass') }))
  expect(wrong.message).toContain('it exports no function of that name')
  expect((await refusal(load(argv('hook')))).message).toContain(
    "expected a function, or where to find one: 'hooks.mjs#name'",
  )
})

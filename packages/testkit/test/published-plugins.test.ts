import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runExample } from '../../../examples/run-example.js'
import { type Command, repository, tempDir, type TempDir, waitFor } from '../src/index.js'

/** What plug-ins are written against, and what that needs. */
const PUBLISHED = ['api', 'config', 'authenticator', 'spawner']
const PLUGINS = ['custom-authenticator', 'custom-spawner']

const read = async (path: string): Promise<Manifest> => JSON.parse(await readFile(path, 'utf8')) as Manifest
/** The built hub: run from its sources, it would look for those of the published packages as well. */
const asBuilt = ([env, mark = '']: Command): Command => [
  env,
  mark,
  process.execPath,
  join(repository, 'packages/hub/bin/jupyterhub.js'),
]

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** A folder outside of this workspace, in which only what is published is installed, and two plug-ins of somebody else. */
let dir: TempDir
beforeAll(async () => {
  dir = await tempDir('published-')
  await run(repository, 'turbo', 'run', 'build', '--filter=@hub/hub')
  await Promise.all(
    PUBLISHED.map((name) =>
      run(join(repository, 'packages', name), 'pnpm', 'pack', '--pack-destination', join(dir.path, 'tarballs')),
    ),
  )
  await writeWorkspace()
  await run(dir.path, 'pnpm', 'install', '--prefer-offline', '--ignore-scripts')
}, 240_000)
afterAll(() => dir[Symbol.asyncDispose]())

test(
  'plug-ins pass the compiler, which checks all declarations of the packages as well',
  { timeout: 180_000 },
  async () => {
    const options = { extends: './custom-spawner/tsconfig.build.json', compilerOptions: { noEmit: true, rootDir: '.' } }
    await writeJson(join(dir.path, 'tsconfig.json'), { ...options, include: ['custom-*/src', 'custom-*/test'] })
    await run(dir.path, 'tsc')
  },
)

test.each(PLUGINS)('%s passes the suite that comes with the package', { timeout: 120_000 }, async (plugin) => {
  const { stdout } = await run(join(dir.path, plugin), 'vitest', 'run', '--reporter=json')
  const report = JSON.parse(stdout) as { numPassedTests: number; success: boolean }
  expect(report).toMatchObject({ success: true })
  expect(report.numPassedTests).toBeGreaterThan(10)
})

describe('a hub with both plug-ins, which bring their own copies of the packages', () => {
  beforeAll(async () => {
    // What the compiler says of them is a test of its own.
    await Promise.all(PLUGINS.map((plugin) => run(join(dir.path, plugin), 'pnpm', 'run', 'prepack', '--noCheck')))
  }, 120_000)

  test.each([
    ['by package', `'example-custom-authenticator'`, `'example-custom-spawner#ScriptSpawner'`],
    ['by path', `'../custom-authenticator/dist/index.js'`, `'../custom-spawner/src/script-spawner.ts#ScriptSpawner'`],
    ['by class', 'PasswordFileAuthenticator', 'ScriptSpawner'],
  ])('takes them %s', { timeout: 90_000 }, async (_how, authenticator, spawner) => {
    const deployment = join(dir.path, 'deployment')
    const configFile = join(deployment, 'jupyterhub_config.mjs')
    await writeFile(configFile, configuration(authenticator, spawner))
    await writeFile(join(deployment, 'users.txt'), await passwordLine('ada', 'lovelace'))
    await using hub = await runExample({ configFile, env: { DEPLOYMENT: deployment }, inside: asBuilt })
    await using ada = hub.browser()
    expect((await ada.login('ada', 'byron')).status).toBe(403)
    expect((await ada.login('ada', 'lovelace', { follow: false })).status).toBe(302)
    await ada.get('/hub/spawn', { follow: false })
    const server = await waitFor(async () => {
      const answer = await ada.get('/user/ada/api')
      return answer.status === 200 && answer
    })
    expect(server.json<{ pid: number }>().pid).toBeGreaterThan(0)

    // Their errors are what ours are: the text is for the person, and the status is theirs.
    await rm(join(deployment, 'users.txt'))
    await using other = hub.browser()
    const broken = await other.login('ada', 'lovelace')
    expect(broken.status).toBe(503)
    expect(broken.text).toContain('Tell your administrator')
  })
})

function configuration(authenticator: string, spawner: string): string {
  return `
import { PasswordFileAuthenticator } from 'example-custom-authenticator'
import { ScriptSpawner } from 'example-custom-spawner'
const here = process.env.DEPLOYMENT
export default (c) => {
  c.JupyterHub.authenticator_class = ${authenticator}
  c.PasswordFileAuthenticator.file = here + '/users.txt'
  c.Authenticator.allow_all = true
  c.JupyterHub.spawner_class = ${spawner}
  c.ScriptSpawner.script = [here + '/servers.sh', here + '/servers']
}
`
}

/** The plug-ins as their authors have them, and a folder that uses them; all else comes from the tarballs. */
async function writeWorkspace(): Promise<void> {
  const { devDependencies: versions } = await read(join(repository, 'package.json'))
  const tools = Object.fromEntries(['typescript', 'vitest', '@types/node'].map((name) => [name, versions[name]]))
  const tarballs = new Map<string, string>()
  for (const name of PUBLISHED) {
    const { version } = await read(join(repository, 'packages', name, 'package.json'))
    tarballs.set(`@hub/${name}`, `file:tarballs/hub-${name}-${version}.tgz`)
  }
  for (const plugin of PLUGINS) {
    const from = join(repository, 'examples', plugin)
    const to = join(dir.path, plugin)
    for (const path of ['src', 'tsconfig.build.json', 'test/contract.test.ts']) {
      await cp(join(from, path), join(to, path), { recursive: true })
    }
    const manifest = await read(join(from, 'package.json'))
    const dependencies = Object.fromEntries(Object.keys(manifest.dependencies).map((name) => [name, '*']))
    await writeJson(join(to, 'package.json'), { ...manifest, dependencies, devDependencies: tools })
  }
  const script = join(repository, 'examples/custom-spawner/servers.sh')
  await cp(script, join(dir.path, 'custom-spawner/servers.sh'))
  await mkdir(join(dir.path, 'deployment'))
  await cp(script, join(dir.path, 'deployment/servers.sh'))
  const dependencies = Object.fromEntries(PLUGINS.map((name) => [`example-${name}`, 'workspace:*']))
  await writeJson(join(dir.path, 'deployment/package.json'), { name: 'deployment', private: true, dependencies })
  await writeJson(join(dir.path, 'package.json'), { private: true, devDependencies: tools })
  // JSON is YAML.
  const workspace = { packages: [...PLUGINS, 'deployment'], overrides: Object.fromEntries(tarballs) }
  await writeJson(join(dir.path, 'pnpm-workspace.yaml'), workspace)
}

async function passwordLine(name: string, password: string): Promise<string> {
  const file = join(dir.path, 'custom-authenticator/dist/password-file.js')
  // The example's own module, of the shape its source says.
  const made = (await import(file)) as { passwordLine: (name: string, password: string) => Promise<string> }
  return `${await made.passwordLine(name, password)}\n`
}

/** Runs a program of the folder's own, else one of ours (pnpm and turbo). */
async function run(cwd: string, program: string, ...args: string[]): Promise<{ stdout: string }> {
  const bins = [cwd, repository].map((folder) => join(folder, 'node_modules/.bin'))
  const env = { ...process.env, PATH: [...bins, process.env['PATH']].join(':'), CI: '1' }
  try {
    return await promisify(execFile)('env', [program, ...args], { cwd, env, timeout: 200_000, maxBuffer: 1 << 24 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`)

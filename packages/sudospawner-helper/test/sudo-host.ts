import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, chownSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, findVenv, fixture, repository, tempDir } from '@hub/testkit'
import ts from 'typescript'

const PYTHON = '/usr/bin/python3'

/** Why the real sudo cannot be tried here; undefined: it can. */
export const whyNoSudo: string | undefined =
  process.getuid?.() === 0
    ? ['/usr/bin/sudo', '/usr/sbin/visudo', '/usr/bin/setpriv']
        .filter((program) => !mayRun(program))
        .map((program) => `${program} is missing`)
        .at(0)
    : 'only root can make accounts and sudo rules'

/** Where the virtual environment keeps PyPI's sudospawner. */
export function findPythonSudospawner(): string | undefined {
  const venv = findVenv()
  if (venv === undefined || !mayRun(PYTHON)) return undefined
  return readdirSync(join(venv, 'lib'))
    .map((python) => join(venv, 'lib', python, 'site-packages'))
    .find((folder) => existsSync(join(folder, 'sudospawner')))
}

/** How long the mediator waits for an early end of its server, in tests that are not about that. */
const QUICK_MS = 300

/**
 * Our mediator as one file, as it is installed: compiled from the source, so that no build is needed.
 *
 * @param earlyEndMs - how long it waits for an early end of its server; a second, as it stands there
 */
export async function installMediator(folder: string, earlyEndMs = 1_000): Promise<string> {
  const source = readFileSync(join(repository, 'packages/sudospawner-helper/src/sudospawner.cts'), 'utf8')
  const { outputText } = ts.transpileModule(source, {
    fileName: 'sudospawner.cts',
    compilerOptions: { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 },
  })
  const wait = /earlyEndMs = [\d_]+/
  if (!wait.test(outputText)) throw new Error('the mediator no longer has its wait')
  const path = join(folder, 'sudospawner')
  await writeFile(path, outputText.replace(wait, `earlyEndMs = ${earlyEndMs}`), { mode: 0o755 })
  return path
}

/** PyPI's mediator, unmodified, by the system's Python: the environment's own may be in root's home. */
export async function installPythonMediator(
  folder: string,
  sitePackages: string,
  name = 'sudospawner',
): Promise<string> {
  const path = join(folder, name)
  const script = [
    `#!${PYTHON} -I`,
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(sitePackages)})`,
    'from sudospawner.mediator import main',
    'main()',
  ]
  await writeFile(path, `${script.join('\n')}\n`, { mode: 0o755 })
  return path
}

export interface TestAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** A host with an account for hubs and helpers, users, and the sudo rule of the documentation. */
export interface SudoHost extends AsyncDisposable {
  readonly dir: string
  /** Has the mediator, and the program that it starts. */
  readonly bin: string
  readonly mediator: string
  /** May run the mediator as members of the group, and nothing else. */
  readonly hub: TestAccount
  /** Members of the group. */
  readonly ada: TestAccount
  readonly bob: TestAccount
  /** No member. */
  readonly eve: TestAccount
  readonly group: string
  /** A command as the hub's account. */
  asHub(command: Command): Command
  /** A folder of the hub's account. */
  folder(name: string): Promise<string>
  /** Replaces the rule of sudo; empty: there is none. */
  rule(text: string): Promise<void>
}

let made = 0

export async function makeSudoHost(): Promise<SudoHost> {
  const dir = await tempDir('hub-sudo-')
  await chmod(dir.path, 0o755)
  const unique = `${process.pid.toString(36)}${made++}`
  const group = `hubgrp${unique}`
  const bin = join(dir.path, 'bin')
  await mkdir(bin)
  const mediator = await installMediator(bin, QUICK_MS)
  await copyFile(fixture('fake-server.mjs'), join(bin, 'fake-server.mjs'))
  await chmod(join(bin, 'fake-server.mjs'), 0o644)
  const server = `#!/bin/sh\nexec ${process.execPath} "$(dirname "$0")/fake-server.mjs" "$@"\n`
  await writeFile(join(bin, 'sudospawner-singleuser'), server, { mode: 0o755 })

  execFileSync('groupadd', [group])
  const account = (name: string, ...args: string[]): TestAccount => {
    execFileSync('useradd', ['--create-home', '--home-dir', join(dir.path, name), '--shell', '/bin/sh', ...args, name])
    const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
    return { name, uid: id('-u'), gid: id('-g') }
  }
  const hub = account(`hubacc${unique}`)
  const ada = account(`ada${unique}`, '--groups', group)
  const bob = account(`bob${unique}`, '--groups', group)
  const eve = account(`eve${unique}`)
  const dropIn = `/etc/sudoers.d/${hub.name}`

  const host: SudoHost = {
    ...{ dir: dir.path, bin, mediator, hub, ada, bob, eve, group },
    asHub: (command) => ['setpriv', `--reuid=${hub.uid}`, `--regid=${hub.gid}`, '--init-groups', '--', ...command],
    async folder(name) {
      const path = join(dir.path, name)
      await mkdir(path, { recursive: true })
      chownSync(path, hub.uid, hub.gid)
      return path
    },
    async rule(text) {
      await writeFile(dropIn, text, { mode: 0o440 })
      execFileSync('visudo', ['-cqf', dropIn])
    },
    async [Symbol.asyncDispose]() {
      execFileSync('rm', ['-f', dropIn])
      for (const { name } of [hub, ada, bob, eve]) {
        // Nothing of such an account: then it says so by its status.
        spawnSync('pkill', ['-KILL', '-u', name])
      }
      for (const { name } of [hub, ada, bob, eve]) execFileSync('userdel', ['--force', name], { stdio: 'ignore' })
      execFileSync('groupdel', [group], { stdio: 'ignore' })
      await dir[Symbol.asyncDispose]()
    },
  }
  await host.rule(documentedRule(host))
  return host
}

/** The rule of the how-to. */
export const documentedRule = ({ hub, group, mediator }: SudoHost): string =>
  `Cmnd_Alias SUDOSPAWNER_CMD_${hub.name.toUpperCase()} = ${mediator}\n` +
  `${hub.name} ALL=(%${group}) NOPASSWD:SUDOSPAWNER_CMD_${hub.name.toUpperCase()}\n`

function mayRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}

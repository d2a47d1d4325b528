import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findVenv } from '@hub/testkit'

const PYTHON = '/usr/bin/python3'

/** Why sudo and the unmodified mediator of PyPI's sudospawner cannot be tried here; undefined: they can. */
export const whyNoSudo: string | undefined = missing()

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make accounts and sudo rules'
  for (const program of ['/usr/bin/sudo', PYTHON, '/usr/sbin/visudo'])
    if (!mayRun(program)) return `${program} is missing`
  return sitePackages() === undefined ? 'PyPI’s sudospawner is missing' : undefined
}

function mayRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The same protocol without the imports and the second of patience of PyPI's, which is tried as it is in tests of its own. */
const QUICK_MEDIATOR = `
import json, os, subprocess, sys
request = json.load(sys.stdin)
def reply(**answer):
    print(json.dumps(dict(answer)), flush=True)
if request['action'] == 'kill':
    try:
        os.kill(request['pid'], request['signal'])
        reply(ok=True, alive=True)
    except OSError:
        reply(ok=True, alive=False)
else:
    program = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), 'sudospawner-singleuser')
    server = subprocess.Popen([program, *request['args']], env=request['env'], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    reply(ok=True, pid=server.pid)
    os._exit(0)
`

/** Where the virtual environment keeps sudospawner. Its own Python may be in root's home, where nobody else gets in. */
function sitePackages(): string | undefined {
  const venv = findVenv()
  if (venv === undefined) return undefined
  return readdirSync(join(venv, 'lib'))
    .map((python) => join(venv, 'lib', python, 'site-packages'))
    .find((folder) => {
      try {
        return readdirSync(folder).includes('sudospawner')
      } catch {
        return false
      }
    })
}

export interface SudoHost extends AsyncDisposable {
  /** May only run the mediator as `user`. */
  readonly hubAccount: string
  readonly user: string
  readonly directory: string
  readonly mediator: string
}

/** Two accounts, a directory with the mediator and a server of the test beside it, and a rule as the documentation has it. */
export async function makeSudoHost(kind: 'pypi' | 'quick', server: string): Promise<SudoHost> {
  const unique = `${process.pid}${Math.floor(Math.random() * 1000)}`
  const [hubAccount, user] = [`hubsudo${unique}`, `usrsudo${unique}`]
  const directory = await mkdtemp(join(tmpdir(), 'sudo-host-'))
  const mediator = join(directory, 'sudospawner')
  const rule = `/etc/sudoers.d/${hubAccount}`
  const pypi = [
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(sitePackages())})`,
    'from sudospawner.mediator import main',
    'main()',
  ]
  const script = [`#!${PYTHON} -I`, ...(kind === 'pypi' ? pypi : [QUICK_MEDIATOR]), '']
  await chmod(directory, 0o755)
  await writeFile(mediator, script.join('\n'), { mode: 0o755 })
  await writeFile(join(directory, 'sudospawner-singleuser'), `#!/bin/sh\n${server}\n`, { mode: 0o755 })
  for (const account of [hubAccount, user]) execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', account])
  await writeFile(rule, `Cmnd_Alias ${hubAccount.toUpperCase()} = ${mediator}\n`, { mode: 0o440 })
  await writeFile(rule, `${hubAccount} ALL=(${user}) NOPASSWD: ${hubAccount.toUpperCase()}\n`, { flag: 'a' })
  execFileSync('visudo', ['-cqf', rule])
  return {
    hubAccount,
    user,
    directory,
    mediator,
    async [Symbol.asyncDispose]() {
      await rm(rule)
      for (const account of [hubAccount, user])
        execFileSync('userdel', ['--remove', '--force', account], { stdio: 'ignore' })
      await rm(directory, { recursive: true })
    },
  }
}

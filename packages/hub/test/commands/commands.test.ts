import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { freePort, proxyCommand, tempDir, type TempDir } from '@hub/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { wireVersion } from '../../src/version.js'
import { type Ended, jupyterhub, type RunOptions } from './run-command.js'

let dir: TempDir
beforeEach(async () => {
  dir = await tempDir('commands-')
})
afterEach(() => dir[Symbol.asyncDispose]())

const run = (words: readonly string[], options: Omit<RunOptions, 'cwd'> = {}): Promise<Ended> =>
  jupyterhub(words, { cwd: dir.path, ...options })
const write = (name: string, text: string): Promise<void> => writeFile(join(dir.path, name), text)
const files = async (): Promise<string[]> => (await readdir(dir.path)).sort()

describe('what is asked for is printed on standard output, and nothing is made', () => {
  test('--version comes before everything else', async () => {
    const expected = { code: 0, stdout: `${wireVersion}\n`, stderr: '' }
    const answers = await Promise.all([run(['--version']), run(['--help', '--version']), run(['token', '--version'])])
    expect(answers).toEqual([expected, expected, expected])
    expect(await files()).toEqual([])
  })

  test('-h tells commands, flags, short options and examples; --help-all every option besides', async () => {
    const [short, long, token, upgrade] = await Promise.all([
      run(['-h']),
      run(['--help-all']),
      run(['token', '-h']),
      run(['upgrade-db', '--help']),
    ])
    for (const { code, stderr } of [short, long, token, upgrade])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const word of [
      'token',
      'upgrade-db',
      '--debug',
      '--generate-config',
      '--no-ssl',
      '--ip',
      'JupyterHub.config_file',
    ])
      expect(short.stdout).toContain(word)
    expect(short.stdout).not.toContain('--Spawner.notebook_dir')
    expect(long.stdout).toContain('--Spawner.notebook_dir=')
    expect(token.stdout).toContain('[NAME]')
    expect(upgrade.stdout).toContain('older database')
  })

  test('--generate-config writes a file that loads and changes nothing', async () => {
    const written = await run(['--generate-config'])
    expect(written).toMatchObject({ code: 0, stdout: 'Writing default config to: jupyterhub_config.py\n' })
    const text = await readFile(join(dir.path, 'jupyterhub_config.py'), 'utf8')
    for (const option of ['c.Spawner.cmd', 'c.Authenticator.allowed_users', 'c.CryptKeeper.keys'])
      expect(text).toContain(`# ${option} =`)
    const shown = await run(['--show-config-json'])
    expect(shown).toMatchObject({ code: 0, stdout: '{}\n' })
  })

  test('an existing file is written over after a yes only', async () => {
    await write('jupyterhub_config.py', 'mine')
    const refused = await run(['--generate-config'], { input: 'perhaps\nn\n' })
    expect(refused.code).toBe(0)
    expect(refused.stdout).toContain('Overwrite jupyterhub_config.py with default config? [y/N]')
    expect(await readFile(join(dir.path, 'jupyterhub_config.py'), 'utf8')).toBe('mine')
    const [typed, none] = [await run(['--generate-config', '-f', 'other.py', '-y=1']), await run(['--generate-config'])]
    expect([typed.code, none.code]).toEqual([0, 0])
    expect(await readFile(join(dir.path, 'jupyterhub_config.py'), 'utf8')).toBe('mine')
    expect((await run(['--generate-config', '-y=1'])).code).toBe(0)
    expect(await readFile(join(dir.path, 'jupyterhub_config.py'), 'utf8')).toContain('# c.Spawner.cmd')
    expect((await run(['--generate-config', '-f', 'no/such/folder/c.py'])).code).toBe(1)
  })

  test('--Application.show_config on the command line shows what is set, instead of a start', async () => {
    await write('jupyterhub_config.py', `c.Spawner.notebook_dir = '~/notebooks'\nc.JupyterHub.port = 8001\n`)
    const words = ['--Application.show_config=True', '--Spawner.notebook_dir=~/assignments', '--port=443', '--ip=']
    const { code, stdout } = await run(words)
    expect(code).toBe(0)
    // A tilde is that of the server's user.
    expect(stdout).toContain(`.notebook_dir = '~/assignments'`)
    expect(stdout).toContain('.port = 443')
    expect(await files()).toEqual(['jupyterhub_config.py'])
  })

  test('--generate-certs makes the certificates of internal TLS', async () => {
    const { code, stderr } = await run(['--generate-certs'])
    expect(code).toBe(0)
    expect(stderr).toContain('Certificates generated in directory')
    expect(await files()).toContain('internal-ssl')
  })
})

describe('a start that cannot be', () => {
  test('for wrong usage ends with 2 and tells the usage', async () => {
    const answers = await Promise.all([run(['--bogus']), run(['--port']), run(['--JupyterHub.debug_db'])])
    for (const { code, stderr, stdout } of answers) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(/usage: jupyterhub/i)
    }
  })

  test('for a wrong word, option or value ends with 1 and one line, before anything is made', async () => {
    const answers = await Promise.all([
      run(['start']),
      run(['token', 'ada', 'bob']),
      run(['--bogus=3']),
      run(['--JupyterHub.prot=3']),
      run(['--JupyterHub.port=abc']),
      run(['--JupyterHub.debug_db=yes']),
      run(['--log-level=info']),
      run(['--JupyterHub.spawner_class=no.such.Spawner']),
      run(['-f', 'missing.py']),
    ])
    expect(answers.map(({ code, stdout }) => [code, stdout])).toEqual(answers.map(() => [1, '']))
    expect(answers.map(({ stderr }) => stderr.trimEnd().split('\n').length)).toEqual(answers.map(() => 1))
    expect(await files()).toEqual([])
  })

  test('for an error in the configuration file names the line', async () => {
    await write('syntax.py', 'c.JupyterHub.port = = 3\n')
    await write('broken.py', 'import os\nc.JupyterHub.db_url = os.environ["NO_SUCH_NAME"]\n')
    const [syntax, broken] = await Promise.all([run(['-f', 'syntax.py']), run(['-f', 'broken.py'])])
    expect([syntax.code, broken.code]).toEqual([1, 1])
    expect(syntax.stderr).toMatch(/syntax\.py.*line 1|line 1.*syntax\.py/s)
    expect(broken.stderr).toContain('NO_SUCH_NAME')
    expect(broken.stderr).toContain('line 2')
  })

  test('ends with 1 and says what to do', async () => {
    await write('open_secret', `${'ab'.repeat(32)}\n`)
    await chmod(join(dir.path, 'open_secret'), 0o644)
    await write('not-a-database', 'plain text, which is certainly no database')
    const held = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => held.once('listening', done))
    const { port: heldPort } = held.address() as { port: number }
    const config = await startConfig()
    const [secret, database, authState, noProxy, busy] = await Promise.all([
      run([...config, '--JupyterHub.cookie_secret_file=open_secret']),
      run([...config, '--db=sqlite:///not-a-database']),
      run([...config, '--Authenticator.enable_auth_state=True', '--db=sqlite:///auth']),
      run([
        ...config,
        '--ConfigurableHTTPProxy.command=no-such-program',
        '--db=sqlite:///proxy',
        '--ConfigurableHTTPProxy.pid_file=',
      ]),
      run([
        ...(await startConfig()),
        `--JupyterHub.hub_port=${heldPort}`,
        '--db=sqlite:///busy',
        '--ConfigurableHTTPProxy.pid_file=',
      ]),
    ])
    held.close()
    expect([secret, database, authState, noProxy, busy].map(({ code, stdout }) => [code, stdout])).toEqual(
      Array.from({ length: 5 }, () => [1, '']),
    )
    expect(secret.stderr).toContain('chmod')
    expect(database.stderr).toContain('not-a-database')
    expect(authState.stderr).toContain('JUPYTERHUB_CRYPT_KEY')
    expect(noProxy.stderr).toContain('no-such-program')
    expect(busy.stderr).toContain(String(heldPort))
  })
})

describe('upgrade-db', () => {
  test('has nothing to do on a database of today, and says where it is', async () => {
    await run(['token', 'ada', '--Authenticator.allowed_users=ada', ...dummy])
    const { code, stdout, stderr } = await run(['upgrade-db'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('sqlite:///jupyterhub.sqlite is up to date')
    // No copy, for nothing was changed.
    expect(await files()).toEqual(['jupyterhub.sqlite'])
  })
})

const dummy = ['--JupyterHub.authenticator_class=dummy']

describe('token', () => {
  test('prints the token alone, for a user whom the configuration names, on a database that nobody has used', async () => {
    const made = await run(['token', 'ada', '--Authenticator.admin_users=ada', ...dummy])
    expect(made.code).toBe(0)
    expect(made.stdout).toMatch(/^[a-z0-9]{32}\n$/)
    expect(await files()).toEqual(['jupyterhub.sqlite'])
  })

  test('is for whoever runs it, where no name is given', async () => {
    const { code, stderr } = await run(['token', ...dummy])
    expect(code).toBe(1)
    expect(stderr).toContain(`No such user: ${userInfo().username}`)
    const named = [`--Authenticator.allowed_users=${userInfo().username}`]
    expect((await run(['token', ...named, ...dummy])).stdout).toMatch(/^[a-z0-9]{32}\n$/)
  })

  test('does not drop tables, even where the next start would', async () => {
    const named = ['--Authenticator.allowed_users=ada', ...dummy]
    const first = await run(['token', 'ada', ...named])
    const second = await run(['token', 'ada', ...named, '--JupyterHub.reset_db=True'])
    expect([first.code, second.code]).toEqual([0, 0])
    const third = await run(['token', 'ada', ...dummy])
    expect(third.code).toBe(0)
  })
})

/** A hub of no consequence, with a proxy and ports of its own. */
async function startConfig(): Promise<string[]> {
  return [
    ...dummy,
    `--url=http://127.0.0.1:${await freePort()}`,
    `--JupyterHub.hub_port=${await freePort()}`,
    `--ConfigurableHTTPProxy.api_url=http://127.0.0.1:${await freePort()}`,
    ...proxyCommand().map((word) => `--ConfigurableHTTPProxy.command=${word}`),
  ]
}

import { readdir } from 'node:fs/promises'
import { tempDir, type TempDir } from '@hub/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hostIsMissing, QUICK_SERVICE, TestHost } from '../../../authenticator/test/pam/test-host.js'
import { jupyterhub } from './run-command.js'

let dir: TempDir
beforeEach(async () => {
  dir = await tempDir('check-login-')
})
afterEach(() => dir[Symbol.asyncDispose]())

const check = (name: string, password: string, ...options: string[]) =>
  jupyterhub(['check-login', name, ...options], { cwd: dir.path, input: `${password}\n` })

describe('jupyterhub check-login with a shared password', () => {
  const shared = [
    '--JupyterHub.authenticator_class=shared-password',
    '--SharedPasswordAuthenticator.user_password=a-password-for-all',
    '--Authenticator.allowed_users=ada',
    '--Authenticator.blocked_users=eve',
  ]

  test('tells who may log in, and why somebody may not', async () => {
    const [right, wrong, stranger, blocked, none] = await Promise.all([
      check('Ada', 'a-password-for-all', ...shared),
      check('ada', 'wrong', ...shared),
      check('bob', 'a-password-for-all', ...shared),
      check('eve', 'a-password-for-all', ...shared),
      check('ada', 'x', '--JupyterHub.authenticator_class=github'),
    ])
    expect(right.code).toBe(0)
    expect(right.stdout).toContain('may log in, as ada')
    expect([wrong, stranger, blocked, none].map(({ code }) => code)).toEqual([1, 1, 1, 1])
    expect(wrong.stdout).toContain('wrong name or password')
    expect(stranger.stdout).toContain('no allow option')
    expect(blocked.stdout).toContain('blocked_users')
    expect(none.stdout).toContain('nobody logs in with a form')
    for (const { stdout, stderr } of [right, wrong, stranger, blocked])
      expect(stdout + stderr).not.toContain('a-password-for-all')
  })
})

describe.skipIf(hostIsMissing !== undefined)(`jupyterhub check-login with PAM ${hostIsMissing ?? ''}`, () => {
  let host: TestHost
  beforeAll(() => {
    host = new TestHost()
  })
  afterAll(() => host[Symbol.dispose]())

  test('names service, account and what modules say, and makes nobody', async () => {
    const [ada, expired] = [host.account('löve lace'), host.account('x2')]
    host.change('usermod', '-e', '1', expired)
    const service = `--PAMAuthenticator.service=${host.service(...QUICK_SERVICE)}`
    const making = '--LocalAuthenticator.create_system_users=True'
    const [right, wrong, late, unknown] = await Promise.all([
      check(ada, 'löve lace', service),
      check(ada, 'wrong', service),
      check(expired, 'x2', service),
      check(`${host.mark}none`, 'x', service, making),
    ])
    expect(right.code).toBe(0)
    expect(right.stdout).toMatch(
      /PAM service: +\w+ \(\/etc\/pam\.d\/\w+\)\nasked as: +root, who can read \/etc\/shadow\n/,
    )
    expect(right.stdout).toMatch(new RegExp(`account: +uid \\d+\nverdict: +may log in, as ${ada}`))
    expect([wrong.code, late.code, unknown.code]).toEqual([1, 1, 1])
    expect(wrong.stderr).toContain(`PAM Authentication failed (${ada}@`)
    expect(late.stdout).toContain('Your account has expired')
    expect(unknown.stdout).toContain('none of this name on this host')
    expect(host.oracle('login', `${host.mark}none`, 'x')).toBe(false)
    expect(await readdir(dir.path)).toEqual(['jupyterhub.sqlite'])
  })
})

import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { valuesWith } from '@hub/config'
import { waitFor } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AuthenticationError,
  fakeLoginRequest,
  getAuthenticatedUser,
  PAMAuthenticator,
  pamConfigurable,
} from '../../src/index.js'
import { SHORTEST_REFUSAL_MS } from '../../src/pam/pam-authenticator.js'
import { describeAuthenticator } from '../../src/suite.js'
import { hostIsMissing, type LogRecord, pamWith, QUICK_SERVICE, TestHost } from './test-host.js'

const never = new AbortController().signal
const logIn = (pam: PAMAuthenticator, username: string, password: string, more = {}) =>
  pam.authenticate(fakeLoginRequest({ username, password, ...more }), never)

function scriptIn(dir: string, line: string): string {
  const path = join(dir, 'script')
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  return path
}

/** A module that asks for the code 4711. */
function codeModule(dir: string): string {
  const source = join(dir, 'code.c')
  writeFileSync(
    source,
    `#include <stdlib.h>
     #include <string.h>
     struct message { int style; const char *text; };
     struct response { char *text; int code; };
     struct conversation { int (*ask)(int, const struct message **, struct response **, void *); void *data; };
     extern int pam_get_item(void *, int, const void **);
     int pam_sm_authenticate(void *handle, int flags, int argc, const char **argv) {
       const struct conversation *with; struct message asked = { 1, "Code: " }; const struct message *all = &asked;
       struct response *answers = 0;
       if (pam_get_item(handle, 5, (const void **)&with) || with->ask(1, &all, &answers, with->data)) return 7;
       int right = answers[0].text && !strcmp(answers[0].text, "4711");
       free(answers[0].text); free(answers);
       return right ? 0 : 7;
     }
     int pam_sm_setcred(void *handle, int flags, int argc, const char **argv) { return 0; }`,
  )
  const library = join(dir, 'pam_code.so')
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-l:libpam.so.0'])
  return library
}

describe.skipIf(hostIsMissing !== undefined)(`PAM on this host ${hostIsMissing ?? ''}`, () => {
  let host: TestHost
  let service: string
  let ada: string
  beforeAll(() => {
    host = new TestHost()
    service = host.service(...QUICK_SERVICE)
    ada = host.account('löve lace')
  })
  afterAll(() => host[Symbol.dispose]())

  test('agrees with pamtester about right and wrong passwords, and accounts that are locked, expired or must change theirs', async () => {
    const [locked, expired, changing] = [host.account('x1'), host.account('x2'), host.account('x3')]
    host.change('usermod', '-L', locked)
    host.change('usermod', '-e', '1', expired)
    host.change('chage', '-d', '0', changing)
    const asked = [
      [ada, 'löve lace'],
      [ada, 'löve  lace'],
      [ada, 'löve lace '],
      [locked, 'x1'],
      [expired, 'x2'],
      [changing, 'x3'],
      [`${ada}x`, 'x'],
      ['root', 'certainly not'],
    ] as const
    const pam = pamWith({ service })
    const ours = await Promise.all(
      asked.map(([name, password]) =>
        logIn(pam, name, password).then(
          (result) => result !== null,
          () => false,
        ),
      ),
    )
    expect(ours).toEqual(asked.map(([name, password]) => host.oracle(service, name, password)))
    expect(ours).toEqual([true, false, false, false, false, false, false, false])
    await expect(logIn(pam, changing, 'x3')).rejects.toThrow(
      'You cannot log in. You are required to change your password',
    )
    await expect(logIn(pam, expired, 'x2')).rejects.toThrow('You cannot log in. Your account has expired')
    await pam.stop()
  })

  test('says what modules want people to read, without what terminals would do with it', async () => {
    const talking = host.service(
      'auth required pam_echo.so Ring\u0007: the \u001b[31mlab is closed',
      'auth required pam_deny.so',
    )
    const pam = pamWith({ service: talking })
    const refused = logIn(pam, ada, 'löve lace')
    await expect(refused).rejects.toThrow(AuthenticationError)
    await expect(refused).rejects.toThrow('Invalid username or password. Ring : the  [31mlab is closed')
    await pam.stop()
  })

  test('a module that hangs for one person holds up nobody else, is ended in time, and leaves no process', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pam-'))
    const mark = join(dir, 'sleeper')
    const script = scriptIn(dir, `echo $$ > ${mark}; exec sleep 300`)
    const hanging = host.service(
      `auth [success=1 default=ignore] pam_succeed_if.so quiet user != ${ada}`,
      `auth required pam_exec.so quiet ${script}`,
      ...QUICK_SERVICE,
    )
    const bob = host.account('builder')
    const log: LogRecord[] = []
    const pam = pamWith({ service: hanging, executor_threads: 2, check_timeout: 4 }, log)
    const held = logIn(pam, ada, 'löve lace').catch((error: unknown) => error)
    await waitFor(() => existsSync(mark) && readFileSync(mark, 'utf8').trim() !== '')
    expect(await logIn(pam, bob, 'builder')).toBe(bob)
    expect(await held).toMatchObject({ status: 503, message: expect.stringContaining('Try again') })
    const sleeper = Number(readFileSync(mark, 'utf8'))
    await waitFor(() => !existsSync(`/proc/${sleeper}`))
    expect(await logIn(pam, bob, 'builder')).toBe(bob)
    expect(log).toContainEqual({ event: expect.stringContaining('did not answer in time'), fields: expect.anything() })
    await pam.stop()
    rmSync(dir, { recursive: true })
  })

  test('the delay after a wrong password holds no process: others are asked about meanwhile', async () => {
    const slow = host.service('auth optional pam_faildelay.so delay=1500000', ...QUICK_SERVICE)
    const pam = pamWith({ service: slow, executor_threads: 1 })
    const ended: string[] = []
    const wrong = logIn(pam, ada, 'wrong').then(() => ended.push('wrong'))
    await logIn(pam, ada, 'löve lace').then(() => ended.push('right'))
    await wrong
    expect(ended).toEqual(['right', 'wrong'])
    await pam.stop()
  })

  test('unknown and known names are refused in the same way, and neither at once', async () => {
    const pam = pamWith({ service })
    const startedAt = performance.now()
    const refused = async (name: string): Promise<number> => {
      expect(await logIn(pam, name, 'wrong')).toBe(null)
      return performance.now() - startedAt
    }
    // PAM itself answers for an unknown name in a few milliseconds: the time must not tell who exists.
    for (const tookMs of await Promise.all([refused(`${ada}-no`), refused(ada)]))
      expect(tookMs).toBeGreaterThanOrEqual(SHORTEST_REFUSAL_MS - 5)
    await pam.stop()
  })

  test('names that no account can have never reach PAM', async () => {
    const pam = pamWith({ service: 'there-is-no-such-service-and-other-denies' })
    const names = [
      '',
      '-u',
      '--root',
      '../../etc/passwd',
      '.',
      '..',
      'a/b',
      'a\nb',
      'a\0b',
      `${ada}\0`,
      'x'.repeat(256),
    ]
    for (const name of names) expect(await logIn(pam, name, 'x')).toBe(null)
    expect(await logIn(pam, ada, '')).toBe(null)
    expect(await logIn(pam, ada, 'löve lace\0 and more')).toBe(null)
    await pam.stop()
  })

  test('a password is not cut at a NUL, and an account without one stays closed', async () => {
    const open = host.account('temporary')
    host.change('passwd', '-d', open)
    const nullok = host.service('auth required pam_unix.so nullok nodelay', 'account required pam_unix.so')
    const pam = pamWith({ service: nullok })
    expect(await logIn(pam, open, '')).toBe(null)
    await pam.stop()
  })

  test('the account that is asked for is the one that the user will be', async () => {
    const twin = host.account('of the other', { name: `${ada.slice(0, -1)}TWIN` })
    const low = host.account('of this one', { name: twin.toLowerCase() })
    const pam = pamWith({ service })
    expect(await logIn(pam, twin, 'of the other')).toBe(null)
    expect(await logIn(pam, twin, 'of this one')).toBe(low)
    const normalizing = pamWith({ service, pam_normalize_username: true })
    const outcome = await getAuthenticatedUser(
      normalizing,
      fakeLoginRequest({ username: twin, password: 'of the other' }),
      never,
    )
    expect(outcome).toMatchObject({ kind: 'authenticated', model: { name: twin } })
    await Promise.all([pam.stop(), normalizing.stop()])
  })

  test.skipIf(!existsSync('/usr/bin/gcc'))('one-time passwords answer the second prompt', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pam-'))
    const two = host.service(
      'auth required pam_unix.so nodelay',
      `auth required ${codeModule(dir)}`,
      'account required pam_unix.so',
    )
    const pam = pamWith({ service: two, request_otp: true })
    expect(await logIn(pam, ada, 'löve lace', { otp: '1234' })).toBe(null)
    expect(await logIn(pam, ada, 'löve lace', {})).toBe(null)
    expect(await logIn(pam, ada, 'löve lace', { otp: '4711' })).toBe(ada)
    await pam.stop()
    rmSync(dir, { recursive: true })
  })

  test('groups of the host let in and make administrators; who has left is none any more', async () => {
    const [staff, admins] = [host.group(), host.group()]
    const eve = host.account('apple', { groups: [staff, admins] })
    const log: LogRecord[] = []
    const pam = pamWith(
      { service, allowed_groups: [staff, 'no-such-group'], admin_groups: [admins], manage_groups: true },
      log,
    )
    await pam.init(never)
    const outcome = (username: string, password: string) =>
      getAuthenticatedUser(pam, fakeLoginRequest({ username, password }), never)
    expect(await outcome(eve, 'apple')).toMatchObject({ kind: 'authenticated', model: { admin: true } })
    expect(await pam.authenticate(fakeLoginRequest({ username: eve, password: 'apple' }), never)).toMatchObject({
      groups: expect.arrayContaining([staff, admins]),
    })
    expect(await outcome(ada, 'löve lace')).toMatchObject({ kind: 'refused', reason: 'not_allowed' })
    expect(log).toContainEqual({ event: 'No such group: [no-such-group]', fields: { option: 'allowed_groups' } })
    host.change('gpasswd', '-d', eve, admins)
    const user = { name: eve, admin: true, groups: [], authState: async () => null }
    expect(await pam.refreshUser(user)).toMatchObject({ admin: false, groups: expect.not.arrayContaining([admins]) })
    expect(await outcome(eve, 'apple')).toMatchObject({ model: { admin: false } })
    host.remove(eve)
    expect(await pam.refreshUser(user)).toBe(false)
    await pam.stop()
  })

  test('by default whoever has a password gets in, and the hub says so; an allow option ends that', async () => {
    const open = pamWith({ service })
    expect(open.config.allow_all).toBe(true)
    expect(open.checkAllowConfig()).toEqual([expect.stringContaining('Every account of this host')])
    expect(pamWith({ allow_all: true }).checkAllowConfig()).toEqual([])
    for (const options of [{ allowed_users: [ada] }, { allowed_groups: ['users'] }, { allow_existing_users: true }]) {
      expect(pamWith(options).config.allow_all).toBe(false)
      expect(pamWith(options).checkAllowConfig()).toEqual([])
    }
  })

  test('accounts are made on demand, in turn, with the uid that is configured', async () => {
    const [one, two] = [`${host.mark}new1`, `${host.mark}new2`].map((name) => host.willMake(name)) as [string, string]
    const add_user_cmd = ['useradd', '-M', '-c', 'made for USERNAME']
    const pam = pamWith({ service, create_system_users: true, add_user_cmd, uids: { [one]: 54321 } })
    await pam.init(never)
    await Promise.all([one, two, one].map((name) => pam.addUser({ name })))
    const passwd = readFileSync('/etc/passwd', 'utf8')
    expect(passwd).toMatch(new RegExp(`^${one}:x:54321:\\d+:made for ${one}:`, 'm'))
    expect(passwd).toContain(`${two}:x:`)
    await pam.stop()
  })

  test('an account that cannot be made is refused with the reason; a name cannot become an option', async () => {
    await expect(pamWith({}).addUser({ name: `${host.mark}none` })).rejects.toThrow('create_system_users')
    const dir = mkdtempSync(join(tmpdir(), 'pam-'))
    const making = pamWith({ create_system_users: true, add_user_cmd: ['touch', join(dir, 'made')] })
    for (const name of ['-o', '--uid', 'ada lovelace', 'ädä', '0', 'x'.repeat(255), 'a:b', "a';id"])
      await expect(making.addUser({ name })).rejects.toThrow('An account cannot be called')
    expect(existsSync(join(dir, 'made'))).toBe(false)
    const failing = pamWith({
      create_system_users: true,
      add_user_cmd: ['sh', '-c', 'echo the disk is full >&2; exit 3'],
    })
    await expect(failing.addUser({ name: `${host.mark}none` })).rejects.toThrow('the disk is full')
    const pretending = pamWith({ create_system_users: true, add_user_cmd: ['true'] })
    await expect(pretending.addUser({ name: `${host.mark}none` })).rejects.toThrow('there is no account')
    rmSync(dir, { recursive: true })
  })

  test('a session is open from before the start of a server until after its stop, in a process of its own', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pam-'))
    const mark = join(dir, 'session')
    const sessions = host.service(
      ...QUICK_SERVICE,
      `session required pam_exec.so quiet ${scriptIn(dir, `echo $PAM_TYPE $PAM_USER >> ${mark}`)}`,
    )
    const loginUid = readFileSync('/proc/self/loginuid', 'utf8')
    const pam = pamWith({ service: sessions, open_sessions: true })
    const user = { name: ada, admin: false, groups: [], authState: async () => null }
    const server = { serverName: '', config: {} }
    await pam.preSpawnStart(user, server)
    expect(readFileSync(mark, 'utf8')).toBe(`open_session ${ada}\n`)
    await pam.postSpawnStop(user, server)
    expect(readFileSync(mark, 'utf8')).toBe(`open_session ${ada}\nclose_session ${ada}\n`)
    expect(readFileSync('/proc/self/loginuid', 'utf8')).toBe(loginUid)
    // The hub ends while a session is open.
    await pam.preSpawnStart(user, server)
    await pam.stop()
    await waitFor(() => readFileSync(mark, 'utf8').split('\n').length === 5)
    rmSync(dir, { recursive: true })
  })

  test('sessions that fail are switched off with two warnings, and starts go on', async () => {
    const log: LogRecord[] = []
    const denying = host.service(...QUICK_SERVICE, 'session required pam_deny.so')
    const pam = pamWith({ service: denying, open_sessions: true }, log)
    const user = { name: ada, admin: false, groups: [], authState: async () => null }
    for (const serverName of ['', 'b']) await pam.preSpawnStart(user, { serverName, config: {} })
    expect(log).toHaveLength(2)
    await pam.stop()
  })

  test('an account of the group shadow can ask, without being root', async () => {
    const shadow = statSync('/etc/shadow').gid
    const program = fileURLToPath(new URL('ask-once.ts', import.meta.url))
    const node = [process.execPath, '--conditions=@hub/source', '--import', import.meta.resolve('tsx'), program]
    const ask = async (...groups: readonly string[]) => {
      const args = ['--reuid=65534', '--regid=65534', ...groups, '--', ...node, service, ada, 'löve lace']
      const { stdout } = await promisify(execFile)('setpriv', args, { cwd: '/', env: { PATH: process.env['PATH'] } })
      return stdout.trim()
    }
    expect(await Promise.all([ask(`--groups=${shadow}`), ask('--clear-groups')])).toEqual(['in', 'refused'])
  })
})

test('koffi is not loaded into the process of the hub', () => {
  const maps = readFileSync('/proc/self/maps', 'utf8')
  expect(maps).not.toContain('libpam.so')
  expect(maps).not.toContain('koffi')
})

if (hostIsMissing === undefined) {
  const host = new TestHost()
  let service: string
  let name: string
  beforeAll(() => {
    service = host.service(...QUICK_SERVICE)
    name = host.account('lovelace')
  })
  afterAll(() => host[Symbol.dispose]())
  describeAuthenticator('PAMAuthenticator', () => ({
    create: (context, options) =>
      new PAMAuthenticator({ ...context, config: valuesWith(pamConfigurable, { ...options, service }) }),
    goodLogin: { form: { username: name.toUpperCase(), password: 'lovelace' }, name },
    badLogin: { username: name, password: 'byron-the-father' },
  }))
}

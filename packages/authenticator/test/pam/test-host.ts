import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import { PAMAuthenticator, pamConfigurable } from '../../src/index.js'

/** Why accounts of this host cannot be made and asked about; undefined: they can. */
export const hostIsMissing =
  process.getuid?.() !== 0
    ? 'only root can make accounts'
    : ['/usr/sbin/useradd', '/usr/bin/pamtester'].find((program) => !existsSync(program))

const run = (program: string, args: readonly string[], input = ''): string =>
  execFileSync(program, [...args], { input, stdio: ['pipe', 'pipe', 'ignore'], encoding: 'utf8' })

/** Real accounts, groups and PAM services of this host, removed with the test. */
export class TestHost implements Disposable {
  readonly mark = `ht${randomBytes(4).toString('hex')}`
  readonly #undo: (() => void)[] = []
  #count = 0

  /** @returns the name of a new account */
  account(password: string, { name = this.#name(), groups = [] as readonly string[] } = {}): string {
    run('useradd', [
      '-M',
      '-N',
      '-s',
      '/bin/bash',
      ...(groups.length > 0 ? ['-G', groups.join(',')] : []),
      '--badname',
      name,
    ])
    this.#undo.push(() => this.remove(name))
    run('chpasswd', [], `${name}:${password}\n`)
    return name
  }

  remove(name: string): void {
    try {
      run('userdel', ['-f', name])
    } catch {} // it is gone already
  }

  group(): string {
    const name = this.#name()
    run('groupadd', [name])
    this.#undo.push(() => run('groupdel', ['-f', name]))
    return name
  }

  change(program: string, ...args: readonly string[]): void {
    run(program, args)
  }

  /** @returns the name of a new PAM service of these lines */
  service(...lines: readonly string[]): string {
    const name = this.#name()
    writeFileSync(`/etc/pam.d/${name}`, `${lines.join('\n')}\n`)
    this.#undo.push(() => rmSync(`/etc/pam.d/${name}`))
    return name
  }

  /** What `pamtester`, a program that is not ours, says. */
  oracle(service: string, account: string, password: string): boolean {
    try {
      run('pamtester', ['-I', 'rhost=127.0.0.1', service, account, 'authenticate', 'acct_mgmt'], `${password}\n`)
      return true
    } catch {
      return false
    }
  }

  /** To be removed when all is over, if it came to be. */
  willMake(name: string): string {
    this.#undo.push(() => this.remove(name))
    return name
  }

  #name(): string {
    this.#count += 1
    return `${this.mark}${this.#count}`
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.splice(0).reverse()) undo()
  }
}

/** Answers without a delay. */
export const QUICK_SERVICE = [
  'auth required pam_unix.so nodelay',
  'account required pam_unix.so',
  'session required pam_permit.so',
]

export interface LogRecord {
  readonly event: string
  readonly fields: unknown
}

export function pamWith(options: InputsOf<typeof pamConfigurable>, log: LogRecord[] = []): PAMAuthenticator {
  const record = (event: string, fields?: unknown): void => void log.push({ event, fields })
  return new PAMAuthenticator({
    config: valuesWith(pamConfigurable, options),
    log: { ...silentLog, info: record, warn: record, error: record },
    isExistingUser: async () => false,
  })
}

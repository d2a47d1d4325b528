import { execFileSync } from 'node:child_process'
import { silentLog } from '@hub/api'
import { type Account, parsePasswdLine } from '@hub/api/accounts'
import { describe, expect, test } from 'vitest'
import { rememberingLookup } from './accounts.js'
import { commandLine, shellJoin } from './command-line.js'
import { listenHost } from './listen-host.js'
import { popenKwargsMistake, readPopenKwargs } from './popen-kwargs.js'
import { PortPicker } from './ports.js'
import { parseStat } from './process-identity.js'

describe('a command line', () => {
  test('is cmd and args, without a shell', () => {
    expect(commandLine(['a', 'b c'], ['$d'], [])).toEqual(['a', 'b c', '$d'])
  })

  test('is read back by a shell as the words it was made of', () => {
    const words = ['plain', 'two words', "it's", '"$HOME" `id` \\', '', '*', 'line\nbreak', '-n', 'ünï']
    const [shell = '', ...args] = commandLine(['printf', '%s\\0', ...words], [], ['/bin/sh', '-c'])
    expect(execFileSync(shell, args, { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words)
  })

  test('is shown quoted only where it must be', () => {
    expect(shellJoin(['jupyterhub-singleuser', '--debug', 'a b'])).toBe("jupyterhub-singleuser --debug 'a b'")
  })
})

describe('popen_kwargs', () => {
  test('are a log and a session of its own, by default', () => {
    expect(readPopenKwargs({})).toEqual({
      cwd: undefined,
      shell: false,
      newSession: true,
      stdin: { to: 'inherit' },
      stdout: { to: 'log' },
      stderr: { to: 'log' },
    })
  })

  test("take Python's numbers for its names of streams, and ignore what holds anyway", () => {
    const read = readPopenKwargs({ stdout: -3, stderr: -2, env: {}, close_fds: true, cwd: null })
    expect(read).toMatchObject({ stdout: { to: 'ignore' }, stderr: { to: 'stdout' }, cwd: undefined })
  })

  test.each([
    [{ stdout: -1 }, 'stdout'],
    [{ stdout: 'stdout' }, 'stdout'],
    [{ stdin: 'relative' }, 'stdin'],
    [{ shell: 'yes' }, 'shell'],
    [{ cwd: 1 }, 'cwd'],
    [{ uid: 0 }, 'uid'],
  ])('refuse %j by name', (kwargs, key) => {
    expect(popenKwargsMistake(kwargs)).toContain(`"${key}"`)
  })
})

describe('accounts', () => {
  const ada: Account = { name: 'ada', uid: 1000, gid: 1000, home: '/home/ada', shell: '/bin/bash' }

  test('are read from a line of the database', () => {
    expect(parsePasswdLine('ada:x:1000:1000:Ada, L.:/home/ada:/bin/bash')).toEqual(ada)
    expect(parsePasswdLine('ada:x:-1:1000::/home/ada:/bin/bash')).toBeUndefined()
    expect(parsePasswdLine('')).toBeUndefined()
  })

  test('are remembered for some seconds, absence and errors never', async () => {
    let now = 0
    const answers: (Account | undefined | Error)[] = [undefined, new Error('away'), ada]
    const asked: string[] = []
    const lookup = rememberingLookup(
      async (name) => {
        asked.push(name)
        const answer = answers[asked.length - 1]
        if (answer instanceof Error) throw answer
        return answer
      },
      () => now,
    )
    expect(await lookup('ada')).toBeUndefined()
    await expect(lookup('ada')).rejects.toThrow('away')
    expect(await lookup('ada')).toEqual(ada)
    expect(await lookup('ada')).toEqual(ada)
    expect(asked).toHaveLength(3)
    now = 10_001
    await lookup('ada')
    expect(asked).toHaveLength(4)
  })
})

describe('ports', () => {
  test('given out once are not given out again until their server had time to listen', async () => {
    let now = 0
    const offered = [1, 1, 2, 1]
    const picker = new PortPicker(
      () => now,
      async () => offered.shift() ?? 0,
    )
    expect([await picker.pick(''), await picker.pick('')]).toEqual([1, 2])
    now = 60_001
    expect(await picker.pick('')).toBe(1)
  })

  test('run out with an error, not without end', async () => {
    const picker = new PortPicker(
      () => 0,
      async () => 7,
    )
    await picker.pick('')
    await expect(picker.pick('')).rejects.toThrow('No free port')
  })
})

test('the state of a process is read behind a name with spaces and parentheses', () => {
  const fields = Array.from({ length: 40 }, (_, index) => String(index + 4))
  expect(parseStat(`12 (a) b) S ${fields.join(' ')}\n`)).toEqual({ state: 'S', startTime: 22 })
})

test('brackets around an address to listen on are taken off, with a warning', () => {
  let warnings = 0
  const log = { ...silentLog, warn: () => void (warnings += 1) }
  expect([listenHost('[::1]', log), listenHost('::1', log), listenHost('', log)]).toEqual(['::1', '::1', ''])
  expect(warnings).toBe(1)
})

import { silentLog } from '@hub/api'
import { valuesWith } from '@hub/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DockerSpawner, dockerConfigurable, fakeRequest, SpawnError } from '../src/index.js'
import { containerName, escapeName } from '../src/docker/names.js'
import { assertSudoUser } from '../src/sudo/user-name.js'
import { runtimeDirectory, stateDirectory, unitName } from '../src/systemd/unit-name.js'
import { contextOf, never, Servers } from './harness.js'

/** What people are called, and what somebody would call himself who wants to be taken for another. */
const part = fc.constantFrom(
  'a',
  'ada',
  '-',
  '--',
  '_',
  '__',
  '_20',
  '=',
  '==',
  '=20',
  ':',
  '\\x3a',
  '.',
  '..',
  '@',
  ' ',
  '%',
  'ü',
  '~',
  '$(id)',
)
const userName = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }),
  fc.array(part, { minLength: 80, maxLength: 120 }).map((parts) => parts.join('')),
)
/** Names of servers have letters, digits and dashes; before release 6 they could have anything but a slash. */
const serverName = fc.oneof(fc.constant(''), fc.constantFrom('x', 'x-y', '-', ':', 'x:y', '_2d', '..'), userName)

describe.each<[name: string, of: (user: string, server: string) => string, form: RegExp]>([
  [
    'unit',
    (user, server) => unitName('jupyter-{USERNAME}', { USERNAME: user, USERID: '7', SERVERNAME: server }),
    /^[A-Za-z0-9:_.@\\-]{1,240}$/,
  ],
  [
    'runtime directory',
    (user, server) =>
      runtimeDirectory(unitName('jupyter-{USERNAME}', { USERNAME: user, USERID: '7', SERVERNAME: server })),
    /^(?!\.)[A-Za-z0-9_.@=-]{1,240}$/,
  ],
  [
    'container',
    (user, server) => {
      const config = valuesWith(dockerConfigurable, {})
      const spawner = new DockerSpawner({ ...contextOf(user), serverName: server, config })
      return containerName(spawner, config, 'image')
    },
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  ],
])('the %s', (_what, of, form) => {
  test('has the form that its host takes, whoever the user is', () => {
    fc.assert(fc.property(userName, serverName, (user, server) => form.test(of(user, server))))
  })

  test('is never that of another server', () => {
    fc.assert(
      fc.property(userName, serverName, userName, serverName, (user, server, other, otherServer) => {
        fc.pre(user !== other || server !== otherServer)
        expect(of(user, server)).not.toBe(of(other, otherServer))
      }),
    )
  })
})

test('the folder of a dynamic user, and the volume of a user in containers, are nobody else’s', () => {
  const folder = (name: string): string => stateDirectory({ USERNAME: name, USERID: '7', SERVERNAME: '' })
  fc.assert(
    fc.property(userName, userName, (user, other) => {
      fc.pre(user !== other)
      expect(folder(user)).not.toBe(folder(other))
      expect(escapeName(user)).not.toBe(escapeName(other))
      expect(folder(user)).toMatch(/^(?!\.)[A-Za-z0-9_.@=-]{1,240}$/)
      // 255 less what the template of the documentation adds.
      expect(escapeName(user)).toMatch(/^[A-Za-z0-9_]{1,230}$/)
    }),
  )
})

test.each([
  '-i',
  '--help',
  '#0',
  '%wheel',
  '',
  ' ',
  'a b',
  'a\nb',
  'a;b',
  '$(id)',
  'a/b',
  '.',
  '..',
  '+x',
  '@x',
  'a'.repeat(256),
])('the user %j never reaches sudo', (name) => {
  expect(() => {
    assertSudoUser(name)
  }).toThrow(SpawnError)
})

test.each(['.', '..', 'a/b', '../etc'])('the user %j gets no home by a template', async (name) => {
  await using servers = new Servers()
  const spawner = servers.simple(
    { cmd: ['sleep', '1000'], home_dir_template: '/tmp/homes/{username}' },
    silentLog,
    name,
  )
  await expect(spawner.start(fakeRequest(spawner), never)).rejects.toMatchObject({ reason: 'bad_user_name' })
})

test('names are escaped as the administrator has it, where that is a function', () => {
  const config = valuesWith(dockerConfigurable, { escape: (name: string) => name.toUpperCase() })
  const spawner = new DockerSpawner({ ...contextOf('ada'), serverName: 'x', config })
  expect(containerName(spawner, config, 'image')).toBe('jupyter-ADA--X')
})

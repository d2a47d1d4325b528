import { expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const key = (digit: number): string => `${digit}${digit}`.repeat(32)
const state = { token: 'x', name: 'Zoë' }

const startWith = (keys: string | undefined, after?: HubInProcess, enabled = true): Promise<HubInProcess> =>
  startHubInProcess({
    ...(after === undefined ? {} : { after }),
    config: { Authenticator: { enable_auth_state: enabled } },
    env: keys === undefined ? {} : { JUPYTERHUB_CRYPT_KEY: keys },
  })

const stateOf = async (hub: HubInProcess): Promise<unknown> =>
  (await hub.api('GET', '/users/ada')).json<{ auth_state: unknown }>().auth_state

const storedIn = async (hub: HubInProcess): Promise<string> => {
  const rows = await hub.foundation.database.read.all<{ stored: Buffer }>(
    "SELECT encrypted_auth_state AS stored FROM users WHERE name = 'ada'",
  )
  return String(rows[0]?.stored)
}

test('keys are changed without losing anything: the old one reads, the new one writes, then the old one can go', async () => {
  await using first = await startWith(key(1))
  await first.user('ada')
  expect((await first.api('PATCH', '/users/ada', { auth_state: state })).json()).toMatchObject({ auth_state: state })
  const old = await storedIn(first)
  expect(Buffer.from(old, 'base64url').includes('Zoë')).toBe(false)
  await first.stop()

  const both = await startWith(` ${key(2)} ; ${key(1)} ;`, first)
  expect(await stateOf(both)).toEqual(state)
  expect(await storedIn(both)).not.toBe(old)
  await both.stop()

  const second = await startWith(key(2), both)
  expect(await stateOf(second)).toEqual(state)
  await second.stop()

  const wrong = await startWith(key(1), second)
  expect(await stateOf(wrong)).toBeNull()
  expect(wrong.log.some(({ level, event }) => level === 'warn' && event.includes('auth state'))).toBe(true)
  await wrong.stop()

  // What could not be read is still there for whoever has the key.
  const again = await startWith(key(2), wrong)
  expect(await stateOf(again)).toEqual(state)
  await again.stop()
}, 60_000)

test('without a key, or with one that is none, the hub does not start and says how to make one', async () => {
  for (const keys of [undefined, '', ' ; '])
    await expect(startWith(keys)).rejects.toThrow(/JUPYTERHUB_CRYPT_KEY.*openssl/s)
  await expect(startWith('too short')).rejects.toThrow(/Key 1 .* 32 bytes.*openssl/s)
  await expect(startWith(`${key(1)};nonsense`)).rejects.toThrow(/Key 2 /)
}, 60_000)

test('without enable_auth_state none is taken, and it is said', async () => {
  await using hub = await startWith(key(1), undefined, false)
  await hub.user('ada')
  expect((await hub.api('PATCH', '/users/ada', { auth_state: state })).status).toBe(400)
  expect(await stateOf(hub)).toBeNull()
}, 60_000)

import { expect, test } from 'vitest'
import { tokenRequest } from './token-request.js'

const fields = (...pairs: [string, string][]): ReadonlyMap<string, string[]> => {
  const map = new Map<string, string[]>()
  for (const [name, value] of pairs) map.set(name, [...(map.get(name) ?? []), value])
  return map
}

test('reads the fields; those left out or empty are undefined', () => {
  expect(
    tokenRequest(fields(['grant_type', 'authorization_code'], ['code', 'c'], ['client_id', 'x'], ['redirect_uri', ''])),
  ).toEqual({
    code: 'c',
    clientId: 'x',
    clientSecret: '',
    redirectUri: undefined,
    codeVerifier: undefined,
  })
})

test('the grant type is looked at first, then the code, then whether anything is given twice', () => {
  expect(() => tokenRequest(fields(['code', 'c']))).toThrow(
    expect.objectContaining({ error: 'unsupported_grant_type' }),
  )
  expect(() => tokenRequest(fields(['grant_type', 'password'], ['code', 'c']))).toThrow(
    expect.objectContaining({ error: 'unsupported_grant_type' }),
  )
  expect(() =>
    tokenRequest(fields(['grant_type', 'authorization_code'], ['client_id', 'a'], ['client_id', 'b'])),
  ).toThrow('Missing code parameter.')
  expect(() =>
    tokenRequest(fields(['grant_type', 'authorization_code'], ['code', 'c'], ['client_id', 'a'], ['client_id', 'b'])),
  ).toThrow('Duplicate client_id parameter.')
})

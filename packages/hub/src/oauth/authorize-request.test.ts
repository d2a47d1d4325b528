import { describe, expect, test } from 'vitest'
import { checkedRedirectUri, clientParameters, grantParameters, withQuery } from './authorize-request.js'

const query = (text: string): URLSearchParams => new URLSearchParams(text)

describe('who asks', () => {
  test.each(['client_id', 'response_type', 'redirect_uri', 'scope', 'state'])('%s given twice is refused', (name) => {
    expect(() => clientParameters(query(`client_id=a&${name}=a&${name}=b`))).toThrow(`Duplicate ${name} parameter.`)
  })

  test.each(['', 'client_id='])('a request without client is refused (%j)', (text) => {
    expect(() => clientParameters(query(text))).toThrow('Missing client_id parameter.')
  })
})

describe('the redirect URI', () => {
  const registered = 'https://hub.example.com/services/x/oauth_callback'

  test('left out means the registered one', () => {
    expect(checkedRedirectUri(undefined, registered)).toBe(registered)
  })

  test('may be a bare path, as servers register theirs', () => {
    expect(checkedRedirectUri('/user/ada/oauth_callback', '/user/ada/oauth_callback')).toBe('/user/ada/oauth_callback')
  })

  test.each([
    'https://evil.example.com/services/x/oauth_callback',
    'https://hub.example.com/services/x/oauth_callback/',
    'https://hub.example.com/services/x/oauth_callback?x=1',
    'https://hub.example.com/services/x/../x/oauth_callback',
    'https://hub.example.com:443/services/x/oauth_callback',
    'HTTPS://hub.example.com/services/x/oauth_callback',
    'https://hub.example.com@evil.example.com/services/x/oauth_callback',
    '/services/x/oauth_callback',
  ])('must be the registered one byte for byte, which %s is not', (asked) => {
    expect(() => checkedRedirectUri(asked, registered)).toThrow('Mismatching redirect URI.')
  })

  test.each(['', 'relative', 'javascript:alert(1)', 'hub.example.com/x'])('%j is none', (asked) => {
    expect(() => checkedRedirectUri(asked, registered)).toThrow('Invalid redirect URI.')
  })
})

describe('what is asked for', () => {
  test('scopes are words; a challenge without method is plain', () => {
    expect(grantParameters(query('response_type=code&scope=self++x&code_challenge=abc'), false)).toEqual({
      scopes: ['self', 'x'],
      challenge: { value: 'abc', method: 'plain' },
    })
  })

  test('a method without challenge is ignored; an empty scope asks for nothing in particular', () => {
    expect(grantParameters(query('response_type=code&scope=&code_challenge_method=nonsense'), false)).toEqual({
      scopes: undefined,
      challenge: undefined,
    })
  })

  test.each([
    ['', false, 'invalid_request', 'Missing response_type parameter.'],
    ['response_type=token', false, 'unsupported_response_type', undefined],
    ['response_type=code', true, 'invalid_request', 'Code challenge required.'],
    [
      'response_type=code&code_challenge=a&code_challenge_method=s256',
      false,
      'invalid_request',
      'Transform algorithm not supported.',
    ],
    [`response_type=code&code_challenge=${'a'.repeat(256)}`, false, 'invalid_request', undefined],
    ['response_type=code&code_challenge=a%00b', false, 'invalid_request', undefined],
  ])('%s is reported to the client', (text, requirePkce, error, description) => {
    const found = (() => {
      try {
        return grantParameters(query(text), requirePkce)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(found).toMatchObject({ error, ...(description === undefined ? {} : { description }) })
  })
})

test('parameters are added to the query a URI has, escaped', () => {
  expect(withQuery('/cb', { code: 'a', state: undefined })).toBe('/cb?code=a')
  expect(withQuery('https://x/cb?a=1', { state: 'ü &=#\r\n' })).toBe('https://x/cb?a=1&state=%C3%BC%20%26%3D%23%0D%0A')
  expect(withQuery('/cb?', { code: 'a' })).toBe('/cb?code=a')
})

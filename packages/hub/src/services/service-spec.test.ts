import { describe, expect, test } from 'vitest'
import { readServiceRequest, readServiceSpecs } from './service-spec.js'

const read = (...specs: object[]) => readServiceSpecs(specs)

describe('a configured service', () => {
  test('needs nothing but a name', () => {
    expect(read({ name: 'plain' })).toEqual([
      {
        name: 'plain',
        isAdmin: false,
        url: '',
        apiToken: '',
        info: {},
        display: true,
        timeoutSeconds: 30,
        command: [],
        cwd: '',
        environment: {},
        user: '',
        oauth: undefined,
        oauthClientAllowedScopes: [],
        oauthRoles: [],
      },
    ])
  })

  test.each([
    ['without a name', [{ url: 'http://127.0.0.1:1' }], 'name'],
    ['with a field that there is not', [{ name: 'x', colour: 'red' }], 'colour'],
    ['with a URL of another scheme', [{ name: 'x', url: 'ftp://host' }], 'http or https'],
    ['with a client id of another kind', [{ name: 'x', oauth_client_id: 'x', oauth_redirect_uri: '/y' }], 'service-'],
    ['with OAuth, and nowhere to come back to', [{ name: 'x', oauth_client_id: 'service-x' }], 'oauth_redirect_uri'],
    ['with a confirmation left out of no OAuth', [{ name: 'x', oauth_no_confirm: true }], 'oauth_redirect_uri'],
    ['twice', [{ name: 'x' }, { name: 'x' }], 'two services'],
  ])('is refused %s', (_, specs, problem) => {
    expect(() => read(...specs)).toThrow(problem)
  })

  test('may name its command in one word', () => {
    expect(read({ name: 'x', command: 'culler' })[0]?.command).toEqual(['culler'])
  })

  test('is an OAuth client by its URL, or by any field about that', () => {
    expect(read({ name: 'x', url: 'http://host' })[0]?.oauth).toEqual({
      clientId: 'service-x',
      redirectUri: '',
      skipsConfirmation: false,
      isExplicit: false,
    })
    expect(read({ name: 'x', oauth_redirect_uri: 'https://host/back' })[0]?.oauth).toMatchObject({
      redirectUri: 'https://host/back',
      isExplicit: true,
    })
  })
})

test('one asked for over the API goes by the name of the path, and its mistakes are the caller’s', () => {
  expect(readServiceRequest('real', { name: 'other' }).name).toBe('real')
  expect(() => readServiceRequest('x', { url: 'ftp://host' })).toThrow(expect.objectContaining({ status: 400 }))
  expect(() => readServiceRequest('x', { oauth_no_confirm: true })).toThrow(expect.objectContaining({ status: 400 }))
})

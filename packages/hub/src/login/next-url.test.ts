import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultNextUrl, safeNextUrl, withQuery } from './next-url.js'

const own = { protocol: 'http', host: '127.0.0.1:8000' } as const
const HOST = 'http://127.0.0.1:8000'

describe('next', () => {
  test.each([
    '/hub/admin',
    '/user/other',
    '/absolute',
    '/has?query#andhash',
    '/has?repo=https://host.git',
    '/has#repo=https://host.git',
  ])('%s is kept', (next) => expect(safeNextUrl(next, own)).toBe(next))

  test.each([
    'relative/path',
    'https://other.domain',
    'ftp://other.domain',
    '//other.domain',
    '///other.domain/triple',
    '\\\\other.domain/backslashes',
    'javascript:alert(1)',
    'http:/x',
    '',
    '/\t/other.domain',
    '\n//other.domain',
    '//',
    'https://127.0.0.1:8000/other-scheme',
    'http://127.0.0.1:8000.evil/x',
    'http://127.0.0.1:8000@evil/x',
  ])('%j is dropped', (next) => expect(safeNextUrl(next, own)).toBeUndefined())

  test.each(['/', '//', '///', '////'])('own origin, then %sother.domain/, is a path', (slashes) => {
    expect(safeNextUrl(`${HOST}${slashes}other.domain/`, own)).toBe('/other.domain/')
  })

  test.each([
    [HOST, '/'],
    [`${HOST}/a?b#c`, '/a?b#c'],
    ['//127.0.0.1:8000/a', '/a'],
    ['/\\other', '/%5Cother'],
  ])('%s becomes %s', (next, path) => expect(safeNextUrl(next, own)).toBe(path))

  test('hosts below the subdomain host are ours', () => {
    const subdomains = { ...own, subdomainHost: 'hub.example.com' }
    expect(safeNextUrl('https://alice.hub.example.com/x', subdomains)).toBe('/x')
    expect(safeNextUrl('https://hub.example.com/x', subdomains)).toBe('/x')
    expect(safeNextUrl('https://hub.example.com.evil/', subdomains)).toBeUndefined()
    expect(safeNextUrl('https://evilhub.example.com/', subdomains)).toBeUndefined()
  })

  test('never leads a browser to another host', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      'http:',
      'https:',
      'evil.example',
      '@',
      '\t',
      '\n',
      ' ',
      '?',
      '#',
      '..',
      HOST,
      '%5C',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const next = safeNextUrl(parts.join(''), own)
        if (next !== undefined) expect(new URL(next, HOST).origin).toBe(HOST)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the default target', () => {
  const target = { hubPrefix: '/hub/', redirectToServer: true, query: new URLSearchParams() }
  const user = { serverUrl: '/user/ada/', isServerActive: true }

  test('is the own server if it is up, else the way to start it', () => {
    expect(defaultNextUrl({ ...target, user })).toBe('/user/ada/')
    expect(defaultNextUrl({ ...target, user: { ...user, isServerActive: false } })).toBe('/hub/spawn')
    expect(defaultNextUrl({ ...target, user, redirectToServer: false })).toBe('/hub/home')
    expect(defaultNextUrl(target)).toBe('/hub/home')
  })

  test('can be set for all, and by the page', () => {
    expect(defaultNextUrl({ ...target, user, configured: '/custom' })).toBe('/custom')
    expect(defaultNextUrl({ ...target, user, configured: '' })).toBe('/user/ada/')
    expect(defaultNextUrl({ ...target, user, configured: '/custom', pageDefault: '/page' })).toBe('/page')
  })

  test('takes the arguments of the request along, but not those of the hub', () => {
    const query = new URLSearchParams('next=/x&_xsrf=t&repo=a b&repo=c')
    expect(defaultNextUrl({ ...target, query })).toBe('/hub/home?repo=a+b&repo=c')
    expect(withQuery('/a?b=c#d', new URLSearchParams('e=f'))).toBe('/a?b=c&e=f#d')
    expect(withQuery('/a', new URLSearchParams('next=/x'))).toBe('/a')
  })
})

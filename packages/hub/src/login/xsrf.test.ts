import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  anonymousId,
  anonymousIdSettings,
  expectedXsrfToken,
  makeXsrfToken,
  mayStoreXsrfToken,
  needsXsrfCheck,
  readXsrfToken,
  sentXsrfToken,
  xsrfId,
  xsrfProblem,
  type XsrfRequest,
} from './xsrf.js'

const key = { secret: Buffer.from('s'.repeat(32)), nowMs: 1_700_000_000_000 }
const later = { ...key, nowMs: key.nowMs + 1000 }
const day = 24 * 60 * 60 * 1000

describe('the id a token signs', () => {
  test('is made of session and user, or of session and browser', () => {
    expect(xsrfId({ kind: 'user', sessionId: 's', cookieId: 'c' })).toBe('s:c')
    expect(xsrfId({ kind: 'anonymous', sessionId: 's', anonymousId: 'a' })).toBe('s:a')
    expect(xsrfId({ kind: 'anonymous', sessionId: undefined, anonymousId: 'a' })).toBe('None:a')
    expect(xsrfId({ kind: 'service' })).toBe(':')
  })

  test('of a browser comes from its address and user agent', () => {
    const id = anonymousId({ ip: '127.0.0.1', headers: { 'user-agent': 'Lynx' } }, anonymousIdSettings({}))
    const hash = createHash('sha256').update('127.0.0.1Lynx').update(Buffer.of(0xff)).digest('base64')
    expect(id).toBe(hash.replaceAll('+', '-').replaceAll('/', '_'))
    expect(id).toMatch(/=$/)
  })

  test('is the same for all addresses of a configured network', () => {
    const settings = anonymousIdSettings({
      JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS: '10.0.0.0/8; fd00::/8',
      JUPYTERHUB_XSRF_ANONYMOUS_ID_HEADERS: 'User-Agent;Accept-Language',
    })
    const id = (ip: string, language = 'de') => anonymousId({ ip, headers: { 'accept-language': language } }, settings)
    expect(id('10.1.2.3')).toBe(id('10.9.9.9'))
    expect(id('fd00::1')).toBe(id('fd12::2'))
    expect(id('10.1.2.3')).not.toBe(id('11.1.2.3'))
    expect(id('10.1.2.3')).not.toBe(id('10.1.2.3', 'fr'))
    expect(id('not an address')).not.toBe(id('10.1.2.3'))
  })

  test('needs networks that are some', () => {
    expect(() => anonymousIdSettings({ JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS: '10.0.0.0/99' })).toThrow(/10\.0\.0\.0\/99/)
  })
})

describe('a token', () => {
  test('is URL-safe, holds its id, and dies after 31 days', () => {
    const token = makeXsrfToken('s:c', key)
    expect(token).toMatch(/^[\w-]+$/)
    expect(readXsrfToken(token, { ...key, nowMs: key.nowMs + 31 * day })).toBe('s:c')
    expect(readXsrfToken(token, { ...key, nowMs: key.nowMs + 32 * day })).toBeUndefined()
  })

  test('in the cookie is expected when it belongs to the request', () => {
    const token = makeXsrfToken('s:c', key)
    expect(expectedXsrfToken(`a=b; _xsrf=${token}`, 's:c', later)).toEqual({ token, isFresh: false })
  })

  test('of somebody else is replaced', () => {
    const token = makeXsrfToken('s:other', key)
    const expected = expectedXsrfToken(`_xsrf=${token}`, 's:c', later)
    expect(expected).toEqual({ token: makeXsrfToken('s:c', later), isFresh: true })
    expect(expectedXsrfToken(undefined, 's:c', later)).toEqual(expected)
  })

  test('is looked for behind cookies of servers, up to the first of ours', () => {
    const [mine, old] = [makeXsrfToken('s:c', key), makeXsrfToken('s:old', key)]
    const plain = '2|0a1b2c3d|5f4c1d2e|1700000000'
    expect(expectedXsrfToken(`_xsrf=${plain}; _xsrf="${mine}"`, 's:c', later).token).toBe(mine)
    expect(expectedXsrfToken(`_xsrf=${old}; _xsrf=${mine}`, 's:c', later).isFresh).toBe(true)
  })

  test('is stored for pages, not for what scripts fetch', () => {
    expect([undefined, 'navigate', 'cors', 'no-cors'].map(mayStoreXsrfToken)).toEqual([true, true, false, false])
  })
})

describe('a check is needed', () => {
  const needs = (change: Partial<XsrfRequest>) =>
    needsXsrfCheck({
      method: 'GET',
      secFetchMode: undefined,
      secFetchSite: undefined,
      hasOrigin: false,
      caller: 'cookie',
      target: 'api',
      ...change,
    })

  test.each<Partial<XsrfRequest>>([
    { method: 'POST' },
    { method: 'PUT', secFetchMode: 'navigate' },
    { method: 'DELETE', target: 'page' },
    { secFetchMode: 'cors' },
    { secFetchMode: 'same-origin' },
    { secFetchMode: 'no-cors', secFetchSite: 'cross-site' },
    { method: 'POST', caller: 'anonymous', hasOrigin: true },
    { method: 'POST', caller: 'anonymous', target: 'page' },
  ])('for %j', (request) => expect(needs(request)).toBe(true))

  test.each<Partial<XsrfRequest>>([
    { method: 'POST', caller: 'token' },
    { secFetchMode: 'websocket' },
    {},
    { secFetchMode: 'navigate' },
    { secFetchMode: 'no-cors', secFetchSite: 'same-origin' },
    { method: 'HEAD', secFetchMode: 'cors' },
    { method: 'OPTIONS', secFetchMode: 'cors' },
    { secFetchMode: 'cors', target: 'page' },
    { method: 'POST', caller: 'anonymous' },
    { secFetchMode: 'cors', caller: 'anonymous' },
  ])('not for %j', (request) => expect(needs(request)).toBe(false))
})

describe('what a request shows', () => {
  test('is the argument, else the first of two headers', () => {
    const headers = { 'x-xsrftoken': 'x', 'x-csrftoken': 'c' }
    expect(sentXsrfToken('a', headers)).toBe('a')
    expect(sentXsrfToken('', headers)).toBe('x')
    expect(sentXsrfToken(undefined, { ...headers, 'x-xsrftoken': '' })).toBe('c')
    expect(sentXsrfToken(undefined, {})).toBeUndefined()
  })

  test('is refused in the words of the reference hub', () => {
    expect(xsrfProblem('POST', undefined, 't')).toBe("'_xsrf' argument missing from POST")
    expect(xsrfProblem('GET', 'x', 't')).toBe('XSRF cookie does not match GET argument')
    expect(xsrfProblem('POST', '\ud800', 't')).toBe("'_xsrf' argument invalid")
    expect(xsrfProblem('POST', 't', 't')).toBeUndefined()
  })
})

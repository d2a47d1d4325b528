import { describe, expect, test } from 'vitest'
import { cookieValues } from './cookie-header.js'
import { type CookieSettings, readLoginMark, SessionCookies } from './session-cookies.js'

const nowMs = 1_700_000_000_000
const http = { protocol: 'http', nowMs } as const
const https = { protocol: 'https', nowMs } as const
const day = 24 * 60 * 60 * 1000

const cookies = (change: Partial<CookieSettings> = {}) =>
  new SessionCookies({
    secret: Buffer.from('s'.repeat(32)),
    baseUrl: '/base/',
    hubPrefix: '/base/hub/',
    hostPrefix: false,
    maxAgeDays: 14,
    ...change,
  })

const attributes = (header: string) => header.split('; ').slice(1)
const pair = (header: string) => header.split(';', 1)[0] ?? ''

describe('cookies of the hub', () => {
  test('the session id spans the hub and its servers, for this session of the browser', () => {
    expect(cookies().setSessionId('abc', http)).toBe('jupyterhub-session-id=abc; Path=/base/; HttpOnly')
    expect(attributes(cookies({ domain: 'hub.example.com' }).setSessionId('abc', https))).toEqual([
      'Domain=hub.example.com',
      'Path=/base/',
      'HttpOnly',
      'Secure',
    ])
  })

  test('a session id that no hub can have made is none', () => {
    const id = '0a1b2c3d'
    expect(cookies().readSessionIds(`a=b; jupyterhub-session-id=${id}`)).toEqual([id])
    expect(cookies().readSessionIds(`jupyterhub-session-id=${'x'.repeat(65)}`)).toEqual([])
    expect(cookies().readSessionIds('jupyterhub-session-id=')).toEqual([])
  })

  test('the login is kept for 30 days by the browser and accepted for 14', () => {
    const header = cookies().setLogin({ cookieId: 'id' }, http)
    expect(attributes(header)).toEqual([
      'Path=/base/hub/',
      `Expires=${new Date(nowMs + 30 * day).toUTCString()}`,
      'HttpOnly',
    ])
    expect(cookies().readLogin(pair(header), nowMs + 14 * day)).toEqual({ state: 'valid', cookieId: 'id' })
    expect(cookies().readLogin(pair(header), nowMs + 15 * day)).toEqual({ state: 'invalid' })
    expect(cookies().readLogin('other=1', nowMs)).toEqual({ state: 'absent' })
  })

  test('the login names the session it was made in; one that JupyterHub made names none', () => {
    const header = cookies().setLogin({ cookieId: 'id', sessionId: '0a1b2c3d' }, http)
    expect(cookies().readLogin(pair(header), nowMs)).toEqual({ state: 'valid', cookieId: 'id', sessionId: '0a1b2c3d' })
    expect(readLoginMark('id')).toEqual({ cookieId: 'id' })
    for (const nonsense of ['', ':', ':0a1b2c3d', 'id:', 'id:short', 'id:0a1b2c3d:0a1b2c3d'])
      expect(readLoginMark(nonsense)).toBeUndefined()
  })

  test('a login in quotes, as the reference hub sends it, is accepted', () => {
    const value = pair(cookies().setLogin({ cookieId: 'id' }, http))
      .split('=')
      .slice(1)
      .join('=')
    expect(cookies().readLogin(`jupyterhub-hub-login="${value}"`, nowMs)).toEqual({ state: 'valid', cookieId: 'id' })
  })

  test('the XSRF token can be read by scripts', () => {
    expect(cookies().setXsrf('t', { anonymous: false }, https)).toBe('_xsrf=t; Path=/base/hub/')
    expect(cookies().setXsrf('t', { anonymous: true }, https)).toBe('_xsrf=t; Max-Age=3600; Path=/base/hub/')
  })

  test('a configured public URL decides on Secure, not the request', () => {
    expect(attributes(cookies({ publicScheme: 'https' }).setLogin({ cookieId: 'id' }, http))).toContain('Secure')
    expect(attributes(cookies({ publicScheme: 'http' }).setLogin({ cookieId: 'id' }, https))).not.toContain('Secure')
  })

  test('configured options are merged in; the path of the XSRF cookie stays', () => {
    const options = { samesite: 'Strict', expires_days: 1, path: '/elsewhere/' } as const
    const hub = cookies({ cookieOptions: options })
    expect(attributes(hub.setSessionId('a', http))).toEqual([
      'Path=/elsewhere/',
      `Expires=${new Date(nowMs + day).toUTCString()}`,
      'HttpOnly',
      'SameSite=Strict',
    ])
    expect(attributes(hub.setXsrf('t', { anonymous: false }, http))).toContain('Path=/base/hub/')
    const own = cookies({ cookieOptions: options, xsrfCookieOptions: { secure: true } })
    expect(own.setXsrf('t', { anonymous: false }, http)).toBe('_xsrf=t; Path=/base/hub/; Secure')
  })

  test('with the host prefix the login is bound to this very host', () => {
    const hub = cookies({ hostPrefix: true, cookieOptions: { domain: 'example.com', path: '/x' } })
    const header = hub.setLogin({ cookieId: 'id' }, http)
    expect(pair(header)).toMatch(/^__Host-jupyterhub-hub-login=/)
    expect(attributes(header)).toEqual(expect.arrayContaining(['Path=/', 'Secure']))
    expect(header).not.toContain('Domain')
    expect(attributes(hub.clearLogin(http))).toEqual(expect.arrayContaining(['Path=/', 'Secure']))
    expect(hub.readLogin(pair(header), nowMs).state).toBe('valid')
    expect(cookies().readLogin(pair(header), nowMs).state).toBe('absent')
  })

  test('a logout deletes all of them where they were set', () => {
    const cleared = cookies({ domain: 'hub.example.com' }).clearAll(http)
    expect(cleared.map(pair)).toEqual([
      'jupyterhub-session-id=',
      'jupyterhub-hub-login=',
      'jupyterhub-services=',
      '_xsrf=',
    ])
    for (const header of cleared) expect(header).toMatch(/Expires=\w{3}, \d\d \w{3} 2022/)
    expect(cleared[0]).toContain('Domain=hub.example.com; Path=/base/;')
  })
})

describe('a Cookie header', () => {
  test('may hold a name several times', () => {
    expect(cookieValues('_xsrf=1; a=b;_xsrf="2|x"; _xsrf ; _xsrf=', '_xsrf')).toEqual(['1', '2|x', ''])
    expect(cookieValues('a="q\\"\\054"', 'a')).toEqual(['q",'])
    expect(cookieValues(undefined, 'a')).toEqual([])
  })
})

import { expect, test } from 'vitest'
import { scrubUrl } from './access-log.js'

test.each([
  ['/hub/login', '/hub/login'],
  ['/hub/accept-share?code=abc&next=/user/ada/', '/hub/accept-share?code=[secret]&next=/user/ada/'],
  ['/hub/api/users?_xsrf=abc&limit=2', '/hub/api/users?_xsrf=[secret]&limit=2'],
  ['/hub/api/authorizations/token/abc', '/hub/api/authorizations/token/[secret]'],
])('%s is logged as %s', (url, logged) => {
  expect(scrubUrl(url)).toBe(logged)
})

test('secrets of a URL inside another, however deep, are not logged', () => {
  const login = (next: string) => `/hub/login?next=${encodeURIComponent(next)}`
  const accept = '/hub/accept-share?code=abc&next=%2Fuser%2Fada%2F'
  for (const url of [login(accept), login(login(accept)), `/hub/spawn?next=${accept}`]) {
    expect(scrubUrl(url)).not.toContain('abc')
    expect(scrubUrl(url)).toContain('accept-share')
  }
  expect(scrubUrl('/hub/login?next=%E0%A4%A?code=abc')).not.toContain('abc')
})

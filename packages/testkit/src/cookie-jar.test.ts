import { expect, test } from 'vitest'
import { CookieJar } from './cookie-jar.js'

test('a cookie is sent below its path only, the longest path first', () => {
  const jar = new CookieJar()
  jar.store('_xsrf=hub; Path=/hub/', '/hub/login')
  jar.store('_xsrf=server; Path=/user/ada/; HttpOnly', '/user/ada/lab')
  jar.store('session="2|1:0|x"; Path=/', '/hub/login')
  expect(jar.header('/user/ada/api')).toBe('_xsrf=server; session="2|1:0|x"')
  expect(jar.header('/hub/home')).toBe('_xsrf=hub; session="2|1:0|x"')
  expect(jar.header('/hubbub')).toBe('session="2|1:0|x"')
})

test('a cookie that has expired is forgotten, and one set again replaces the first', () => {
  const jar = new CookieJar()
  jar.store('a=1; Path=/; Max-Age=60', '/', 0)
  expect(jar.header('/', 59_000)).toBe('a=1')
  expect(jar.header('/', 61_000)).toBe('')
  jar.store('a=2; Path=/', '/')
  jar.store('a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', '/')
  expect(jar.names()).toEqual([])
})

test('without a path a cookie belongs to the folder of the request', () => {
  const jar = new CookieJar()
  jar.store('a=1', '/user/ada/lab')
  expect(jar.names()).toEqual(['a /user/ada'])
})

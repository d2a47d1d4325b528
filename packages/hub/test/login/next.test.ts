import { expect, test } from 'vitest'
import { startIdentityApp } from './identity-app.js'

test('after the login, the browser goes nowhere but to this hub', async () => {
  await using app = await startIdentityApp()
  const host = new URL(app.origin).host
  const none = '/hub/spawn'
  const cases: [string, string][] = [
    ['/hub/admin', '/hub/admin'],
    ['/user/other', '/user/other'],
    ['/absolute', '/absolute'],
    ['/has?query#andhash', '/has?query#andhash'],
    ['/has?repo=https://host.git', '/has?repo=https://host.git'],
    ['/has#repo=https://host.git', '/has#repo=https://host.git'],
    ['relative/path', none],
    ['https://other.domain', none],
    ['ftp://other.domain', none],
    ['//other.domain', none],
    ['///other.domain/triple', none],
    ['\\\\other.domain/backslashes', none],
    ['\\/other.domain', none],
    ['/\\other', '/%5Cother'],
    ['/\t/other.domain', none],
    ['/\n/other.domain', none],
    ['\t//other.domain', none],
    ['javascript:alert(1)', none],
    ['http:/x', none],
    [`http://${host}@other.domain/`, none],
    [`http://${host}.other.domain/`, none],
    [`http://${host}/other.domain/`, '/other.domain/'],
    [`http://${host}//other.domain/`, '/other.domain/'],
    [`http://${host}///other.domain/`, '/other.domain/'],
    [`http://${host}////other.domain/`, '/other.domain/'],
    [`//${host}/other.domain/`, '/other.domain/'],
    [`//${host}//other.domain/`, '/other.domain/'],
    [`http://${host}`, '/'],
  ]
  for (const [next, expected] of cases) {
    const page = await app.browser().login('ada', 'right', { next, follow: false })
    expect([next, page.status, page.location]).toEqual([next, 302, expected])
  }
  expect(app.log.filter((line) => line.event === 'Disallowing redirect outside JupyterHub').length).toBeGreaterThan(5)
})

test('a line break in next makes no header of its own', async () => {
  await using app = await startIdentityApp()
  const page = await app
    .browser()
    .login('ada', 'right', { next: '/x\r\nSet-Cookie: evil=1\r\n\r\n<script>', follow: false })
  expect(page.status).toBe(302)
  expect(page.location).toMatch(/^\/x/)
  expect(page.location).not.toMatch(/[\r\n ]/)
  expect([page.headers['set-cookie'] ?? []].flat().some((cookie) => cookie.startsWith('evil'))).toBe(false)
})

test('with a public URL, that is the own origin, and the Host header is not', async () => {
  await using app = await startIdentityApp({ publicUrl: 'https://hub.example.com/' })
  const to = async (next: string) => (await app.browser().login('ada', 'right', { next, follow: false })).location
  expect(await to('https://hub.example.com/x')).toBe('/x')
  expect(await to(`${app.origin}/x`)).toBe('/hub/spawn')
})

test("hosts of users are the hub's own with subdomains, and look-alikes are not", async () => {
  await using app = await startIdentityApp({
    publicUrl: 'https://hub.example.com/',
    settings: { subdomainHost: 'hub.example.com' },
  })
  const to = async (next: string) => (await app.browser().login('ada', 'right', { next, follow: false })).location
  expect(await to('https://alice.hub.example.com/x')).toBe('/x')
  expect(await to('https://hub.example.com.evil/')).toBe('/hub/spawn')
  expect(await to('https://evilhub.example.com/')).toBe('/hub/spawn')
})

test('without next: default_url, else the own server if it runs, else where it is started, else home', async () => {
  const active = new Set<number>()
  await using app = await startIdentityApp({ activeDefaultServers: active })
  const to = async (name: string, query = '') => {
    const browser = await app.loggedIn(name)
    return (await browser.get(`/hub/login${query}`, { follow: false })).location
  }
  expect(await to('ada')).toBe('/hub/spawn')
  expect(await to('ada', '?keep=yes&_xsrf=gone&next=')).toBe('/hub/spawn?keep=yes')
  active.add((await app.user('bob@x y')).id)
  expect(await to('bob@x y')).toBe('/user/bob@x%20y/')
  expect(await to('ada', '?next=/hub/home&lost=yes')).toBe('/hub/home')
})

test('default_url wins over the own server; without redirect_to_server it is the home page', async () => {
  await using withDefault = await startIdentityApp({ settings: { defaultUrl: () => '/hub/home#x' } })
  expect((await withDefault.browser().login('ada', 'right', { follow: false })).location).toBe('/hub/home#x')
  await using home = await startIdentityApp({ settings: { redirectToServer: false } })
  expect((await home.browser().login('ada', 'right', { follow: false })).location).toBe('/hub/home')
})

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Browser, findVenv, freePort, type Page } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const venv = findVenv()
const program = fileURLToPath(new URL('fixtures/who-visits.py', import.meta.url))

interface Model {
  readonly kind: string
  readonly name: string
  readonly scopes: readonly string[]
}

describe.skipIf(venv === undefined)('a service in Python, with JupyterHub’s own client', () => {
  let hub: HubInProcess
  beforeAll(async () => {
    const command = [join(venv ?? '', 'bin/python'), program]
    hub = await startHubInProcess({
      config: {
        JupyterHub: {
          services: [
            { name: 'asks', url: `http://127.0.0.1:${await freePort()}`, command },
            { name: 'trusted', url: `http://127.0.0.1:${await freePort()}`, command, oauth_no_confirm: true },
            { name: 'caller', api_token: 'caller-token-0123456789' },
          ],
        },
      },
    })
    await hub.role('visitors', ['self', 'access:services'])
    await hub.user('ada', ['visitors'])
    await hub.user('stranger', ['user'])
  }, 60_000)
  afterAll(() => hub[Symbol.asyncDispose]())

  /** Through the proxy, as browsers come. */
  const visit = async (name: string, path: string): Promise<{ browser: Browser; page: Page }> => {
    const browser = new Browser(hub.proxyOrigin)
    await browser.login(name, 'any', { follow: false })
    return { browser, page: await browser.get(path) }
  }
  const withToken = (path: string, token: string): Promise<Page> =>
    new Browser(hub.proxyOrigin).get(path, { headers: { authorization: `token ${token}` }, follow: false })

  test('sends strangers to log in', async () => {
    const page = await new Browser(hub.proxyOrigin).get('/services/asks/')
    expect([page.status, page.path.split('?')[0]]).toEqual([200, '/hub/login'])
  })

  test('is told who its visitor is, once they have agreed', async () => {
    const { browser, page } = await visit('ada', '/services/asks/some/page')
    expect(page.path).toMatch(/^\/hub\/api\/oauth2\/authorize/)
    const answer = await browser.submit(page, page.formWith('scopes'))
    expect(answer.path).toBe('/services/asks/some/page')
    expect(answer.json<Model>()).toMatchObject({ kind: 'user', name: 'ada', groups: [], admin: false })
    expect(answer.json<Model>().scopes).toContain('access:services!service=asks')

    // The next time there is nothing left to ask.
    const again = await visit('ada', '/services/asks/')
    expect(again.page.json<Model>().name).toBe('ada')
  })

  test('asks nobody when the administrator vouches for it', async () => {
    const { page } = await visit('ada', '/services/trusted/')
    expect(page.path).toBe('/services/trusted/')
    expect(page.json<Model>().name).toBe('ada')
  })

  test('is closed to those without the scope', async () => {
    const { page } = await visit('stranger', '/services/trusted/')
    expect(page.status).toBe(403)
    expect(page.path).toMatch(/^\/hub\/api\/oauth2\/authorize/)
  })

  test('takes tokens that may enter, of people and of other services, and sets no cookies then', async () => {
    const { id: userId } = await hub.user('bob', ['visitors'])
    const enter = (...scopes: string[]) =>
      hub.token({ userId }, scopes).then((token) => withToken('/services/asks/', token))
    expect((await enter('access:services')).json<Model>().name).toBe('bob')
    const page = await enter('access:services!service=asks')
    expect(page.status).toBe(200)
    expect(page.headers['set-cookie']).toBeUndefined()
    expect((await enter('access:services!service=trusted')).status).toBe(403)
    expect((await enter('access:servers!user=bob')).status).toBe(403)
    expect((await enter()).status).toBe(403)

    expect((await withToken('/services/asks/', 'caller-token-0123456789')).status).toBe(403)
    await hub.give('visitors', 'services', 'caller')
    const other = await hub.token({ serviceId: await hub.serviceId('caller') })
    expect((await withToken('/services/asks/', other)).json()).toMatchObject({ kind: 'service', name: 'caller' })
  })

  test('takes no token from the address', async () => {
    const { id: userId } = await hub.user('cleo', ['visitors'])
    const token = await hub.token({ userId })
    const page = await new Browser(hub.proxyOrigin).get(`/services/asks/?token=${token}`)
    expect(page.path.split('?')[0]).toBe('/hub/login')
  })

  test('lets nobody in any more who has lost the right to enter', async () => {
    const { id: userId } = await hub.user('dora', ['visitors'])
    const [before, after] = [await hub.token({ userId }), await hub.token({ userId })]
    expect((await withToken('/services/asks/', before)).status).toBe(200)
    await hub.role('visitors', ['self'])
    // The service remembers the first token for a while; the second one it has not seen.
    expect((await withToken('/services/asks/', after)).status).toBe(403)
    await hub.role('visitors', ['self', 'access:services'])
  })
})

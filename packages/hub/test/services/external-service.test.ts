import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Browser, findVenv, freePort, type Page, startChild, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'

const venv = findVenv()
const program = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const python = join(venv ?? '', 'bin/python')
const apiToken = 'outside-token-0123456789'

/** What somebody who runs a service of their own sets by hand. */
const environment = (hub: HubInProcess, more: Record<string, string>) => ({
  JUPYTERHUB_API_TOKEN: apiToken,
  // Upstream's documentation has it with and without the slash.
  JUPYTERHUB_API_URL: `${hub.origin}/hub/api/`,
  JUPYTERHUB_SERVICE_NAME: 'outside',
  JUPYTERHUB_SERVICE_PREFIX: '/services/outside/',
  ...more,
})

const withToken = (hub: HubInProcess, token: string): Promise<Page> =>
  new Browser(hub.proxyOrigin).get('/services/outside/', {
    headers: { authorization: `token ${token}` },
    follow: false,
  })

test.skipIf(venv === undefined)(
  'an external service with HubAuth knows its callers by their tokens',
  async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await using hub = await startHubInProcess({
      config: { JupyterHub: { services: [{ name: 'outside', url, api_token: apiToken }] } },
    })
    await using child = startChild({
      command: [python, program('who-calls.py')],
      env: environment(hub, { SERVICE_URL: url }),
    })
    await child.waitForLog(/listening/)
    const may = await hub.userWith('ada', ['self', 'access:services!service=outside'])
    expect((await withToken(hub, may)).json()).toMatchObject({ kind: 'user', name: 'ada', session_id: null })
    expect((await withToken(hub, await hub.userWith('stranger', ['self']))).status).toBe(403)
    expect((await withToken(hub, 'made-up')).status).toBe(403)
    // It has no page to send anybody to.
    expect((await new Browser(hub.proxyOrigin).get('/services/outside/', { follow: false })).status).toBe(403)
  },
  60_000,
)

test.skipIf(venv === undefined)(
  'an external service with HubOAuth lets people in by the hub’s login',
  async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await using hub = await startHubInProcess({
      config: { JupyterHub: { services: [{ name: 'outside', url, api_token: apiToken, oauth_no_confirm: true }] } },
    })
    await using child = startChild({
      command: [python, program('who-visits.py')],
      env: environment(hub, { JUPYTERHUB_SERVICE_URL: url, JUPYTERHUB_CLIENT_ID: 'service-outside' }),
    })
    await waitFor(async () => child.hasExited() || (await fetchStatus(url)) !== undefined, {
      deadlineMs: 30_000,
      what: 'an answer of the service',
    })
    await hub.role('visitors', ['self', 'access:services'])
    await hub.user('ada', ['visitors'])
    const browser = new Browser(hub.proxyOrigin)
    await browser.login('ada', 'any', { follow: false })
    const page = await browser.get('/services/outside/some/page')
    expect([page.status, page.path]).toEqual([200, '/services/outside/some/page'])
    expect(page.json()).toMatchObject({ kind: 'user', name: 'ada' })
    // Who logs out of the hub is not known to the service any more either.
    await browser.get('/hub/logout', { follow: false })
    const after = await browser.get('/services/outside/some/page')
    expect(after.path.split('?')[0]).toBe('/hub/login')
  },
  60_000,
)

async function fetchStatus(url: string): Promise<number | undefined> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => undefined,
  )
}

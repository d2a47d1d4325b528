import { expect } from 'vitest'
import { waitFor, type Browser, type HubProcess } from '../src/index.js'

/** One entry of `servers` in the REST API's user model: the part that tests look at. */
export interface ServerModel {
  readonly name: string
  readonly ready: boolean
  readonly pending: string | null
  readonly stopped?: boolean
  readonly url: string
  readonly started: string | null
  readonly last_activity: string | null
}

export interface UserModel {
  readonly name: string
  readonly admin: boolean
  readonly last_activity: string | null
  readonly servers: Readonly<Record<string, ServerModel>>
}

export async function userModel(hub: HubProcess, name: string): Promise<UserModel> {
  const page = await hub.api('GET', `/users/${encodeURIComponent(name)}`)
  expect(page.status, page.text).toBe(200)
  return page.json<UserModel>()
}

/** Adds users, so that they can be started through the API before their first login. */
export async function addUsers(hub: HubProcess, ...names: string[]): Promise<void> {
  const page = await hub.api('POST', '/users', { usernames: names })
  expect(page.status, page.text).toBe(201)
}

const serverPath = (user: string, server = ''): string =>
  `/users/${encodeURIComponent(user)}/${server === '' ? 'server' : `servers/${encodeURIComponent(server)}`}`

/** Asks for a start and does not wait for it. */
export async function requestStart(hub: HubProcess, user: string, server = ''): Promise<void> {
  const page = await hub.api('POST', serverPath(user, server))
  expect([201, 202], page.text).toContain(page.status)
}

export async function startServer(
  hub: HubProcess,
  user: string,
  server = '',
  deadlineMs = 60_000,
): Promise<ServerModel> {
  await requestStart(hub, user, server)
  return untilReady(hub, user, server, deadlineMs)
}

export async function untilReady(
  hub: HubProcess,
  user: string,
  server = '',
  deadlineMs = 60_000,
): Promise<ServerModel> {
  return waitFor(
    async () => {
      const model = (await userModel(hub, user)).servers[server]
      return model?.ready === true && model.pending === null && model
    },
    { deadlineMs, intervalMs: 50, what: `a ready server of ${user}` },
  )
}

export async function stopServer(hub: HubProcess, user: string, server = ''): Promise<void> {
  const page = await hub.api('DELETE', serverPath(user, server))
  expect([202, 204], page.text).toContain(page.status)
  await untilStopped(hub, user, server)
}

export async function untilStopped(hub: HubProcess, user: string, server = '', deadlineMs = 30_000): Promise<void> {
  await waitFor(
    async () => {
      const model = (await userModel(hub, user)).servers[server]
      return model === undefined || (!model.ready && model.pending === null)
    },
    { deadlineMs, intervalMs: 50, what: `the stop of the server of ${user}` },
  )
}

/** Waits until a server is neither starting nor stopping, and says which of the two ends it came to. */
export async function settled(hub: HubProcess, user: string, deadlineMs = 30_000): Promise<'ready' | 'stopped'> {
  return waitFor(
    async () => {
      const model = (await userModel(hub, user)).servers['']
      if (model === undefined) return 'stopped'
      if (model.pending !== null) return undefined
      return model.ready ? 'ready' : 'stopped'
    },
    { deadlineMs, intervalMs: 50, what: `a definite state of the server of ${user}` },
  )
}

/** What the miniature server answers with. */
export interface Seen {
  readonly user: string
  readonly server: string
  readonly pid: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

/** Asks a miniature server through the proxy; undefined where another answered. */
export async function ask(browser: Browser, path: string): Promise<Seen | undefined> {
  const page = await browser.get(path, { follow: false }).catch(() => undefined)
  if (page?.status !== 200 || !page.text.startsWith('{"user"')) return undefined
  return page.json<Seen>()
}

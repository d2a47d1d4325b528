import type { Log } from '@hub/api'
import type { Exchange } from '../http/exchange.js'
import { HubError, notFound } from '../http/hub-error.js'
import { setTimeout as delay } from 'node:timers/promises'
import type { PageCall, PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import { serverPath, serverUrl } from '../hub-urls.js'
import { loadUserFacts } from '../pages/user-facts.js'
import { notRunningView } from '../pages/views/server-views.js'
import * as userStore from '../users/user-store.js'
import type { PendingPageDeps } from './pending-page.js'
import { failureOf } from './pending-page.js'
import * as serverStore from './server-store.js'

export interface UserPageDeps extends PendingPageDeps {
  readonly allowNamedServers: boolean
  readonly implicitSpawnSeconds: number
  /** 424, or 503 for old JupyterLabs. */
  readonly stoppedStatus: 424 | 503
  /** How often a browser is sent back to a server that should be routed. */
  readonly redirectLimit: number
  readonly loginUrl: (exchange: Exchange) => string
  readonly log: Log
}

/** The start page of a server, which most links lead to, is nothing but a slash. */
const paths = ['/user/:user', '/user/:user/', '/user/:user/*rest'] as const

/** `user/U/…`: what the proxy sends to the hub because there is no route to the server. */
export function userServerPages(deps: UserPageDeps): PageRoute[] {
  return [
    {
      methods: ['get'],
      paths,
      visitor: 'anyone',
      credentials: 'any',
      run: (call) => visit(call, deps),
    },
    {
      methods: ['post', 'put', 'patch', 'delete'],
      paths,
      visitor: 'anyone',
      credentials: 'any',
      run: ({ params, exchange }) => Promise.resolve(notRunningJson(exchange, params['user'] ?? '', '', deps)),
    },
  ]
}

async function visit({ params, visitor, exchange }: PageCall, deps: UserPageDeps): Promise<Reply> {
  const userName = params['user'] ?? ''
  const rest = params['rest'] ?? ''
  if (visitor.kind === 'anonymous') return { redirect: deps.loginUrl(exchange) }
  const firstSegment = rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : ''
  const names = firstSegment === '' ? [''] : [firstSegment, '']
  const decisions = await Promise.all(
    names.map((name) =>
      deps.authorize(visitor, ['access:servers'], { kind: 'server', value: `${userName}/${name}` }, false),
    ),
  )
  const user = await userStore.findByName(deps.database.read, userName)
  if (user === undefined || !decisions.includes('granted'))
    throw notFound('No access to resources or resources not found')
  const named =
    deps.allowNamedServers && rest !== ''
      ? await serverStore.find(deps.database.read, user.id, rest.split('/', 1)[0] ?? '')
      : undefined
  const record = named ?? (await serverStore.find(deps.database.read, user.id, ''))
  const serverName = named?.name ?? ''
  if (record !== undefined && deps.servers.isReady(record)) return backToServer(record, exchange, deps)
  if (isApiRequest(exchange, rest)) return notRunningJson(exchange, userName, serverName, deps)
  const failure =
    record === undefined ? undefined : failureOf(record.life.failure, deps.servers.live.get(record.id)?.lastError)
  const next = `next=${encodeURIComponent(exchange.facts.url)}`
  if (record !== undefined && (deps.servers.pendingOf(record) !== null || failure !== undefined)) {
    return { redirect: `${deps.urls.hubPrefix}spawn-pending/${serverPath(userName, serverName)}?${next}`, status: 303 }
  }
  const forUser = await loadUserFacts(user, deps.userFacts)
  const view = notRunningView(
    { forUser, serverName, spawnQuery: next, implicitSpawnSeconds: deps.implicitSpawnSeconds },
    deps.urls,
  )
  return { status: deps.stoppedStatus, html: await deps.pages.render(exchange, 'not_running.html', view) }
}

/** The server is up, so its route has only just been added, or has been lost: back to it, each time a little later. */
async function backToServer(record: serverStore.ServerRecord, exchange: Exchange, deps: UserPageDeps): Promise<Reply> {
  const text = exchange.facts.query.get('redirects')
  const hops = text === null || !/^\d+$/.test(text) ? 0 : Number(text)
  if (hops >= deps.redirectLimit) throw new HubError('redirect_loop', 500, 'Redirect loop detected.')
  if (hops >= 1) {
    deps.log.warn('a server that is up is not routed; sending the browser back to it', {
      user: record.userName,
      server: record.name,
      hops,
    })
    await delay(Math.min(2 ** hops, 10) * 1_000, undefined, { signal: exchange.gone })
  }
  const query = new URLSearchParams(exchange.facts.query)
  query.set('redirects', String(hops + 1))
  const path = exchange.facts.path.slice(deps.urls.hubPrefix.length)
  const origin = deps.urls.subdomains?.originOf(record.userName, 'user') ?? ''
  const target = `${origin}${deps.urls.baseUrl}${path}`
  const prefix = serverUrl(deps.urls, record.userName, record.name)
  // Escapes may be spelled differently; the path as the browser sent it is what the server is to see.
  return { redirect: `${target.startsWith(prefix) || record.name === '' ? target : prefix}?${query.toString()}` }
}

/** Scripts of a page whose server is gone get an answer they can tell from the server's own. */
function notRunningJson(exchange: Exchange, userName: string, serverName: string, deps: UserPageDeps): Reply {
  const { facts } = exchange
  const path = `${deps.urls.baseUrl}${facts.path.slice(deps.urls.hubPrefix.length)}`
  deps.log.debug('Failing suspected API request to not-running server', { path })
  const origin = deps.urls.publicOrigin === '' ? `${facts.protocol}://${facts.host}` : deps.urls.publicOrigin
  const restart = `${origin}${deps.urls.hubPrefix}spawn/${serverPath(userName, serverName)}`
  return {
    status: deps.stoppedStatus,
    json: { message: `JupyterHub server no longer running at ${path}. Restart the server at ${restart}` },
  }
}

/** JSON is asked for before HTML, or the path is one of an API. */
function isApiRequest({ facts }: Exchange, rest: string): boolean {
  if (rest.split('/').includes('api')) return true
  const ranked = (facts.headers.accept ?? '')
    .split(',')
    .map((part, index) => {
      const [type = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase())
      const quality = Number(params.find((param) => param.startsWith('q='))?.slice(2) ?? 1)
      return { type, quality: Number.isNaN(quality) ? 0 : quality, index }
    })
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
  return ranked.find(({ type }) => type === 'application/json' || type === 'text/html')?.type === 'application/json'
}

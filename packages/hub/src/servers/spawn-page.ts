import type { JsonObject } from '@hub/api'
import type { SpawnForm } from '@hub/spawner'
import type { Sql } from '../database/index.js'
import type { Exchange } from '../http/exchange.js'
import type { FormFields } from '../http/form-body.js'
import { badRequest, HubError, publicError } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import type { UserVisitor } from '../http/visitor.js'
import { serverPath, serverUrl } from '../hub-urls.js'
import { loadUserFacts, serverFacts } from '../pages/user-facts.js'
import { spawnFormView } from '../pages/views/server-views.js'
import type { User } from '../users/user-store.js'
import { admitNamedServer, type NamedServerSettings } from './admission.js'
import { createServerRow } from './find-server.js'
import type { LiveServer } from './live-servers.js'
import { assertServerAccess } from './page-access.js'
import type { PendingPageDeps } from './pending-page.js'
import { actorOf } from './routes.js'
import { checkDisplayName } from './server-name.js'
import type { ServerRecord } from './server-store.js'
import { within } from './within.js'

export interface SpawnPageDeps extends PendingPageDeps {
  readonly named: NamedServerSettings
  readonly authState: (userId: number) => Promise<JsonObject | null>
}

/** What a visit to the spawn page is about. */
interface SpawnVisit {
  readonly user: User
  readonly record: ServerRecord
  readonly visitor: UserVisitor
  readonly exchange: Exchange
}

/** How long the page waits for a start before it shows the progress page, in seconds. */
const patienceSeconds = 1

/** `spawn[/U[/S]]`: shows the options form, or starts the server at once when there is none. */
export function spawnPages(deps: SpawnPageDeps): PageRoute[] {
  const paths = ['/spawn', '/spawn/:user', '/spawn/:user/:server']
  return [
    {
      methods: ['get'],
      paths,
      visitor: 'user',
      // A link here starts a server, so pages of other sites must not be able to follow it behind one's back.
      run: async ({ params, visitor, exchange }) => get(await visit(params, visitor, exchange, deps), deps),
    },
    {
      methods: ['post'],
      paths,
      visitor: 'user',
      run: async ({ params, visitor, exchange }) => post(await visit(params, visitor, exchange, deps), deps),
    },
  ]
}

async function visit(
  params: Readonly<Record<string, string>>,
  visitor: UserVisitor,
  exchange: Exchange,
  deps: SpawnPageDeps,
): Promise<SpawnVisit> {
  const serverName = params['server'] ?? ''
  const userName = params['user'] ?? visitor.user.name
  const { user, record: found } = await assertServerAccess({ visitor, userName, serverName, scope: 'servers' }, deps)
  const admit = (sql: Sql): Promise<void> =>
    admitNamedServer({ user, serverName, exists: found !== undefined, checkLimit: true }, deps.named, sql)
  await admit(deps.database.read)
  const asked = exchange.facts.query.get('display_name')
  const displayName = asked === null || asked === '' ? serverName : checkDisplayName(asked)
  const record = found ?? (await createServerRow(deps.database, { user, name: serverName, displayName, admit })).record
  return { user, record, visitor, exchange }
}

async function get(visit: SpawnVisit, deps: SpawnPageDeps): Promise<Reply> {
  assertNavigation(visit.exchange)
  const { record, user, exchange } = visit
  if (deps.servers.isReady(record) && (await deps.servers.stillRuns(record))) {
    return { redirect: await deps.next.of(exchange, user, serverUrl(deps.urls, user.name, record.name)) }
  }
  if (deps.servers.pendingOf(record) !== null) return toPending(visit, deps)
  const live = await freshSpawner(visit, deps)
  const query = queryOptions(exchange)
  if (query !== undefined) {
    try {
      return await startAndWait(visit, await live.spawner.optionsFromQuery(query), deps)
    } catch (error) {
      const form = await live.spawner.optionsForm(record.userOptions)
      if (form === '') throw error
      return formPage(visit, form, error, deps)
    }
  }
  await live.spawner.runAuthStateHook(await deps.authState(user.id))
  const form = await live.spawner.optionsForm(record.userOptions)
  return form === '' ? startAndWait(visit, null, deps) : formPage(visit, form, undefined, deps)
}

async function post(visit: SpawnVisit, deps: SpawnPageDeps): Promise<Reply> {
  const { record, exchange } = visit
  if (deps.servers.isReady(record) && (await deps.servers.stillRuns(record))) {
    throw badRequest(`${record.userName}'s server is already running`, 'server_running')
  }
  if (deps.servers.pendingOf(record) !== null) throw badRequest(`${record.userName}'s server is pending`, 'server_busy')
  const live = await freshSpawner(visit, deps)
  try {
    const options = await live.spawner.optionsFromForm(spawnForm(await exchange.form()))
    return await startAndWait(visit, options, deps)
  } catch (error) {
    return formPage(visit, await live.spawner.optionsForm(record.userOptions), error, deps)
  }
}

/** After a failed start a new object, without what the start had changed in it. */
async function freshSpawner({ record }: SpawnVisit, deps: SpawnPageDeps): Promise<LiveServer> {
  const known = deps.servers.live.get(record.id)
  if (known !== undefined && known.work === undefined && !known.isUp) deps.servers.forget(record.id)
  return deps.servers.adopt(record)
}

async function startAndWait(visit: SpawnVisit, userOptions: JsonObject | null, deps: SpawnPageDeps): Promise<Reply> {
  const { record, exchange, user } = visit
  const query: Record<string, string[]> = {}
  for (const name of new Set(exchange.facts.query.keys())) query[name] = exchange.facts.query.getAll(name)
  const { done } = await deps.servers.start(record, { userOptions, actor: actorOf(exchange), query })
  try {
    await within(patienceSeconds, done)
  } catch (error) {
    const told = publicError(error)
    if (told.status !== 500 || told.code !== 'internal_error') throw error
    throw new HubError(
      'spawn_failed',
      500,
      `Unhandled error starting server ${user.name}. You can try restarting your server from the home page.`,
      { cause: error },
    )
  }
  return toPending(visit, deps)
}

function toPending({ record, exchange }: SpawnVisit, deps: SpawnPageDeps): Reply {
  const query = new URLSearchParams(exchange.facts.query)
  query.delete('_xsrf')
  const text = query.toString()
  const path = `${deps.urls.hubPrefix}spawn-pending/${serverPath(record.userName, record.name)}`
  return { redirect: text === '' ? path : `${path}?${text}` }
}

async function formPage(visit: SpawnVisit, form: string, error: unknown, deps: SpawnPageDeps): Promise<Reply> {
  const { record, user, exchange } = visit
  const told = error === undefined ? undefined : publicError(error)
  const view = spawnFormView(
    {
      forUser: await loadUserFacts(user, deps.userFacts),
      server: serverFacts(record, deps.userFacts),
      optionsFormHtml: form,
      requestUrl: exchange.facts.url,
      xsrfToken: deps.xsrf.token(exchange),
      authState: await deps.authState(user.id),
      ...(told === undefined ? {} : { errorMessage: told.message }),
      ...(told?.messageHtml === undefined ? {} : { errorHtml: told.messageHtml }),
    },
    deps.urls,
  )
  const html = await deps.pages.render(exchange, 'spawn.html', view)
  return { status: told?.status ?? 200, html, ...(told === undefined ? {} : { headers: told.headers }) }
}

/** Options in the URL: those that begin with `opt-`, or in the older spelling all there are. */
function queryOptions({ facts }: Exchange): Record<string, string[]> | undefined {
  const names = [...new Set(facts.query.keys())].filter((name) => !['next', 'display_name', '_xsrf'].includes(name))
  if (names.length === 0) return undefined
  const prefixed = names.filter((name) => name.startsWith('opt-'))
  if (prefixed.includes('opt-'))
    throw new HubError('empty_option', 422, 'An option in the URL has no name: opt- must be followed by one.')
  const used = prefixed.length > 0 ? prefixed : names
  return Object.fromEntries(used.map((name) => [name.replace(/^opt-/, ''), facts.query.getAll(name)]))
}

function spawnForm(fields: FormFields): SpawnForm {
  return Object.fromEntries([...fields].filter(([name]) => name !== '_xsrf'))
}

/** Following a link or typing the address is fine; a script or an image of another page is not. */
function assertNavigation({ facts }: Exchange): void {
  const mode = facts.headers['sec-fetch-mode']
  if (mode === undefined || mode === 'navigate') return
  throw new HubError(
    'not_a_navigation',
    403,
    'Servers are started by visiting this page, not by a script that fetches it.',
  )
}

import type { ServerResponse } from 'node:http'
import { getServerProgress, type ProgressEvent as WireEvent } from '@hub/api'
import type { ProgressEvent } from '@hub/spawner'
import type { Database } from '../database/index.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { badRequest, notFound, publicError } from '../http/hub-error.js'
import { type HubUrls, serverUrl } from '../hub-urls.js'
import { abortable } from './deadline.js'
import { requireUser } from './find-server.js'
import type { LiveServer } from './live-servers.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'

export interface ProgressDeps {
  readonly database: Database
  readonly servers: Servers
  readonly urls: HubUrls
  readonly keepAliveMs?: number
}

/** Blank lines in between keep proxies from taking a slow start for a dead connection. */
const defaultKeepAliveMs = 8_000

/** The event stream of a server's start. */
export function progressRoute(deps: ProgressDeps): ApiRoute {
  return route(getServerProgress, async ({ params, exchange }) => {
    const user = await requireUser(deps.database, params.user)
    const record = await serverStore.find(deps.database.read, user.id, params.server)
    const live = record === undefined ? undefined : deps.servers.live.get(record.id)
    if (record === undefined) throw notFound(`No such server: ${user.name}/${params.server}`)
    const url = serverUrl(deps.urls, record.userName, record.name)
    const isReady = deps.servers.isReady(record)
    if (!isReady && live?.work?.kind !== 'starting' && live?.lastError === undefined && record.life.failure === null) {
      if (live === undefined) throw notFound(`${user.name}'s server is not starting.`)
      throw badRequest(`${user.name}'s server is not starting.`, 'server_not_starting')
    }
    const events = isReady ? readyOnly(live, url) : startEvents(live, record, url, exchange.gone)
    return { stream: (response) => sendEvents(response, events, exchange.gone, deps.keepAliveMs ?? defaultKeepAliveMs) }
  })
}

async function* readyOnly(live: LiveServer | undefined, url: string): AsyncGenerator<WireEvent> {
  yield await readyEvent(live, url)
}

/** What the start says, and how it ends; of a start that has failed before, only that. */
async function* startEvents(
  live: LiveServer | undefined,
  record: serverStore.ServerRecord,
  url: string,
  gone: AbortSignal,
): AsyncGenerator<WireEvent> {
  const work = live?.work
  if (work?.kind !== 'starting') {
    yield failedEvent(live?.lastError, record.life.failure?.message)
    return
  }
  for await (const event of work.progress.follow(gone)) yield wireEvent(event)
  try {
    await abortable(work.done, gone)
    yield await readyEvent(live, url)
  } catch (error) {
    if (!gone.aborted) yield failedEvent(error, undefined)
  }
}

/** A spawner's event cannot end the stream: only the hub says that a server is ready. */
function wireEvent({ progress, message, htmlMessage }: ProgressEvent): WireEvent {
  return {
    ...(progress === undefined ? {} : { progress: Math.round(Math.min(100, Math.max(0, progress))) }),
    message,
    ...(htmlMessage === undefined ? {} : { html_message: htmlMessage }),
  }
}

async function readyEvent(live: LiveServer | undefined, url: string): Promise<WireEvent> {
  const event = {
    progress: 100,
    ready: true,
    message: `Server ready at ${url}`,
    htmlMessage: `Server ready at <a href="${url}">${url}</a>`,
    url,
  }
  const { htmlMessage, ...rest } = live === undefined ? event : await live.spawner.progressReady(event)
  return { ...rest, ready: true, ...(htmlMessage === undefined ? {} : { html_message: htmlMessage }) }
}

function failedEvent(error: unknown, remembered: string | undefined): WireEvent {
  const told = error === undefined ? { message: remembered ?? '', messageHtml: undefined } : publicError(error)
  const isCancelled = told.message === 'Spawn cancelled'
  return {
    progress: 100,
    failed: true,
    message: isCancelled ? told.message : told.message === '' ? 'Spawn failed' : `Spawn failed: ${told.message}`,
    ...(told.messageHtml === undefined ? {} : { html_message: `Spawn failed: ${told.messageHtml}` }),
  }
}

async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<WireEvent>,
  gone: AbortSignal,
  keepAliveMs: number,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  response.write('\n\n')
  const keepAlive = setInterval(() => response.write('\n\n'), keepAliveMs)
  try {
    for await (const event of events) {
      if (gone.aborted) return
      response.write(`data: ${JSON.stringify(event)}\n\n`)
    }
  } finally {
    clearInterval(keepAlive)
    response.end()
  }
}

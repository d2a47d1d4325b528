import type { JsonObject } from '@hub/api'
import { hasScope } from '../access/has-scope.js'
import type { Database } from '../database/index.js'
import { firstText } from '../http/form-body.js'
import { badRequest } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { HubUrls } from '../hub-urls.js'
import { assertServerAccess, type ServerAccessDeps } from '../servers/page-access.js'
import { actorOf } from '../servers/routes.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import { within } from '../servers/within.js'
import type { HubPages } from './hub-pages.js'
import { loadUserFacts, type UserFactsDeps } from './user-facts.js'
import { homeView } from './views/home-view.js'

export interface HomePageDeps extends ServerAccessDeps {
  readonly database: Database
  readonly servers: Servers
  readonly pages: HubPages
  readonly userFacts: UserFactsDeps
  readonly urls: HubUrls
  readonly allowNamedServers: boolean
  readonly namedServerLimit: (user: { readonly name: string }) => Promise<number>
  readonly slowStopSeconds: number
  readonly authState: (userId: number) => Promise<JsonObject | null>
}

/** The page with one's own servers; its form stops one of them, for browsers without scripts. */
export function homePages(deps: HomePageDeps): PageRoute[] {
  const { database, servers } = deps
  return [
    {
      methods: ['get'],
      paths: ['/home'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const main = await serverStore.find(database.read, visitor.user.id, '')
        // A server that has died since the last poll is not offered as running.
        if (main !== undefined && servers.isReady(main)) await servers.stillRuns(main)
        const view = homeView(
          {
            user: await loadUserFacts(visitor.user, deps.userFacts),
            allowNamedServers: deps.allowNamedServers,
            namedServerLimit: await deps.namedServerLimit(visitor.user),
            authState: await deps.authState(visitor.user.id),
            mayShare: hasScope(visitor.permissions, 'shares', { kind: 'user', value: visitor.user.name }),
          },
          deps.urls,
        )
        return { status: 200, html: await deps.pages.render(exchange, 'home.html', view) }
      },
    },
    {
      methods: ['post'],
      paths: ['/home'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const form = await exchange.form()
        if (firstText(form, 'action') !== 'stop') throw badRequest('The form asks for nothing that this page can do.')
        const owner = firstText(form, 'user') ?? visitor.user.name
        const { record } = await assertServerAccess(
          { visitor, userName: owner, serverName: firstText(form, 'server') ?? '', scope: 'delete:servers' },
          deps,
        )
        if (record !== undefined) {
          const { done } = await servers.stop(record, {
            actor: actorOf(exchange),
            reason: 'asked for on the home page',
          })
          await within(deps.slowStopSeconds, done).catch(() => undefined)
        }
        return { redirect: `${deps.urls.hubPrefix}home`, status: 303 }
      },
    },
  ]
}

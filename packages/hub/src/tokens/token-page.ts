import { describeScope } from '@hub/api'
import type { ScopeExpander } from '../access/expand.js'
import { hubClientId } from '../access/permission-facts.js'
import type { Permissions } from '../access/permissions.js'
import { firstText } from '../http/form-body.js'
import { badRequest } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { VisitorUser } from '../http/visitor.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import type { HubUrls } from '../hub-urls.js'
import type { LoginSession } from '../login/login-session.js'
import type { LoginSessions } from '../login/login-sessions.js'
import type { Visitors } from '../login/visitors.js'
import type { HubPages } from '../pages/hub-pages.js'
import { languageFor } from '../pages/messages/languages.js'
import { type GrantableScope, type TokenFacts, tokenView } from '../pages/views/token-view.js'
import { tokenModel, type TokenModelDeps } from './token-model.js'
import * as tokenStore from './token-store.js'

export interface TokenPageDeps extends TokenModelDeps {
  readonly expander: ScopeExpander
  readonly pages: HubPages
  readonly urls: HubUrls
  readonly loginSessions: LoginSessions
  readonly session: LoginSession
  readonly visitors: Visitors
  readonly xsrf: XsrfGuard
  readonly now: () => Date
  readonly maxSeconds: number
}

/** `{hub}token`: one's own tokens, the applications one has let in, and the browsers one is logged in with. */
export function tokenPages(deps: TokenPageDeps): PageRoute[] {
  return [
    {
      methods: ['get'],
      paths: ['/token'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const { user } = visitor
        const held = await deps.resolver.ofUser(user)
        const view = tokenView({
          tokens: await tokensOf(user, held, deps),
          maxSeconds: deps.maxSeconds,
          sessions: await deps.loginSessions.list(exchange, user.id),
          grantable: grantable(held, user.name, deps),
          texts: languageFor(exchange.facts.headers['accept-language']).pages,
        })
        return { status: 200, html: await deps.pages.render(exchange, 'token.html', view) }
      },
    },
    {
      methods: ['post'],
      paths: ['/token'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const form = await exchange.form()
        const back = { redirect: `${deps.urls.hubPrefix}token`, status: 303 } as const
        const action = firstText(form, 'action')
        if (action === 'end-session') {
          await deps.loginSessions.endOne(exchange, visitor.user.id, firstText(form, 'session') ?? '')
          return back
        }
        if (action !== 'end-other-sessions') throw badRequest('The form asks for nothing that this page can do.')
        const cookieId = await deps.loginSessions.endOthers(exchange, visitor.user.id)
        deps.session.begin(exchange, cookieId)
        exchange.visitor = (await deps.visitors.byCookieId(cookieId)) ?? exchange.visitor
        deps.xsrf.renew(exchange)
        return back
      },
    },
  ]
}

async function tokensOf(user: VisitorUser, held: Permissions, deps: TokenPageDeps): Promise<TokenFacts[]> {
  const now = deps.now()
  const rows = (await tokenStore.listOf(deps.database.read, { userId: user.id })).filter(
    (row) => row.clientId !== null && (row.expiresAt === null || row.expiresAt > now),
  )
  return Promise.all(
    rows.map(async (row): Promise<TokenFacts> => {
      const model = await tokenModel(row, { kind: 'user', name: user.name }, held, deps)
      const isOAuth = row.clientId !== null && row.clientId !== hubClientId
      return {
        apiId: model.id,
        note: row.note ?? '',
        scopes: model.scopes,
        createdAt: row.created,
        lastActivity: deps.activity.latest('api_tokens', row.id, row.lastActivity),
        expiresAt: row.expiresAt,
        ...(isOAuth ? { oauthClient: { id: row.clientId ?? '', description: model.oauth_client } } : {}),
      }
    }),
  )
}

/** What the user may hand to a token: all that they may do themselves. */
function grantable(held: Permissions, userName: string, { expander }: TokenPageDeps): GrantableScope[] {
  return held.toStrings().map((scope) => {
    const { description, filter } = describeScope(expander.table, scope, userName)
    const own = `!user=${userName}`
    return { scope: scope.endsWith(own) ? `${scope.slice(0, -own.length)}!user` : scope, description, filter }
  })
}

import { hubClientId } from '../access/permission-facts.js'
import type { PageRoute } from '../http/page.js'
import type { HubPages } from '../pages/hub-pages.js'
import { type TokenFacts, tokenView } from '../pages/views/token-view.js'
import { tokenModel, type TokenModelDeps } from './token-model.js'
import * as tokenStore from './token-store.js'

export interface TokenPageDeps extends TokenModelDeps {
  readonly pages: HubPages
  readonly now: () => Date
  readonly maxSeconds: number
}

/** `GET {hub}token`: one's own tokens and the applications one has let in. */
export function tokenPage(deps: TokenPageDeps): PageRoute {
  return {
    methods: ['get'],
    paths: ['/token'],
    visitor: 'user',
    run: async ({ visitor, exchange }) => {
      const { user } = visitor
      const now = deps.now()
      const rows = (await tokenStore.listOf(deps.database.read, { userId: user.id })).filter(
        (row) => row.clientId !== null && (row.expiresAt === null || row.expiresAt > now),
      )
      const held = await deps.resolver.ofUser(user)
      const tokens = await Promise.all(
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
      const view = tokenView({ tokens, maxSeconds: deps.maxSeconds })
      return { status: 200, html: await deps.pages.render(exchange, 'token.html', view) }
    },
  }
}

import { describeScope, type Log } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import type { ScopeExpander } from '../access/expand.js'
import type { Database } from '../database/index.js'
import { firstText } from '../http/form-body.js'
import { badRequest, forbidden, notFound } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import { type HubUrls, serverUrl } from '../hub-urls.js'
import type { NextTarget } from '../login/next-target.js'
import type { HubPages } from '../pages/hub-pages.js'
import { serverFacts, type UserFactsDeps } from '../pages/user-facts.js'
import { shareInvitationView } from '../pages/views/consent-views.js'
import { exchangeCode, findInvitation, type Invitation } from './exchange-code.js'

export interface AcceptSharePageDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly expander: ScopeExpander
  readonly pages: HubPages
  readonly userFacts: UserFactsDeps
  readonly urls: HubUrls
  readonly next: NextTarget
  readonly now: () => Date
  readonly log: Log
}

// The address holds the code, which no server that the page leads to should be told.
const headers = { 'Referrer-Policy': 'no-referrer' }

/** `GET` and `POST {hub}accept-share`: shows who has a share code what it is for, and gives it to them. */
export function acceptSharePages(deps: AcceptSharePageDeps): PageRoute[] {
  const { urls, next, expander } = deps

  const serverOf = ({ record }: Invitation): string => serverUrl(urls, record.userName, record.name)

  return [
    {
      methods: ['get'],
      paths: ['/accept-share'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const code = exchange.facts.query.get('code') ?? ''
        if (code === '') throw badRequest('The link is not complete: it has no code.', 'share_code_missing')
        const invitation = await findInvitation(code, deps.now(), deps.database)
        if (invitation === undefined)
          throw notFound('Share not found or expired. Ask for a new link.', 'share_code_unknown')
        const { record } = invitation
        if (record.userId === visitor.user.id) throw forbidden(ownServer, 'share_own_server')
        const view = shareInvitationView(
          {
            code,
            owner: { name: record.userName, hasOptionsForm: deps.userFacts.hasOptionsForm },
            server: serverFacts(record, deps.userFacts),
            descriptions: invitation.code.scopes.map((scope) =>
              describeScope(expander.table, scope, visitor.user.name),
            ),
            // Not the default with the arguments of this page: the code is not for the server.
            nextUrl: next.asked(exchange) ?? serverOf(invitation),
          },
          urls,
        )
        return { status: 200, html: await deps.pages.render(exchange, 'accept-share.html', view), headers }
      },
    },
    {
      methods: ['post'],
      paths: ['/accept-share'],
      visitor: 'user',
      run: async ({ visitor, exchange }) => {
        const code = firstText(await exchange.form(), 'code') ?? ''
        const now = deps.now()
        const invitation = await findInvitation(code, now, deps.database)
        if (invitation === undefined) throw unusable()
        if (invitation.record.userId === visitor.user.id) throw badRequest(ownServer, 'share_own_server')
        if (!(await exchangeCode(invitation, visitor.user.id, { ...deps, now }))) throw unusable()
        const { userName: owner, name: server } = invitation.record
        deps.log.info('share code accepted', { user: visitor.user.name, owner, server })
        return { redirect: next.asked(exchange) ?? serverOf(invitation), headers }
      },
    },
  ]
}

const ownServer = 'This is your own server: you need no invitation.'
const unusable = () => badRequest('Share not found or expired. Ask for a new link.', 'share_code_unknown')

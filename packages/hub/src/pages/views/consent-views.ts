import type { ScopeDescription } from '@hub/api'
import type { HubUrls } from '../../hub-urls.js'
import { type ServerFacts, spawnerView, type UserFacts } from './user-view.js'

export interface ConsentFacts {
  readonly client: { readonly id: string; readonly description: string; readonly redirectUri: string }
  /** Every scope that is granted, those that go with each sign-in included. */
  readonly grantedScopes: readonly string[]
  /** What the user is told of them. */
  readonly descriptions: readonly ScopeDescription[]
}

/** The scope that stands for "nothing beyond who you are". */
const noScope = '(no_scope)'

const described = (descriptions: readonly ScopeDescription[]): readonly Record<string, string>[] =>
  descriptions.map(({ scope, description, filter }) => ({ scope: scope === noScope ? '' : scope, description, filter }))

/** Variables of `oauth.html`. */
export function consentView({ client, grantedScopes, descriptions }: ConsentFacts): Record<string, unknown> {
  return {
    oauth_client: { identifier: client.id, description: client.description, redirect_uri: client.redirectUri },
    allowed_scopes: grantedScopes,
    scope_descriptions: described(descriptions),
  }
}

export interface ShareInvitationFacts {
  readonly code: string
  readonly owner: Pick<UserFacts, 'name' | 'hasOptionsForm'>
  readonly server: ServerFacts
  readonly descriptions: readonly ScopeDescription[]
  /** Where the visitor goes after accepting; validated. */
  readonly nextUrl: string
}

/** Variables of `accept-share.html`. */
export function shareInvitationView(facts: ShareInvitationFacts, urls: HubUrls): Record<string, unknown> {
  const spawner = spawnerView(facts.owner, facts.server, urls)
  return {
    code: facts.code,
    owner: spawner.user,
    spawner,
    spawner_url: spawner.url,
    spawner_ready: spawner.ready,
    scope_descriptions: described(facts.descriptions),
    next_url: facts.nextUrl,
  }
}

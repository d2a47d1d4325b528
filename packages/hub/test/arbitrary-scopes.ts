import { SCOPE_DEFINITIONS } from '@hub/api'
import fc from 'fast-check'
import type { ExpansionContext } from '../src/access/expand.js'
import { membersOf } from '../src/access/membership.js'
import { Permissions } from '../src/access/permissions.js'

// Few names, so that what is generated on two sides meets now and then.
const users = ['ada', 'bob', 'eve']
const anyUser = fc.constantFrom(...users)
const anyServer = fc.tuple(anyUser, fc.constantFrom('', 'lab')).map(([user, server]) => `${user}/${server}`)
const anyGroup = fc.constantFrom('g', 'h')

export const anyFilter = fc.oneof(
  anyUser.map((value) => ({ kind: 'user' as const, value })),
  anyServer.map((value) => ({ kind: 'server' as const, value })),
  anyGroup.map((value) => ({ kind: 'group' as const, value })),
  fc.constantFrom('ada', 'culler').map((value) => ({ kind: 'service' as const, value })),
)

const filterText = fc.oneof(
  fc.constantFrom('', '', '!user', '!server', '!service'),
  anyFilter.map(({ kind, value }) => `!${kind}=${value}`),
)

/** Scopes as they may stand in a role or token. */
export const anyRawScopes = fc.array(
  fc.tuple(fc.constantFrom(...Object.keys(SCOPE_DEFINITIONS)), filterText).map(([base, filter]) => base + filter),
  { maxLength: 6 },
)

const fewScopes = fc.constantFrom('users', 'read:users', 'servers', 'groups')

/** Checked scopes of few bases with many filters. */
export const anyPermissions = fc
  .array(
    fc
      .tuple(fewScopes, fc.option(anyFilter, { freq: 8 }))
      .map(([base, filter]) => (filter ? `${base}!${filter.kind}=${filter.value}` : base)),
    { maxLength: 8 },
  )
  .map((scopes) => Permissions.parse(scopes))

export const anyContext: fc.Arbitrary<ExpansionContext> = fc.record(
  {
    owner: fc.record({ kind: fc.constantFrom('user' as const, 'service' as const), name: anyUser }),
    issuer: fc.oneof(
      fc.constant({ kind: 'hub' as const }),
      fc.record({ kind: fc.constant('server' as const), user: anyUser, server: fc.constantFrom('', 'lab') }),
      fc.record({ kind: fc.constant('service' as const), name: fc.constant('culler') }),
    ),
  },
  { requiredKeys: [] },
)

export const anyMembership = fc
  .record({ g: fc.subarray(users), h: fc.subarray(users) })
  .map(({ g, h }) => membersOf(new Map(Object.entries({ g: new Set(g), h: new Set(h) }))))

/** Everything a check can ask about among the names above. */
export const allQuestions = ['users', 'read:users', 'servers', 'groups'].flatMap((scope) => [
  { scope, filter: undefined },
  ...users.map((value) => ({ scope, filter: { kind: 'user' as const, value } })),
  ...users.flatMap((user) =>
    ['', 'lab'].map((s) => ({ scope, filter: { kind: 'server' as const, value: `${user}/${s}` } })),
  ),
  ...['g', 'h'].map((value) => ({ scope, filter: { kind: 'group' as const, value } })),
  ...['ada', 'culler'].map((value) => ({ scope, filter: { kind: 'service' as const, value } })),
])

import { defaultScopes, SCOPE_DEFINITIONS } from '@hub/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyContext, anyFilter, anyMembership, anyPermissions, anyRawScopes } from '../../test/arbitrary-scopes.js'
import { assertWithinOwner } from '../tokens/token-scopes.js'
import { ownerPermissions, tokenPermissions } from './effective-permissions.js'
import { ScopeExpander } from './expand.js'
import { hasScope } from './has-scope.js'
import { intersect } from './intersect.js'
import type { Membership } from './membership.js'
import { Permissions } from './permissions.js'
import { resolveScopes } from './resolve.js'

const expander = new ScopeExpander(defaultScopes)

/** A hub small enough to be looked at whole. */
type Thing =
  | { readonly kind: 'user' | 'group' | 'service'; readonly value: string }
  | { readonly kind: 'server'; readonly value: string; readonly owner: string }

const WORLD: readonly Thing[] = [
  ...['ada', 'bob', 'eve'].map((value) => ({ kind: 'user' as const, value })),
  ...['ada', 'bob', 'eve'].flatMap((owner) =>
    ['', 'lab'].map((name) => ({ kind: 'server' as const, value: `${owner}/${name}`, owner })),
  ),
  ...['g', 'h'].map((value) => ({ kind: 'group' as const, value })),
  ...['ada', 'culler'].map((value) => ({ kind: 'service' as const, value })),
]

/**
 * What scope strings allow, worked out from their text in the plainest way there is: every thing in the world, and `*` for all that
 * may be added to it.
 */
function allowed(scopes: Iterable<string>, membership: Membership): ReadonlySet<string> {
  const all = new Set<string>()
  for (const text of scopes) {
    const [, base = '', kind, value = ''] = /^([^!]*)(?:!(\w+)=(.*))?$/s.exec(text) ?? []
    if (kind === undefined) all.add(`${base} *`)
    for (const thing of WORLD) {
      const user = thing.kind === 'user' ? thing.value : thing.kind === 'server' ? thing.owner : undefined
      const isCovered =
        kind === undefined ||
        (kind === thing.kind && value === thing.value) ||
        (kind === 'user' && thing.kind === 'server' && value === thing.owner) ||
        (kind === 'group' && user !== undefined && membership.isMember(user, value))
      if (isCovered) all.add(`${base} ${thing.kind}=${thing.value}`)
    }
  }
  return all
}

const of = (permissions: Permissions, membership: Membership) => allowed(permissions.toStrings(), membership)
const beyond = (some: ReadonlySet<string>, all: ReadonlySet<string>) => [...some].filter((one) => !all.has(one))

describe('in a world that is looked at whole', () => {
  test('a scope is held for exactly those things that its text names', () => {
    fc.assert(
      fc.property(anyPermissions, anyMembership, (permissions, m) => {
        const said = of(permissions, m)
        for (const scope of ['users', 'read:users', 'servers', 'groups', 'tokens']) {
          expect(hasScope(permissions, scope, undefined, m)).toBe(said.has(`${scope} *`))
          for (const { kind, value } of WORLD)
            expect(hasScope(permissions, scope, { kind, value }, m)).toBe(said.has(`${scope} ${kind}=${value}`))
        }
      }),
    )
  })

  test('an intersection allows nothing that either side does not, whichever comes first, and with itself nothing else', () => {
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyContext, anyMembership, (left, right, context, m) => {
        const a = expander.expand(left, context).permissions
        const b = expander.expand(right, context).permissions
        const both = of(intersect(a, b, m), m)
        expect(beyond(both, of(a, m))).toEqual([])
        expect(beyond(both, of(b, m))).toEqual([])
        expect(intersect(b, a, m).toStrings()).toEqual(intersect(a, b, m).toStrings())
        expect(intersect(a, Permissions.parse(a.toStrings()), m).toStrings()).toEqual(a.toStrings())
        const once = intersect(a, b, m)
        expect(of(intersect(once, a, m), m)).toEqual(both)
      }),
      { numRuns: 300 },
    )
  })

  test('an intersection leaves out nothing that both sides allow, but what they owe to different groups', () => {
    fc.assert(
      fc.property(anyPermissions, anyPermissions, anyMembership, (a, b, m) => {
        const withoutGroups = ({ toStrings }: { toStrings: () => readonly string[] }) =>
          toStrings().filter((text) => !text.includes('!group='))
        const [a2, b2] = [a, b].map((each) => withoutGroups({ toStrings: () => each.toStrings() }))
        const both = of(intersect(a, b, m), m)
        // What one side allows without any group, and the other at all, is left.
        for (const one of allowed(a2 ?? [], m)) expect(both.has(one)).toBe(of(b, m).has(one))
        for (const one of allowed(b2 ?? [], m)) expect(both.has(one)).toBe(of(a, m).has(one))
      }),
    )
  })

  test('more scopes allow more, or the same', () => {
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyContext, anyMembership, (some, more, context, m) => {
        const few = of(expander.expand(some, context).permissions, m)
        const many = of(expander.expand([...some, ...more], context).permissions, m)
        expect(beyond(few, many)).toEqual([])
      }),
    )
  })

  test('a filter never widens what the bare scope allows', () => {
    const anyBase = fc.constantFrom(...Object.keys(SCOPE_DEFINITIONS))
    fc.assert(
      fc.property(anyBase, anyFilter, anyContext, anyMembership, (base, { kind, value }, context, m) => {
        if (base === 'self') return
        const bare = of(expander.expand([base], context).permissions, m)
        const texts = [`${base}!${kind}=${value}`, `${base}!user`, `${base}!server`, `${base}!service`]
        for (const text of texts) {
          const filtered = of(expander.expand([text], context).permissions, m)
          expect(beyond(filtered, bare)).toEqual([])
          expect([...filtered].filter((one) => one.endsWith(' *'))).toEqual([])
        }
      }),
    )
  })

  test('a token allows no more than its owner, who may lose and regain rights meanwhile', () => {
    const owner = { kind: 'user', name: 'ada' } as const
    const anyIssuer = fc.constantFrom(
      { kind: 'hub' as const },
      { kind: 'server' as const, user: 'bob', server: 'lab' },
      { kind: 'service' as const, name: 'culler' },
      { kind: 'nothing' as const },
    )
    fc.assert(
      fc.property(
        fc.array(anyRawScopes, { minLength: 1, maxLength: 3 }),
        anyRawScopes,
        anyRawScopes,
        anyIssuer,
        anyMembership,
        (lives, shared, scopes, issuer, m) => {
          for (const roleScopes of lives) {
            const held = ownerPermissions(expander, { owner, roleScopes, shareScopes: shared }).permissions
            const token = tokenPermissions(expander, { owner, issuer, scopes }, held, m).permissions
            expect(beyond(of(token, m), of(held, m))).toEqual([])
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a request for scopes is granted no more than is held', () => {
    const [owner, issuer] = [{ kind: 'user', name: 'ada' }, { kind: 'hub' }] as const
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyMembership, (requested, held, m) => {
        const expanded = (scopes: readonly string[]) => expander.expand(scopes, { owner, issuer }).permissions
        const { granted } = resolveScopes(expander, { requested, held, owner, issuer }, m)
        expect(beyond(of(expanded(granted), m), of(expanded(held), m))).toEqual([])
      }),
    )
  })

  test('a new token is made only if all that it asks for is held', () => {
    const owner = { kind: 'user', name: 'ada' } as const
    const issuer = { kind: 'hub' } as const
    fc.assert(
      fc.property(anyRawScopes, anyRawScopes, anyMembership, (roleScopes, scopes, m) => {
        const held = ownerPermissions(expander, { owner, roleScopes }).permissions
        try {
          assertWithinOwner(expander, scopes, { owner, issuer, held }, m)
        } catch {
          return
        }
        const asked = expander.expand(
          scopes.filter((scope) => scope !== 'inherit'),
          { owner, issuer },
        ).permissions
        expect(beyond(of(asked, m), of(held, m))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('a user who holds self, and asks for', () => {
  const owner = { kind: 'user', name: 'ada' } as const
  const held = ownerPermissions(expander, { owner, roleScopes: ['self'] }).permissions
  const ask = (scope: string) => () => assertWithinOwner(expander, [scope], { owner, issuer: { kind: 'hub' }, held })
  const real = Object.keys(SCOPE_DEFINITIONS).filter((name) => !['(no_scope)', 'self', 'inherit'].includes(name))

  test.each(real)('%s for everybody, for somebody else or a group, is refused', (scope) => {
    // A server has nothing that read:users… could be about.
    const isEmpty = (text: string) => expander.expand([text], { owner }).permissions.isEmpty
    for (const text of [scope, `${scope}!user=bob`, `${scope}!group=g`, `${scope}!server=bob/`, `${scope}!service=s`])
      if (!isEmpty(text)) expect(ask(text)).toThrow(/Not assigning requested scopes/)
  })

  test.each(real)('%s for themselves gets what self has, and not what it has not', (scope) => {
    const isHeld = hasScope(held, scope, { kind: 'user', value: 'ada' })
    if (isHeld) expect(ask(`${scope}!user`)).not.toThrow()
    else expect(ask(`${scope}!user`)).toThrow(/Not assigning requested scopes/)
  })
})

import { findVenv } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparable, differencesOf } from './comparable.js'
import { KNOWN_DIFFERENCES, type KnownDifference } from './known-differences.js'
import { GROUPS_OF_ROLES, HOLDERS, ROLES_OF_USERS, type Scenario, scenarios } from './scenarios/index.js'
import { startTwoHubs, type TwoHubs } from './two-hubs.js'

/**
 * The same requests to this hub and to Python's: status, headers, cookies and every field of the answers are the same, but
 * where it is written down why not.
 */
describe.skipIf(findVenv() === undefined)('beside Python’s hub', () => {
  const used = new Set<KnownDifference>()
  let hubs: TwoHubs
  beforeAll(async () => {
    hubs = await startTwoHubs(HOLDERS, {
      'JupyterHub.allow_named_servers': true,
      'JupyterHub.named_server_limit_per_user': 3,
      'JupyterHub.load_groups': {
        team: { users: ['ada', 'bob'], properties: { colour: 'red' } },
        empty: { users: [] },
        ...GROUPS_OF_ROLES,
      },
      'JupyterHub.load_roles': ROLES_OF_USERS,
      'JupyterHub.custom_scopes': { 'custom:thing': { description: 'a thing' } },
      'JupyterHub.services': [
        {
          name: 'external',
          url: 'http://127.0.0.1:1',
          api_token: 'external-token-0123456789',
          oauth_redirect_uri: 'https://external.example/cb',
          oauth_client_allowed_scopes: ['read:users!user', 'self'],
          info: { a: 1 },
        },
      ],
      'Authenticator.admin_users': ['boss'],
    })
    for (const on of [hubs.ours, hubs.theirs]) {
      await on.ask('POST', '/users', { body: { usernames: ['cleo', 'dora', 'zoe'] } })
    }
  }, 120_000)
  afterAll(() => hubs[Symbol.asyncDispose]())

  test.each(Object.entries(scenarios))(
    '%s',
    async (name, run) => {
      const differences = await compare(name, run)
      expect(differences).toEqual([])
    },
    120_000,
  )

  test('metrics have the same names, kinds, labels and buckets, and name what answers by the same names', async () => {
    const [ours, theirs] = await Promise.all(
      [hubs.ours, hubs.theirs].map(async (on) => familiesOf((await on.ask('GET', '/metrics')).text)),
    )
    expect(ours).toEqual(theirs)
  })

  test('no difference is listed that has gone', () => {
    expect(KNOWN_DIFFERENCES.filter((known) => !used.has(known))).toEqual([])
  })

  async function compare(scenario: string, run: Scenario): Promise<string[]> {
    const runs = await Promise.allSettled([run(hubs.ours), run(hubs.theirs)])
    const [ours, theirs] = [hubs.ours.answers.splice(0), hubs.theirs.answers.splice(0)]
    expect(runs.filter(({ status }) => status === 'rejected')).toEqual([])
    expect(ours.length).toBe(theirs.length)
    return theirs.flatMap(({ call, page: their }, index) => {
      const our = ours[index]?.page
      if (our === undefined) return [`${call}: not answered`]
      // Where theirs fails, ours has to know what is wrong with the request.
      if (their.status === 500 && our.status >= 400 && our.status < 500) return []
      const known = KNOWN_DIFFERENCES.filter((one) => one.scenario === scenario && one.call.test(call))
      return differencesOf(comparable(our, hubs.ours.origin), comparable(their, hubs.theirs.origin))
        .filter(({ at }) => {
          const reason = known.find((one) => one.at === undefined || one.at.test(at))
          if (reason !== undefined) used.add(reason)
          return reason === undefined
        })
        .map(({ at, ours, theirs }) => `${call}: ${at} is ${JSON.stringify(ours)}, there ${JSON.stringify(theirs)}`)
    })
  }
})

/** Families of the hub with their kind, and the labels of their series with all their values. */
function familiesOf(text: string): Record<string, string> {
  const families: Record<string, string> = {}
  const kinds = new Map(
    [...text.matchAll(/^# TYPE (jupyterhub_\w+) (\w+)$/gm)].map(([, name = '', kind = '']) => [name, kind]),
  )
  for (const [name, kind] of kinds) {
    // The library of Python's hub has a family of its own for when each was made.
    if (name.endsWith('_created')) continue
    const series = new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm')
    const values = new Map<string, Set<string>>()
    for (const [, all = ''] of text.matchAll(series))
      for (const [, label = '', value = ''] of all.matchAll(/(\w+)="([^"]*)"/g))
        values.set(
          label,
          (values.get(label) ?? new Set()).add(
            label === 'le' ? String(Number(value.replace('+Inf', 'Infinity'))) : value,
          ),
        )
    // Only theirs fails.
    values.get('code')?.delete('500')
    const said = [...values].sort(([a], [b]) => (a < b ? -1 : 1))
    families[name] = [kind, ...said.map(([label, some]) => `${label}=${[...some].sort().join()}`)].join(' ')
  }
  return families
}

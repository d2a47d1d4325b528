import { expect, test } from 'vitest'
import { expiryOptions, type TokenFacts, tokenView } from './token-view.js'

const labels = (maxSeconds: number): string[] => expiryOptions(maxSeconds).map(({ label }) => label)
const day = 86_400

test('without a maximum a token may last for ever, and does unless something else is chosen', () => {
  expect(expiryOptions(0).map(({ label, seconds, selected }) => [label, seconds, selected])).toEqual([
    ['1 Hour', 3600, false],
    ['1 Day', 86_400, false],
    ['1 Week', 604_800, false],
    ['1 Month', 2_592_000, false],
    ['1 Year', 31_536_000, false],
    ['Never', '', true],
  ])
})

test('a maximum takes longer choices away and is one itself, unless it is listed', () => {
  expect(labels(day)).toEqual(['1 Hour', '1 Day'])
  expect(labels(36 * 3600)).toEqual(['1 Hour', '1 Day', 'Max (36 hours)'])
  expect(labels(10 * day)).toEqual(['1 Hour', '1 Day', '1 Week', 'Max (10 days)'])
  expect(expiryOptions(36 * 3600).at(-1)).toEqual({ label: 'Max (36 hours)', seconds: '', selected: true })
  expect(expiryOptions(day).at(-1)?.selected).toBe(true)
})

const at = (second: number): Date => new Date(second * 1000)
const token = (facts: Partial<TokenFacts>): TokenFacts => ({
  apiId: 'a1',
  note: '',
  scopes: [],
  createdAt: null,
  lastActivity: null,
  expiresAt: null,
  ...facts,
})

test('tokens are listed by last use, unused ones by age', () => {
  const view = tokenView({
    tokens: [
      token({ apiId: 'old', createdAt: at(1) }),
      token({ apiId: 'new', createdAt: at(2) }),
      token({ apiId: 'used', createdAt: at(1), lastActivity: at(9) }),
    ],
  })
  expect((view['api_tokens'] as { api_id: string }[]).map((row) => row.api_id)).toEqual(['used', 'new', 'old'])
})

test('an application is one row with all its scopes, first authorised and last used', () => {
  const oauthClient = { id: 'c', description: 'an application' }
  const view = tokenView({
    tokens: [
      token({ apiId: 'a1', oauthClient, scopes: ['b', 'a'], createdAt: at(5), lastActivity: at(6) }),
      token({ apiId: 'a2', oauthClient, scopes: ['a', 'c'], createdAt: at(3), lastActivity: at(8) }),
      token({ apiId: 'a3' }),
    ],
  })
  expect(view['oauth_clients']).toEqual([
    expect.objectContaining({
      description: 'an application',
      token_id: 'a1',
      scopes: ['a', 'b', 'c'],
      created: at(3),
      last_activity: at(8),
    }),
  ])
})

import { silentLog } from '@hub/api'
import { AuthenticationError, type LoginOutcome } from '@hub/authenticator'
import { beforeEach, describe, expect, test } from 'vitest'
import { LoginThrottle, LoginThrottledError } from './login-throttle.js'

const right = async (): Promise<LoginOutcome> => ({ kind: 'authenticated', model: { name: 'ada' } })
const wrong = async (): Promise<LoginOutcome> => ({ kind: 'refused', reason: 'credentials', username: 'ada' })

let now: number
let throttle: LoginThrottle
beforeEach(() => {
  now = 1_000_000
  throttle = new LoginThrottle({ perAccount: 3, perAddress: 5, windowSeconds: 60 }, () => now, silentLog)
})

const kinds = (attempts: readonly Promise<LoginOutcome>[]) =>
  Promise.all(
    attempts.map((attempt) =>
      attempt.then(
        ({ kind }) => kind,
        (error: unknown) => (error as Error).name,
      ),
    ),
  )
const guesses = (count: number, name = 'ada', address = '192.0.2.1') =>
  Array.from({ length: count }, () => throttle.guard(name, address, wrong))

describe('wrong logins', () => {
  test('beyond the limit of an account are refused unasked, also the right one, until time has passed', async () => {
    expect(await kinds(guesses(3))).toEqual(['refused', 'refused', 'refused'])
    let isAsked = false
    const refused = throttle.guard('ada', '192.0.2.1', async () => ((isAsked = true), right()))
    await expect(refused).rejects.toThrow(new LoginThrottledError(20))
    await expect(refused).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '20' } })
    expect(isAsked).toBe(false)
    now += 20_000
    expect(await kinds([throttle.guard('ada', '192.0.2.1', right)])).toEqual(['authenticated'])
  })

  test('that are sent all at once are counted before any is answered', async () => {
    const answered: string[] = []
    const attempts = guesses(20)
    answered.push(...(await kinds(attempts)))
    expect(answered.filter((kind) => kind === 'refused')).toHaveLength(3)
  })

  test('are counted under one spelling of the name', async () => {
    await kinds([...guesses(1, 'ada'), ...guesses(1, 'ADA'), ...guesses(1, ' Ada ')])
    expect(await kinds(guesses(1))).toEqual(['LoginThrottledError'])
  })

  test('of a stranger do not keep the owner out, who comes from elsewhere', async () => {
    await kinds(guesses(4))
    expect(await kinds([throttle.guard('ada', '198.51.100.7', right)])).toEqual(['authenticated'])
  })

  test('on many accounts from one address are refused; an account of one’s own is no way around', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await kinds(guesses(1, name))
    expect(await kinds(guesses(1, 'f'))).toEqual(['LoginThrottledError'])
    now += 12_000
    expect(await kinds([throttle.guard('mallory', '192.0.2.1', right)])).toEqual(['authenticated'])
    expect(await kinds(guesses(2, 'g'))).toEqual(['refused', 'LoginThrottledError'])
  })

  test('on one account from very many addresses are refused, but not where its owner has logged in before', async () => {
    await kinds([throttle.guard('ada', '198.51.100.7', right)])
    for (let host = 0; host < 30; host++) await kinds(guesses(1, 'ada', `203.0.113.${host}`))
    expect(await kinds(guesses(1, 'ada', '203.0.113.99'))).toEqual(['LoginThrottledError'])
    expect(await kinds([throttle.guard('ada', '198.51.100.7', right)])).toEqual(['authenticated'])
  })

  test('from one IPv6 network count together', async () => {
    const addresses = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:0db8::1:0:0:0:3', '2001:db8:0:1::4']
    const outcomes: string[] = []
    for (const address of addresses) outcomes.push(...(await kinds(guesses(1, 'ada', address))))
    expect(outcomes).toEqual(['refused', 'refused', 'refused', 'LoginThrottledError'])
    expect(await kinds(guesses(1, 'ada', '2001:db8:0:2::1'))).toEqual(['refused'])
  })
})

test('a right login forgets the wrong ones of its account; right ones never count', async () => {
  await kinds(guesses(2))
  for (let count = 0; count < 20; count++) await throttle.guard('ada', '192.0.2.1', right)
  expect(await kinds(guesses(3))).toEqual(['refused', 'refused', 'refused'])
})

test('a login service that is down counts for nobody; a refusal with a reason counts', async () => {
  const down = () => Promise.reject(new AuthenticationError('down', 503))
  const expired = () => Promise.reject(new AuthenticationError('expired'))
  for (let count = 0; count < 9; count++) await kinds([throttle.guard('ada', '192.0.2.1', down)])
  await kinds([1, 2, 3].map(() => throttle.guard('ada', '192.0.2.1', expired)))
  expect(await kinds([throttle.guard('ada', '192.0.2.1', right)])).toEqual(['LoginThrottledError'])
})

test('limits of 0 lift them, and what is remembered is bounded', async () => {
  const free = new LoginThrottle({ perAccount: 0, perAddress: 0, windowSeconds: 60 }, () => now, silentLog)
  for (let count = 0; count < 200; count++) await free.guard('ada', '192.0.2.1', wrong)
  expect(await kinds([free.guard('ada', '192.0.2.1', right)])).toEqual(['authenticated'])
})

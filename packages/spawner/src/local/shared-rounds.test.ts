import { expect, test } from 'vitest'
import { sharedRounds } from './shared-rounds.js'

test('who asks while a round is under way shares the next one with all others who do', async () => {
  let begun = 0
  const ends: (() => void)[] = []
  const ask = sharedRounds(async () => {
    const round = ++begun
    await new Promise<void>((resolve) => ends.push(resolve))
    return round
  })
  const first = ask()
  const later = [ask(), ask(), ask()]
  expect(begun).toBe(1)
  ends[0]?.()
  expect(await first).toBe(1)
  await Promise.resolve()
  ends[1]?.()
  expect(await Promise.all(later)).toEqual([2, 2, 2])
  const alone = ask()
  ends[2]?.()
  expect(await alone).toBe(3)
})

test('a round that fails fails those who share it, and no later one', async () => {
  let begun = 0
  const ask = sharedRounds(async () => {
    const round = ++begun
    await Promise.resolve()
    if (round === 1) throw new Error('no')
    return round
  })
  const [first, second] = [ask(), ask()]
  await expect(first).rejects.toThrow('no')
  expect(await second).toBe(2)
  expect(await ask()).toBe(3)
})

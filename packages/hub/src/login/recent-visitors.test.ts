import { expect, test } from 'vitest'
import { RecentVisitors } from './recent-visitors.js'

const at = (ms: number): Date => new Date(ms)

test('a visitor is looked up once, and again when the memory is old', async () => {
  const recent = new RecentVisitors<string>(10, 1_000)
  let loads = 0
  const load = () => Promise.resolve(`ada ${++loads}`)
  expect(await recent.resolve('a', at(0), load)).toBe('ada 1')
  expect(await recent.resolve('a', at(1_000), load)).toBe('ada 1')
  expect(await recent.resolve('a', at(1_001), load)).toBe('ada 2')
})

test('the one unused for longest is forgotten first; those not found are not kept', async () => {
  const recent = new RecentVisitors<string>(2, 1_000)
  const loaded: string[] = []
  const ask = (key: string) =>
    recent.resolve(key, at(0), () => (loaded.push(key), Promise.resolve(key === 'nobody' ? undefined : key)))
  for (const key of ['a', 'b', 'a', 'nobody', 'nobody', 'c', 'a', 'b']) await ask(key)
  expect(loaded).toEqual(['a', 'b', 'nobody', 'nobody', 'c', 'b'])
})

test('a look-up that began before the memory was cleared is not kept', async () => {
  const recent = new RecentVisitors<string>()
  let finish: (value: string) => void = () => undefined
  const first = recent.resolve('a', at(0), () => new Promise((resolve) => (finish = resolve)))
  recent.clear()
  finish('old')
  expect(await first).toBe('old')
  expect(await recent.resolve('a', at(0), () => Promise.resolve('new'))).toBe('new')
})

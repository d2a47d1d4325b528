import { expect, test } from 'vitest'
import { Closer } from '../src/index.js'

test('parts are closed in reverse, one after the other, once', async () => {
  const order: string[] = []
  const closer = new Closer()
  for (const name of ['first', 'second', 'third']) {
    closer.add(name, async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
    })
  }
  await Promise.all([closer.close(), closer.close()])
  expect(order).toEqual([
    ...['third begins', 'third ends', 'second begins', 'second ends', 'first begins', 'first ends'],
  ])
})

test('a part that fails or never ends does not keep the others open', async () => {
  const closed: string[] = []
  const closer = new Closer(undefined, 20)
  closer.add('good', () => closed.push('good'))
  closer.add('stuck', () => new Promise(() => {}))
  closer.add('bad', () => {
    throw new Error('no')
  })
  const errors = await closer.close()
  expect(closed).toEqual(['good'])
  expect(errors.map(({ message }) => message)).toEqual(['no', 'stuck did not close in 20 ms'])
})

test('what is added after the close began is closed too', async () => {
  const closed: string[] = []
  const closer = new Closer()
  closer.add('early', () => closer.add('late', () => closed.push('late')))
  await closer.close()
  await closer.close()
  expect(closed).toEqual(['late'])
})

test('parts are closed by close, stop or dispose, whichever they have', async () => {
  const closed: string[] = []
  {
    await using closer = new Closer()
    closer.use('a', { close: () => closed.push('close') })
    closer.use('b', { stop: () => closed.push('stop') })
    closer.use('c', { [Symbol.asyncDispose]: async () => void closed.push('asyncDispose') })
    closer.use('d', { [Symbol.dispose]: () => void closed.push('dispose') })
  }
  expect(closed).toEqual(['dispose', 'asyncDispose', 'stop', 'close'])
})

import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.js'

test('a secret prints as stars however it is turned into text', () => {
  const secret = new Secret('hidden')
  const texts = [
    String(secret),
    secret.toString(),
    JSON.stringify({ secret }),
    inspect({ secret }),
    format('%s %o', secret, secret),
    inspect(secret, { showHidden: true, customInspect: false }),
    Object.entries(secret).join(),
  ]
  for (const text of texts) expect(text).not.toContain('hidden')
  expect(secret.reveal()).toBe('hidden')
})

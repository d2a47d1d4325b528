import { expect, test } from 'vitest'
import { maskSecrets } from './server-log.js'

test.each([
  ['listening with token abcdef123456', 'listening with token ***'],
  ['http://127.0.0.1:8888/user/ada/?token=xyz789&a=b', 'http://127.0.0.1:8888/user/ada/?token=***&a=b'],
  ['Authorization: token xyz789', 'Authorization: ***'],
  ["{'Cookie': 'a=b; c=d'}", "{'Cookie': ***"],
  ['DB_PASSWORD=hunter2 started', 'DB_PASSWORD=*** started'],
  ['{"api_key": "sk-1234"}', '{"api_key": "***"}'],
  ['postgresql://hub:hunter2@db/x', 'postgresql://hub:***@db/x'],
  [`digest ${'0a'.repeat(16)}`, 'digest ***'],
  ['ModuleNotFoundError: No module named jupyterhub', 'ModuleNotFoundError: No module named jupyterhub'],
])('%j is shown as %j', (line, shown) => {
  expect(maskSecrets([line], ['abcdef123456'])).toEqual([shown])
})

test('a line is never endless', () => {
  expect(maskSecrets(['x '.repeat(100_000)], [])[0]?.length).toBeLessThan(500)
})

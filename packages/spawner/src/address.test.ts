import { silentLog } from '@hub/api'
import { expect, test } from 'vitest'
import { connectOrigin, listenHost, resolveAddress } from './address.js'

test.each([
  [{ host: '10.0.0.1', port: 80 }, false, 'http://10.0.0.1:80'],
  [{ host: '10.0.0.1', port: 80 }, true, 'https://10.0.0.1:80'],
  [{ host: '10.0.0.1', port: 80, https: false }, true, 'http://10.0.0.1:80'],
  [{ host: '::1', port: 8888 }, false, 'http://[::1]:8888'],
  [{ host: '[::1]', port: 8888 }, false, 'http://[::1]:8888'],
  [{ host: '', port: 8888 }, false, 'http://127.0.0.1:8888'],
  [{ host: '0.0.0.0', port: 8888 }, false, 'http://127.0.0.1:8888'],
  ['http://node7:8888/some/path?x', false, 'http://node7:8888'],
  ['https://node7', false, 'https://node7:443'],
  ['http://node7', true, 'http://node7:80'],
  [new URL('http://[::1]:5/x'), false, 'http://[::1]:5'],
])('what a spawner returns as %j (internal TLS: %s) is reached at %s', (address, tls, origin) => {
  expect(connectOrigin(resolveAddress(address, tls))).toBe(origin)
})

test('brackets around an address to listen on are taken off, with a warning', () => {
  let warnings = 0
  const log = {
    ...silentLog,
    warn: () => {
      warnings++
    },
  }
  expect(listenHost('[::1]', log)).toBe('::1')
  expect(listenHost('::1', log)).toBe('::1')
  expect(warnings).toBe(1)
})

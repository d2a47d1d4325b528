import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { valuesWith } from '@hub/config'
import { expect, test } from 'vitest'
import { describeAuthenticator } from '../src/suite.js'
import { AccountServiceAuthenticator } from './account-service-authenticator.js'

test('the plug-in of the README is the one tested here', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const plugin = await readFile(new URL('account-service-authenticator.ts', import.meta.url), 'utf8')
  expect(readme).toContain(plugin.trim())
})

describeAuthenticator('the plug-in of the README', async () => {
  const service = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body)
      response.writeHead(form.get('username') === 'ada' && form.get('password') === 'lovelace' ? 204 : 401).end()
    })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const address = service.address()
  if (address === null || typeof address === 'string') throw new Error('the service has no port')
  const url = `http://127.0.0.1:${address.port}/`
  return {
    create: (context, options) =>
      new AccountServiceAuthenticator({
        ...context,
        config: valuesWith(AccountServiceAuthenticator.configurable, { ...options, url }),
      }),
    goodLogin: { form: { username: 'ada', password: 'lovelace' }, name: 'ada' },
    badLogin: { username: 'ada', password: 'byron-the-father' },
    close: async () => {
      service.closeAllConnections()
      service.close()
      await once(service, 'close')
    },
  }
})

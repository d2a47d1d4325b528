import { fileURLToPath } from 'node:url'
import { singleuserCommand, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('each user gets the guest book, is greeted by name and can sign it', async () => {
  const guestBook = [...singleuserCommand(), '--', process.execPath, here('../guestbook.mjs')]
  await using hub = await runExample({ configFile: here('../jupyterhub_config.mjs'), serverCommand: guestBook })
  await using ada = hub.browser()
  await ada.login('ada', 'change-this-password')
  const page = await waitFor(
    async () => {
      const found = await ada.get('/user/ada/')
      return found.status === 200 && found.path === '/user/ada/' && found
    },
    { deadlineMs: 40_000 },
  )
  expect(page.text).toContain('Hello ada')
  const signed = await ada.submit(page, page.forms()[0]!)
  expect(signed.path).toBe('/user/ada/')
  expect(signed.text).toContain('<li>ada</li>')

  await using bob = hub.browser()
  await bob.login('bob', 'change-this-password', { follow: false })
  expect((await bob.get('/user/ada/')).status).toBe(403)
}, 90_000)

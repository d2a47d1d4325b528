import { fileURLToPath } from 'node:url'
import { findPostgres, startPostgres } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

const configFile = fileURLToPath(new URL('../jupyterhub_config.mjs', import.meta.url))

test.skipIf(findPostgres() === undefined)('a login is still good after the hub was started again', async () => {
  await using postgres = await startPostgres()
  const env = { HUB_DATABASE_URL: await postgres.createDatabase('jupyterhub') }
  await using hub = await runExample({ configFile, env })
  await using ada = hub.browser()
  await ada.login('ada', 'change-this-password', { follow: false })

  await hub.child().stop()
  await hub.start()
  const home = await ada.get('/hub/home')
  expect(home).toMatchObject({ path: '/hub/home', status: 200 })
  expect(hub.child().log()).not.toMatch(/^\[E /m)
})

import { fileURLToPath } from 'node:url'
import { waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'

test.each(['jupyterhub_config.mjs', 'jupyterhub_config.py', 'jupyterhub_config.yaml'])(
  'with %s people log in by the shared password and get a server',
  async (name) => {
    await using hub = await runExample({ configFile: fileURLToPath(new URL(`../${name}`, import.meta.url)) })

    await using stranger = hub.browser()
    expect((await stranger.login('ada', 'a wrong password')).status).toBe(403)
    // The password of everybody is not enough for an administrator.
    expect((await stranger.login('admin', 'change-this-password')).status).toBe(403)
    await using admin = hub.browser()
    await admin.login('admin', 'change-this-password-of-the-admins', { follow: false })
    expect((await admin.api('GET', '/hub/api/users')).status).toBe(200)

    await using ada = hub.browser()
    await ada.login('ada', 'change-this-password')
    const page = await waitFor(async () => {
      const answer = await ada.get('/user/ada/api')
      return answer.status === 200 && answer
    })
    expect(page.json()).toMatchObject({ user: 'ada' })
    expect(await hub.child().stop()).toEqual({ code: 0, signal: null })
  },
)

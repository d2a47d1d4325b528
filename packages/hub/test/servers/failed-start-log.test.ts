import { startTestHub } from '@hub/testkit'
import { expect, test } from 'vitest'

const script = `
console.log('loading <config>')
console.error('my token is ' + process.env.JUPYTERHUB_API_TOKEN + ', the database has ' + process.env.DB_PASSWORD)
console.error("Error: Cannot find module 'lab'")
setTimeout(() => process.exit(7), 50)
`

test('a start that fails shows its user why, and the last lines of the log with the secrets masked', async () => {
  await using hub = await startTestHub({
    config: { Spawner: { cmd: [process.execPath, '-e', script], environment: { DB_PASSWORD: 'hunter-22' } } },
  })
  const ada = hub.browser()
  await ada.login('ada', 'x')
  await expect.poll(async () => (await ada.get('/hub/spawn-pending/ada')).status, { timeout: 15_000 }).toBe(500)
  const page = (await ada.get('/hub/spawn-pending/ada')).text
  expect(page).toContain('status=7')
  expect(page).toContain('loading &#60;config&#62;\nmy token is ***')
  expect(page).toContain('the database has ***\nError: Cannot find module &#39;lab&#39;')
  expect(page).not.toContain('hunter-22')

  const progress = (await hub.api('GET', '/users/ada/server/progress')).text
  expect(progress).toContain('Cannot find module')
  expect(progress).not.toContain('hunter-22')

  // The API keeps to one line, and to its code.
  const api = await hub.api('POST', '/users/ada/server', {})
  expect(api.status).toBe(500)
  expect(api.json()).toMatchObject({ message: expect.stringContaining('status=7') })
})

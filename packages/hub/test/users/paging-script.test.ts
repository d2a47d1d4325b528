import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findVenv, startChild } from '@hub/testkit'
import { expect, test } from 'vitest'
import { startHubInProcess } from '../hub-in-process.js'

const venv = findVenv()
const script = fileURLToPath(new URL('fixtures/page-users.py', import.meta.url))

test.skipIf(venv === undefined)(
  'a script of the library requests finds each of 5,000 users once',
  async () => {
    await using hub = await startHubInProcess()
    const usernames = Array.from({ length: 5_000 }, (_, index) => `user-${index}`)
    expect((await hub.api('POST', '/users', { usernames })).status).toBe(201)
    await using child = startChild({
      command: [join(venv ?? '', 'bin/python'), script],
      env: { JUPYTERHUB_API_URL: `${hub.proxyOrigin}/hub/api`, JUPYTERHUB_API_TOKEN: hub.adminToken },
    })
    expect(await child.exited).toMatchObject({ code: 0 })
    expect(JSON.parse(child.log())).toEqual({
      total: 5_000,
      'by pages': 5_000,
      different: 5_000,
      'same by offsets': true,
      pages: 100,
    })
  },
  120_000,
)

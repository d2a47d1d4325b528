import { loadConfig } from '@hub/config'
import { expect, test } from 'vitest'
import { hostIsMissing, QUICK_SERVICE, TestHost } from '../../../authenticator/test/pam/test-host.js'
import { hubCommandLine, hubPlugins } from '../../src/index.js'
import { jupyterHub } from '../../src/config/jupyterhub.js'
import { startHubInProcess } from '../hub-in-process.js'

test('without a word about it, people log in with the accounts of the host', async () => {
  const config = await loadConfig({ ...hubCommandLine, configFile: null, plugins: hubPlugins, cwd: '/', env: {} })
  expect(config.valuesOf(jupyterHub).authenticator_class).toHaveProperty('name', 'PAMAuthenticator')
})

test.skipIf(hostIsMissing !== undefined)(
  'an account of the host logs in with its password until it is gone',
  async () => {
    using host = new TestHost()
    const service = host.service(...QUICK_SERVICE)
    const [ada, changing] = [host.account('lovelace'), host.account('byron')]
    host.change('chage', '-d', '0', changing)
    await using hub = await startHubInProcess({
      config: {
        JupyterHub: { authenticator_class: 'jupyterhub.auth.PAMAuthenticator' },
        Authenticator: { allow_all: true, auth_refresh_age: 1 },
        PAMAuthenticator: { service },
      },
    })
    const browser = hub.browser()
    expect((await browser.login(ada, 'byron')).text).toContain('Invalid username or password')
    expect((await browser.login(changing, 'byron')).text).toContain('You are required to change your password')
    expect((await browser.login(ada.toUpperCase(), 'lovelace', { next: '/hub/home' })).path).toBe('/hub/home')
    expect(JSON.stringify(hub.log)).not.toContain('lovelace')

    host.remove(ada)
    await expect.poll(async () => (await browser.get('/hub/home')).path, { timeout: 20_000 }).toMatch(/^\/hub\/login/)
  },
)

test.skipIf(hostIsMissing !== undefined)(
  'a user whom the host does not know is refused by the API, or gets an account',
  async () => {
    using host = new TestHost()
    const service = host.service(...QUICK_SERVICE)
    const name = host.willMake(`${host.mark}new`)
    await using refusing = await startHubInProcess({
      config: { JupyterHub: { authenticator_class: 'pam' }, PAMAuthenticator: { service } },
    })
    const refused = await refusing.api('POST', `/users/${name}`)
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('create_system_users')])
    await refusing.stop()
    await using making = await startHubInProcess({
      after: refusing,
      config: {
        JupyterHub: { authenticator_class: 'pam' },
        PAMAuthenticator: { service },
        LocalAuthenticator: { create_system_users: true, add_user_cmd: ['useradd', '-M'] },
      },
    })
    expect((await making.api('POST', `/users/${name}`)).status).toBe(201)
    host.change('id', '--', name)
  },
)

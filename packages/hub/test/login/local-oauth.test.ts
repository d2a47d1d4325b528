import { findAccount, groupsOfAccount } from '@hub/api/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostIsMissing, TestHost } from '../../../authenticator/test/pam/test-host.js'
import { type HubInProcess, startHubInProcess } from '../hub-in-process.js'
import { clientId, clientSecret, type GitHubServer, startGitHub } from './services/github-server.js'

describe.skipIf(hostIsMissing !== undefined)(`accounts for people of a login service ${hostIsMissing ?? ''}`, () => {
  let host: TestHost
  let github: GitHubServer
  let hub: HubInProcess
  let group: string
  let ada: string
  beforeAll(async () => {
    host = new TestHost()
    group = host.group()
    ada = host.willMake(`${host.mark}ada`)
    github = await startGitHub()
    hub = await startHubInProcess({
      env: { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret, GITHUB_URL: github.url },
      config: {
        JupyterHub: { authenticator_class: 'oauthenticator.github.LocalGitHubOAuthenticator' },
        Authenticator: { allow_all: true, blocked_users: [`${host.mark}eve`] },
        LocalGitHubOAuthenticator: {
          create_system_users: true,
          add_user_cmd: ['useradd', '-M', '-G', group, '-c', 'USERNAME of the hub'],
          uids: { [ada]: 54_321 },
        },
      },
    })
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await github[Symbol.asyncDispose]()
    host[Symbol.dispose]()
  })

  test('are made at their first login, with the uid and the command that are configured', async () => {
    github.people.set(ada.toUpperCase(), {})
    expect(await findAccount(ada)).toBeUndefined()
    await github.logIn(hub.browser(), ada.toUpperCase())
    expect(await findAccount(ada)).toMatchObject({ name: ada, uid: 54_321 })
    expect(await groupsOfAccount(ada)).toContain(group)
    // The next login finds it.
    expect((await github.logIn(hub.browser(), ada, '/hub/oauth_login?next=%2Fhub%2Fhome')).path).toBe('/hub/home')
  })

  test('are not made for those who may not log in, or whose name is an option of the command', async () => {
    for (const login of [`${host.mark}eve`, '-R']) {
      github.people.set(login, {})
      const page = await github.logIn(hub.browser(), login)
      expect([login, page.status]).toEqual([login, 403])
      expect((await hub.api('GET', `/users/${encodeURIComponent(login)}`)).status).toBe(404)
    }
    expect(await findAccount(`${host.mark}eve`)).toBeUndefined()
  })
})

import { PassportAuthenticator, type Strategy } from '../../src/passport/index.js'
import passport from 'passport'
import { Strategy as GitHubStrategy } from 'passport-github2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HubInProcess, startHubInProcess } from '../../../hub/test/hub-in-process.js'
import {
  clientId,
  clientSecret,
  type GitHubServer,
  startGitHub,
} from '../../../hub/test/login/services/github-server.js'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github[Symbol.asyncDispose]())

/** A strategy that says nothing about state and proof: both are there all the same. */
class AnyOAuth extends PassportAuthenticator {
  override readonly loginService = 'Anything'
  protected override makeStrategy(callbackURL: string): Strategy {
    return new GitHubStrategy(
      {
        clientID: clientId,
        clientSecret,
        callbackURL,
        authorizationURL: `${github.url}/login/oauth/authorize`,
        tokenURL: `${github.url}/login/oauth/access_token`,
        userProfileURL: `${github.url}/api/v3/user`,
      },
      (_access: string, _refresh: string, profile: { username?: string }, done: (error: null, user: object) => void) =>
        done(null, { name: profile.username }),
    )
  }
}

/** As passport-local does it: from the fields of a form. */
class FormStrategy extends passport.Strategy {
  override readonly name = 'form'
  override authenticate(request: { body?: { username?: string; password?: string } }): void {
    const { username, password } = request.body ?? {}
    if (password === 'broken') this.error(new Error('a bug of the strategy'))
    else if (password === 'sesame') this.success({ username: username ?? '' })
    else this.fail('wrong', 401)
  }
}
class AnyForm extends PassportAuthenticator {
  protected override makeStrategy(): Strategy {
    return new FormStrategy()
  }
}

const start = (authenticator_class: unknown): Promise<HubInProcess> =>
  startHubInProcess({ config: { JupyterHub: { authenticator_class } } })

test('a strategy that sends people away and gets them back logs in; begun elsewhere, it does not', async () => {
  await using hub = await start(AnyOAuth)
  const back = await github.callbackUrl(hub.browser(), 'Ada')
  const browser = hub.browser()
  expect(back.searchParams.get('state')).toMatch(/^[\w-]{43}$/)
  expect((await browser.get(back.pathname + back.search)).status).toBe(400)
  const page = await github.logIn(browser, 'Ada', '/hub/oauth_login?next=%2Fhub%2Fhome')
  expect([page.status, page.path]).toEqual([200, '/hub/home'])
  const denied = hub.browser()
  const state = new URL((await denied.get('/hub/oauth_login', { follow: false })).location ?? '').searchParams.get(
    'state',
  )
  expect((await denied.get(`/hub/oauth_callback?error=access_denied&state=${state ?? ''}`)).status).toBe(403)
})

test('a strategy that reads a form logs in with the form of the hub', async () => {
  await using hub = await start(AnyForm)
  const browser = hub.browser()
  expect((await browser.login('Ada', 'wrong')).status).toBe(403)
  const page = await browser.login('Ada', 'sesame', { next: '/hub/home' })
  expect([page.status, page.path]).toEqual([200, '/hub/home'])
  expect((await hub.browser().login('Ada', 'broken')).status).toBe(500)
})

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Browser, type Page } from '@hub/testkit'
import express from 'express'

/** What answers like GitHub, as far as logins need it: the pages under `/login/oauth`, and its API. */
export interface GitHubServer extends AsyncDisposable {
  readonly url: string
  readonly api: string
  /** Logins by name, and what they are members of: `org`, hidden or shown, and `org:team` with its state. */
  readonly people: Map<string, Person>
  /** Tokens that are good, by token. */
  readonly tokens: Map<string, string>
  /** What the next requests are answered with, whatever they ask. */
  /** Tokens are those of a GitHub App, which can be renewed; by refresh token. */
  renewable: Map<string, string> | undefined
  broken: { readonly status: number; readonly body: string } | undefined
  callbackUrl(hub: Browser, login: string, path?: string): Promise<URL>
  logIn(hub: Browser, login: string, path?: string): Promise<Page>
}

export interface Person {
  readonly publicOrganizations?: readonly string[]
  readonly hiddenOrganizations?: readonly string[]
  readonly teams?: Readonly<Record<string, 'active' | 'pending'>>
}

export const [clientId, clientSecret] = ['a-client-of-github', 'a-secret-at-github']

export async function startGitHub(): Promise<GitHubServer> {
  const people = new Map<string, Person>()
  const tokens = new Map<string, string>()
  const codes = new Map<string, { login: string; challenge: string; redirectUri: string }>()
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const github: GitHubServer = {
    url,
    api: `${url}/api/v3`,
    people,
    tokens,
    renewable: undefined,
    broken: undefined,
    async callbackUrl(hub, login, path = '/hub/oauth_login') {
      const away = new URL((await hub.get(path, { follow: false })).location ?? '')
      away.searchParams.set('as', login)
      await using browser = new Browser(url)
      return new URL((await browser.get(away.href)).location ?? '')
    },
    logIn: async (hub, login, path) => {
      const back = await github.callbackUrl(hub, login, path)
      return hub.get(back.pathname + back.search)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  app.use(express.urlencoded({ extended: false }))
  app.use((_request, response, next) => {
    if (github.broken === undefined) next()
    else response.status(github.broken.status).send(github.broken.body)
  })
  app.get('/login/oauth/authorize', (request, response) => {
    const query = Object.fromEntries(new URL(request.url, url).searchParams)
    const code = randomBytes(10).toString('hex')
    const back = new URL(query['redirect_uri'] ?? '')
    if (query['client_id'] !== clientId) return void response.status(404).end()
    if (query['as'] === undefined) back.searchParams.set('error', 'access_denied')
    else {
      codes.set(code, {
        login: query['as'],
        challenge: query['code_challenge'] ?? '',
        redirectUri: back.href,
      })
      back.searchParams.set('code', code)
    }
    back.searchParams.set('state', query['state'] ?? '')
    response.redirect(back.href)
  })
  const hand = (login: string): Record<string, string> => {
    const token = `gho_${randomBytes(12).toString('hex')}`
    tokens.set(token, login)
    const answer = { access_token: token, token_type: 'bearer', scope: 'read:org,user:email' }
    if (github.renewable === undefined) return answer
    const renewal = `ghr_${randomBytes(12).toString('hex')}`
    github.renewable.set(renewal, login)
    return { ...answer, refresh_token: renewal }
  }
  app.post('/login/oauth/access_token', ({ body }, response) => {
    const given = body as Record<string, string>
    if (given['grant_type'] === 'refresh_token') {
      const login = github.renewable?.get(given['refresh_token'] ?? '')
      github.renewable?.delete(given['refresh_token'] ?? '')
      if (login === undefined || given['client_secret'] !== clientSecret)
        return void response.json({ error: 'bad_refresh_token' })
      return void response.json(hand(login))
    }
    const known = codes.get(given['code'] ?? '')
    codes.delete(given['code'] ?? '')
    const challenge = createHash('sha256')
      .update(given['code_verifier'] ?? '')
      .digest('base64url')
    const isRight =
      known?.challenge === challenge &&
      given['client_secret'] === clientSecret &&
      known.redirectUri === given['redirect_uri']
    // GitHub answers 200 also when it refuses.
    if (!isRight) return void response.json({ error: 'bad_verification_code', error_description: 'no such code' })
    response.json(hand(known.login))
  })
  const asked = (header: string | undefined): string | undefined =>
    tokens.get(/^bearer (.*)$/i.exec(header ?? '')?.[1] ?? '')
  app.use('/api/v3', (request, response, next) => {
    if (asked(request.headers.authorization) === undefined) response.status(401).json({ message: 'Bad credentials' })
    else next()
  })
  app.get('/api/v3/user', ({ headers }, response) => {
    response.json({ login: asked(headers.authorization), id: 7, name: 'A person', email: null })
  })
  app.get('/api/v3/user/teams', ({ headers }, response) => {
    const { teams = {} } = people.get(asked(headers.authorization) ?? '') ?? {}
    const active = Object.entries(teams).filter(([, state]) => state === 'active')
    response.json(active.map(([name]) => ({ slug: name.split(':')[1], organization: { login: name.split(':')[0] } })))
  })
  app.get(
    '/api/v3/user/emails',
    (_request, response) => void response.json([{ email: 'a@example.org', primary: true }]),
  )
  app.get('/api/v3/orgs/:org/members/:login', ({ params, headers }, response) => {
    const { publicOrganizations = [], hiddenOrganizations = [] } = people.get(params.login) ?? {}
    const isInside = [...publicOrganizations, ...hiddenOrganizations].includes(params.org)
    const asker = people.get(asked(headers.authorization) ?? '')
    const mayKnow = [...(asker?.publicOrganizations ?? []), ...(asker?.hiddenOrganizations ?? [])].includes(params.org)
    if (mayKnow) response.status(isInside ? 204 : 404).end()
    else response.redirect(302, `/api/v3/orgs/${params.org}/public_members/${params.login}`)
  })
  app.get('/api/v3/orgs/:org/public_members/:login', ({ params }, response) => {
    const isShown = people.get(params.login)?.publicOrganizations?.includes(params.org) === true
    response.status(isShown ? 204 : 404).end()
  })
  app.get('/api/v3/orgs/:org/teams/:team/memberships/:login', ({ params }, response) => {
    const state = people.get(params.login)?.teams?.[`${params.org}:${params.team}`]
    if (state === undefined) response.status(404).end()
    else response.json({ state })
  })
  return github
}

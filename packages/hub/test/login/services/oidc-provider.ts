import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Browser, type Page } from '@hub/testkit'
import { Provider } from 'oidc-provider'

export interface Account {
  readonly claims: Readonly<Record<string, unknown>>
}

/** A real OpenID Connect provider on a free port. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string
  readonly accounts: Map<string, Account>
  /** Begins to answer, for a hub with this callback URL. */
  serve(callbackUrl: string): void
  /** Ends an access token, as time does. */
  end(accessToken: string): Promise<void>
  readonly clientId: string
  readonly clientSecret: string
  /** Goes from the hub to the provider and back as `login`, and returns the hub's page. */
  logIn(hub: Browser, login: string, path?: string): Promise<Page>
  /** Goes to the provider and logs in there; returns the callback URL that the provider sends the browser to. */
  callbackUrl(hub: Browser, login: string, path?: string): Promise<string>
}

export async function startProvider(clientId = 'hub'): Promise<TestProvider> {
  const clientSecret = 'a-secret-of-the-hub-at-the-provider'
  const accounts = new Map<string, Account>()
  const server: Server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let running: Provider | undefined
  const serve = (callbackUrl: string): void => {
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [callbackUrl],
          post_logout_redirect_uris: [callbackUrl.replace('oauth_callback', 'login')],
          token_endpoint_auth_method: 'client_secret_post',
          grant_types: ['authorization_code', 'refresh_token'],
        },
      ],
      pkce: { required: () => true },
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      features: {
        devInteractions: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        revocation: { enabled: true },
      },
      findAccount: (_context: unknown, id: string) => {
        const account = accounts.get(id)
        if (account === undefined) return undefined
        return { accountId: id, claims: () => ({ sub: id, ...account.claims }) }
      },
      cookies: { keys: ['a-key-of-the-provider'] },
    })
    running = provider
    // What it prints is for people who try it out.
    provider.on('server_error', () => undefined)
    const answer = provider.callback()
    server.on('request', (request, response) => void answer(request, response))
  }

  const callbackOf = async (hub: Browser, login: string, path = '/hub/oauth_login'): Promise<string> => {
    const away = (await hub.get(path, { follow: false })).location ?? ''
    await using browser = new Browser(issuer)
    let page = await browser.get(away)
    const form = page.forms()[0]
    if (form?.fields.some(([name]) => name === 'login') === true)
      page = await browser.submit(page, form, { login, password: 'any' })
    for (let step = 0; page.status === 200 && step < 3; step++) {
      const consent = page.forms()[0]
      if (consent === undefined) throw new Error(page.text)
      page = await browser.submit(page, consent)
    }
    return page.location ?? `no redirect: ${page.status} ${page.text.slice(0, 500)}`
  }
  return {
    issuer,
    accounts,
    serve,
    clientId,
    clientSecret,
    callbackUrl: callbackOf,
    async end(accessToken) {
      const token = await running?.AccessToken.find(accessToken)
      if (token === undefined) throw new Error('the provider does not know that token')
      await token.destroy()
    },
    logIn: async (hub, login, path) => hub.get(new URL(await callbackOf(hub, login, path)).href),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

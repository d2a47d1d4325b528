import { Browser, fixture, type Page, proxyCommand, startTestHub, startUpstreamHub } from '@hub/testkit'

/** Settings that both hubs are given; plain data, so that they can be written in Python too. */
export interface CommonConfig {
  readonly [trait: `${string}.${string}`]: unknown
}

export interface CallOptions {
  /** A token; null: nobody. Default: the admin service. */
  readonly as?: string | null
  /** Sent as JSON; a string, or bytes, as they stand. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One of the two hubs, and the log of what it answered. */
export class Side implements AsyncDisposable {
  readonly answers: { readonly call: string; readonly page: Page }[] = []
  readonly #browser: Browser
  readonly #browsers: Browser[] = []

  constructor(
    readonly origin: string,
    private readonly hub: AsyncDisposable,
    /** Of the service `test-admin`, which has the role admin. */
    private readonly adminToken: string,
  ) {
    this.#browser = new Browser(origin)
  }

  /** A request whose answer is compared. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Page> {
    const page = await this.ask(method, path, options)
    this.record(`${method} ${path}`, options, page)
    return page
  }

  /** A request that only prepares others. */
  async ask(
    method: string,
    path: string,
    { as = this.adminToken, body, headers = {} }: CallOptions = {},
  ): Promise<Page> {
    // No cookie jar: what one request sets must not come with the next.
    this.#browser.cookies.clear()
    return this.#browser.visit(path.startsWith('/hub') ? path : `/hub/api${path}`, {
      method,
      follow: false,
      headers: {
        accept: '*/*',
        ...(as === null ? {} : { authorization: `token ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
    })
  }

  record(call: string, { as, body, headers }: CallOptions, page: Page): void {
    const by = as === null ? ' as nobody' : as === undefined ? '' : ` as ${NAMES.get(as) ?? 'another'}`
    const said = [body === undefined ? '' : JSON.stringify(body), headers === undefined ? '' : JSON.stringify(headers)]
    this.answers.push({ call: [`${call}${by}`, ...said].filter((part) => part !== '').join(' '), page })
  }

  /** A token of a user, made by the admin. */
  async tokenOf(user: string, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const page = await this.ask('POST', `/users/${user}/tokens`, { body })
    if (page.status !== 201) throw new Error(`no token for ${user}: ${page.status} ${page.text}`)
    const { token } = page.json<{ token: string }>()
    NAMES.set(token, `${user} ${JSON.stringify(body)}`)
    return token
  }

  async loggedIn(user: string): Promise<Browser> {
    const browser = new Browser(this.origin)
    this.#browsers.push(browser)
    const page = await browser.login(user, 'any', { follow: false })
    if (page.status !== 302) throw new Error(`${user} cannot log in: ${page.status}`)
    // A page uses the token of the session, and so brings its cookie.
    await browser.get('/hub/token')
    return browser
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#browser, ...this.#browsers].map((browser) => browser[Symbol.asyncDispose]()))
    await this.hub[Symbol.asyncDispose]()
  }
}

const NAMES = new Map<string, string>()

/** The token of the service that holds these scopes, see {@link startTwoHubs}. */
export const tokenFor = (holder: string): string => {
  const token = `${holder}-token-0123456789`
  NAMES.set(token, holder)
  return token
}

export interface TwoHubs extends AsyncDisposable {
  readonly ours: Side
  readonly theirs: Side
}

/**
 * Our hub and Python's, with the same configuration.
 *
 * @param holders - services by name, with the scopes that each holds; see {@link tokenFor}
 */
export async function startTwoHubs(
  holders: Readonly<Record<string, readonly string[]>>,
  config: CommonConfig,
): Promise<TwoHubs> {
  const services = Object.keys(holders).map((name) => ({ name, api_token: tokenFor(name) }))
  const roles = Object.entries(holders).map(([name, scopes]) => ({ name: `role-${name}`, scopes, services: [name] }))
  const { 'JupyterHub.load_roles': moreRoles = [], 'JupyterHub.services': moreServices = [], ...rest } = config
  const common: CommonConfig = {
    'JupyterHub.load_roles': [...roles, ...(moreRoles as unknown[])],
    'JupyterHub.services': [...services, ...(moreServices as unknown[])],
    'Spawner.cmd': [process.execPath, fixture('fake-server.mjs')],
    'Spawner.args': [],
    ...rest,
  }
  const [ours, theirs] = await Promise.all([startOurs(common), startTheirs(common)])
  return {
    ours,
    theirs,
    async [Symbol.asyncDispose]() {
      await Promise.all([ours[Symbol.asyncDispose](), theirs[Symbol.asyncDispose]()])
    },
  }
}

async function startOurs(common: CommonConfig): Promise<Side> {
  const config: Record<string, Record<string, unknown>> = {}
  for (const [trait, value] of Object.entries(common)) {
    const [name = '', key = ''] = trait.split('.')
    config[name] = { ...config[name], [key]: value }
  }
  const hub = await startTestHub({ config: config })
  return new Side(hub.origin, hub, hub.adminToken)
}

async function startTheirs(common: CommonConfig): Promise<Side> {
  const adminToken = 'admin-token-0123456789abcdef'
  const services = [{ name: 'test-admin', admin: true, api_token: adminToken }]
  const all = { ...common, 'JupyterHub.services': [...services, ...(common['JupyterHub.services'] as unknown[])] }
  const lines = Object.entries(all).map(
    ([trait, value]) => `c.${trait} = json.loads(${JSON.stringify(JSON.stringify(value))})`,
  )
  const hub = await startUpstreamHub({ proxyCommand: proxyCommand(), config: ['import json', ...lines].join('\n') })
  return new Side(hub.origin, hub, adminToken)
}

import { Agent, request } from 'undici'
import { CookieJar } from './cookie-jar.js'
import { formsOf, type HtmlForm } from './html-form.js'
import { openSocket, type TestSocket } from './web-socket.js'

export type FormFields = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[]

export interface VisitOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Follow redirects within the origin; the default. */
  readonly follow?: boolean
}

/** An answer, with what a person would see of it. */
export class Page {
  constructor(
    /** Path and query of the last request, after redirects. */
    readonly path: string,
    readonly status: number,
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    readonly text: string,
  ) {}

  get location(): string | undefined {
    const value = this.headers['location']
    return typeof value === 'string' ? value : undefined
  }

  /** The body as JSON, of whatever shape the caller expects. */
  json<T = unknown>(): T {
    // A test states what it expects and fails where that does not hold.
    return JSON.parse(this.text) as T
  }

  forms(): HtmlForm[] {
    return formsOf(this.text)
  }

  /** The first form with an input of this name. */
  formWith(name: string): HtmlForm {
    const found = this.forms().find((form) => form.fields.some(([field]) => field === name))
    if (!found)
      throw new Error(`no form with an input "${name}" at ${this.path} (${this.status}):\n${this.text.slice(0, 2000)}`)
    return found
  }
}

const MOST_REDIRECTS = 15

/** What a browser does without its scripts: cookies, redirects, forms, WebSockets; for one origin. */
export class Browser implements AsyncDisposable {
  readonly cookies = new CookieJar()
  readonly #agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 60_000 })

  constructor(
    readonly origin: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** Requests a path of the origin, or an absolute URL below it. */
  async visit(path: string, { method = 'GET', headers = {}, body, follow = true }: VisitOptions = {}): Promise<Page> {
    let target = new URL(path, this.origin)
    let page = await this.#once(target, method, headers, body)
    // As a browser does: what was said of the body goes with the body.
    const { 'content-type': _ofTheBody, ...kept } = headers
    for (let hops = 0; follow && page.status >= 300 && page.status < 400 && page.location !== undefined; hops++) {
      if (hops === MOST_REDIRECTS)
        throw new Error(`more than ${MOST_REDIRECTS} redirects, the last to ${page.location}`)
      target = new URL(page.location, target)
      if (target.origin !== new URL(this.origin).origin) return page
      page = await this.#once(target, 'GET', kept, undefined)
    }
    return page
  }

  get(path: string, options: VisitOptions = {}): Promise<Page> {
    return this.visit(path, options)
  }

  post(path: string, fields: FormFields, options: VisitOptions = {}): Promise<Page> {
    const pairs = isPairs(fields)
      ? fields.map(([name, value]): [string, string] => [name, value])
      : Object.entries(fields)
    return this.visit(path, {
      method: 'POST',
      ...options,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
      body: new URLSearchParams(pairs).toString(),
    })
  }

  /** Sends a form as it stands in the page, with some fields filled in. */
  submit(
    page: Page,
    form: HtmlForm,
    filled: Readonly<Record<string, string>> = {},
    options: VisitOptions = {},
  ): Promise<Page> {
    const kept = form.fields.filter(([name]) => !(name in filled))
    const action = new URL(form.action, new URL(page.path, this.origin))
    return this.post(action.href, [...kept, ...Object.entries(filled)], options)
  }

  /** Logs in through the hub's form and goes where the hub leads. */
  async login(name: string, password: string, options: { next?: string; follow?: boolean } = {}): Promise<Page> {
    const query = options.next === undefined ? '' : `?next=${encodeURIComponent(options.next)}`
    const page = await this.get(`/hub/login${query}`)
    return this.submit(
      page,
      page.formWith('password'),
      { username: name, password },
      { follow: options.follow ?? true },
    )
  }

  /** Calls an API with this browser's cookies and the XSRF token that belongs to the path, as a page's script would. */
  api(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const xsrf = this.cookies.get('_xsrf', path)
    return this.visit(path, {
      method,
      follow: false,
      headers: {
        'sec-fetch-mode': 'cors',
        'sec-fetch-site': 'same-origin',
        ...(xsrf === undefined ? {} : { 'x-xsrftoken': xsrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  socket(path: string, headers: Record<string, string> = {}): Promise<TestSocket> {
    const url = new URL(path, this.origin)
    return openSocket(url, { cookie: this.cookies.header(url.pathname), origin: this.origin, ...headers })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  async #once(
    url: URL,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array | undefined,
  ): Promise<Page> {
    const cookie = this.cookies.header(url.pathname)
    const answer = await request(url, {
      // A test may try any method.
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: {
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'user-agent': 'hub-testkit',
        ...this.headers,
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const set = answer.headers['set-cookie'] ?? []
    for (const header of Array.isArray(set) ? set : [set]) this.cookies.store(header, url.pathname)
    return new Page(url.pathname + url.search, answer.statusCode, answer.headers, await answer.body.text())
  }
}

function isPairs(fields: FormFields): fields is readonly (readonly [name: string, value: string])[] {
  return Array.isArray(fields)
}

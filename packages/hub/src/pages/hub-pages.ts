import { STATUS_CODES } from 'node:http'
import type { Exchange } from '../http/exchange.js'
import type { PublicError } from '../http/hub-error.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import type { PageWriter } from '../login/page-writer.js'
import { languageFor } from './messages/languages.js'
import { anonymousPage, type PageContext, type ServiceLink } from './page-context.js'
import type { PagePolicy } from './page-policy.js'
import type { ErrorPageFacts, PageRenderer } from './page-renderer.js'
import { loadUserFacts, type UserFactsDeps } from './user-facts.js'
import type { Permissions } from '../access/permissions.js'

export interface HubPagesDeps {
  readonly renderer: PageRenderer
  readonly policy: Pick<PagePolicy, 'apply'>
  readonly xsrf: XsrfGuard
  readonly userFacts: UserFactsDeps
  /** Services with a page that may be opened with these permissions. */
  /** Variables with what pages announce; they win over those of the configuration. */
  readonly announcements: () => Promise<Readonly<Record<string, string>>>
  readonly serviceLinks: (permissions: Permissions) => readonly ServiceLink[]
}

/** Renders pages for whoever made the request. */
export class HubPages implements PageWriter {
  constructor(private readonly deps: HubPagesDeps) {}

  async render(exchange: Exchange, page: string, variables: Readonly<Record<string, unknown>> = {}): Promise<string> {
    this.deps.policy.apply(exchange.response, variables)
    return this.deps.renderer.render(page, await this.#context(exchange), variables)
  }

  async renderText(exchange: Exchange, source: string, variables: Readonly<Record<string, unknown>>): Promise<string> {
    return this.deps.renderer.renderText(source, await this.#context(exchange), variables)
  }

  /** Never rejects: an error page must come out of every error. */
  async renderError(exchange: Exchange, error: PublicError, extraErrorHtml?: string): Promise<string> {
    const facts: ErrorPageFacts = {
      status: error.status,
      message: error.message,
      statusMessage: STATUS_CODES[error.status] ?? 'Error',
      ...(error.messageHtml === undefined ? {} : { messageHtml: error.messageHtml }),
      ...(extraErrorHtml === undefined ? {} : { extraErrorHtml }),
    }
    const context = await this.#context(exchange).catch(() => anonymousPage())
    this.deps.policy.apply(exchange.response, {
      message_html: facts.messageHtml,
      extra_error_html: facts.extraErrorHtml,
    })
    return this.deps.renderer.renderError(facts, context)
  }

  async #context(exchange: Exchange): Promise<PageContext> {
    const { visitor } = exchange
    const xsrfToken = this.deps.xsrf.token(exchange)
    const language = languageFor(exchange.facts.headers['accept-language'])
    if (visitor.kind !== 'user') {
      return { visitor: undefined, xsrfToken, language, announcements: await this.deps.announcements() }
    }
    const [user, announcements] = await Promise.all([
      loadUserFacts(visitor.user, this.deps.userFacts),
      this.deps.announcements(),
    ])
    const services = this.deps.serviceLinks(visitor.permissions)
    return { visitor: { user, permissions: visitor.permissions, services }, xsrfToken, language, announcements }
  }
}

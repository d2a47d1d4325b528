import type { Log } from '@hub/api'
import type { HubUrls } from '../hub-urls.js'
import { escapeHtml } from './jinja/python-values.js'
import { splitKeywords } from './jinja/python-methods.js'
import { knownEnvironmentOptions, TemplateEngine } from './jinja/template-engine.js'
import { jqueryDirectory, jqueryPath } from './jquery.js'
import { anonymousPage, type PageContext } from './page-context.js'
import { english, translate } from './messages/languages.js'
import { stockTemplates } from './package-paths.js'
import { staticUrl } from './static-url.js'
import { userView } from './views/user-view.js'

export interface PageSettings {
  readonly urls: HubUrls
  /** Where the authenticator has people log in and out. */
  readonly loginUrl: string
  readonly logoutUrl: string
  /** Name of the service people log in with; empty: a form asks for a password. */
  readonly loginService: string
  /** Searched first to last, before the stock templates. */
  readonly templatePaths: readonly string[]
  /** Extra variables; functions are called with the page's visitor, or `null`, each time a page is rendered. */
  readonly templateVars: Readonly<Record<string, unknown>>
  /** Jinja2 environment options under their Python names. */
  readonly environmentOptions?: Readonly<Record<string, unknown>>
  /** Goes into the URLs of static files, so that browsers keep them until it changes; empty: they ask each time. */
  readonly versionHash: string
  /** Whether the admin panel is there to be linked to. */
  readonly hasAdminPage?: boolean
}

export interface PageRendererDeps {
  readonly log: Log
  readonly nowMs?: () => number
  /** How long an edited template may go unnoticed; 1 second. */
  readonly recheckAfterMs?: number
}

/** What an error page tells. */
export interface ErrorPageFacts {
  readonly status: number
  /** Text; escaped. */
  readonly message: string
  /** Reason phrase or another heading. */
  readonly statusMessage: string
  /** HTML of a plug-in, trusted; shown instead of the text. */
  readonly messageHtml?: string
  /** HTML of the hub's own, shown below. */
  readonly extraErrorHtml?: string
}

/** Turns page names and facts into HTML. Knows nothing of requests and responses. */
export class PageRenderer {
  readonly #settings: PageSettings
  readonly #engine: TemplateEngine
  readonly #log: Log
  /** Stock pages have no use for jQuery, so only customised ones load it. */
  readonly #loadsJquery: boolean

  constructor(settings: PageSettings, deps: PageRendererDeps) {
    this.#settings = settings
    this.#log = deps.log
    this.#loadsJquery = settings.templatePaths.length > 0 && jqueryDirectory() !== undefined
    for (const option of Object.keys(settings.environmentOptions ?? {})) {
      if (!knownEnvironmentOptions.includes(option)) deps.log.warn('jinja_environment_options: no effect', { option })
    }
    this.#engine = new TemplateEngine({
      directories: { custom: settings.templatePaths, stock: stockTemplates },
      ...(settings.environmentOptions === undefined ? {} : { environmentOptions: settings.environmentOptions }),
      ...(deps.nowMs === undefined ? {} : { nowMs: deps.nowMs }),
      ...(deps.recheckAfterMs === undefined ? {} : { recheckAfterMs: deps.recheckAfterMs }),
    })
  }

  /**
   * @param page - the template's file name, such as `home.html`
   * @param variables - the page's own; they win over those every page has and over `template_vars`
   * @throws when the template, or a custom one it extends, is malformed or fails
   */
  async render(page: string, context: PageContext, variables: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.#engine.render(page, { ...(await this.#commonVariables(context)), ...variables })
  }

  /** Renders a template given as text: the custom login HTML of an authenticator. */
  async renderText(
    source: string,
    context: PageContext,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<string> {
    return this.#engine.renderText(source, { ...(await this.#commonVariables(context)), ...variables })
  }

  /** The page of an error. Always resolves: with a plainer page if a template fails. */
  async renderError(error: ErrorPageFacts, context: PageContext): Promise<string> {
    const own = `${error.status}.html`
    const variables = errorVariables(error)
    try {
      return await this.render((await this.#engine.exists(own)) ? own : 'error.html', context, variables)
    } catch (cause) {
      this.#log.error('error page failed, showing a plainer one', { status: error.status, error: cause })
    }
    try {
      return await this.render('templates/error.html', anonymousPage(), variables)
    } catch (cause) {
      this.#log.error('plain error page failed', { status: error.status, error: cause })
      return bareErrorPage(error)
    }
  }

  async #commonVariables({
    visitor,
    xsrfToken,
    announcements,
    language = english,
  }: PageContext): Promise<Record<string, unknown>> {
    const { urls, versionHash, loginUrl, logoutUrl, loginService } = this.#settings
    const user = visitor === undefined ? null : userView(visitor.user, urls)
    return {
      base_url: urls.hubPrefix,
      prefix: urls.baseUrl,
      user,
      login_url: loginUrl,
      login_service: loginService,
      logout_url: logoutUrl,
      static_url: (...args: unknown[]) => {
        const { positional, keywords } = splitKeywords(args)
        const [path, includeVersion = keywords['include_version'] ?? true] = positional
        return staticUrl(urls, String(path), includeVersion === true ? versionHash : '')
      },
      version_hash: versionHash,
      has_admin_page: this.#settings.hasAdminPage ?? false,
      services: (visitor?.services ?? []).map(({ name, href }) => ({ name, href, prefix: href })),
      lang: language.code,
      _: (text: string, values?: Record<string, unknown>) => translate(language.pages, text, values),
      jquery_path: this.#loadsJquery ? jqueryPath : '',
      parsed_scopes: visitor?.permissions.byScope ?? new Map(),
      expanded_scopes: new Set(visitor?.permissions.toStrings()),
      xsrf: xsrfToken,
      xsrf_token: xsrfToken,
      jhdata: {
        base_url: urls.hubPrefix,
        prefix: urls.baseUrl,
        ...(user === null ? {} : { user: user.name }),
        admin_access: visitor?.permissions.get('access:servers') === 'all',
        options_form: user?.spawner.options_form ?? false,
        xsrf_token: xsrfToken,
        // Scripts speak English by themselves.
        ...(language === english ? {} : { lang: language.code, messages: language.scripts }),
      },
      ...(await this.#templateVars(user)),
      ...announcements,
    }
  }

  async #templateVars(user: unknown): Promise<Record<string, unknown>> {
    const entries = Object.entries(this.#settings.templateVars).map(async ([name, value]) => [
      name,
      typeof value === 'function' ? await (value as (user: unknown) => unknown)(user) : value, // configured as such
    ])
    return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown> // names and values as above
  }
}

function errorVariables(error: ErrorPageFacts): Record<string, unknown> {
  return {
    status_code: error.status,
    status_message: error.statusMessage,
    // The heading says it already.
    message: error.message === error.statusMessage ? '' : error.message,
    message_html: error.messageHtml ?? '',
    extra_error_html: error.extraErrorHtml ?? '',
    exception: error.message,
    no_spawner_check: true,
  }
}

const bareErrorPage = ({ status, statusMessage, message }: ErrorPageFacts): string =>
  `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>JupyterHub</title></head><body>` +
  `<h1>${status} : ${escapeHtml(statusMessage)}</h1><p>${escapeHtml(message)}</p></body></html>`

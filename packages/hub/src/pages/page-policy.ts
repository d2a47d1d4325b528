import type { ServerResponse } from 'node:http'

/** HTML that a strict policy would keep from working: scripts and styles inside it. */
const inline = /<script|<style|\son\w+\s*=|\sstyle\s*=|javascript:/i

const strict = "; default-src 'self'; img-src * data:; object-src 'none'; base-uri 'self'"

export interface PagePolicySettings {
  /** Templates of the administrator's own, which may hold scripts. */
  readonly isCustomised: boolean
  /** The configuration says which policy there is to be. */
  readonly isConfigured: boolean
  /** `template_vars`, of which some are HTML. */
  readonly templateVars: Readonly<Record<string, unknown>>
}

/** Variables of pages that hold HTML of plug-ins or of the configuration. */
const htmlVariables = [
  'spawner_options_form',
  'error_html_message',
  'failed_html_message',
  'custom_html',
  'message_html',
  'extra_error_html',
] as const

/**
 * What browsers may load and run on a page. Stock pages run the hub's own files and nothing else, so that HTML which got
 * into one by mistake does nothing. Where the administrator, or a plug-in of theirs, has brought HTML with scripts or
 * styles in it, they are meant to work. Decided by what is trusted, never by the page as it came out.
 */
export class PagePolicy {
  readonly #mayBeStrict: boolean

  constructor({ isCustomised, isConfigured, templateVars }: PagePolicySettings) {
    const brings = Object.values(templateVars).some((value) => typeof value === 'function' || bringsInline(value))
    this.#mayBeStrict = !isCustomised && !isConfigured && !brings
  }

  apply(response: ServerResponse, variables: Readonly<Record<string, unknown>>): void {
    if (!this.#mayBeStrict || htmlVariables.some((name) => bringsInline(variables[name]))) return
    const policy = response.getHeader('Content-Security-Policy')
    // An error page may come after a page that was not finished.
    if (typeof policy !== 'string' || policy.includes('default-src')) return
    response.setHeader('Content-Security-Policy', policy + strict)
  }
}

const bringsInline = (value: unknown): boolean => typeof value === 'string' && inline.test(value)

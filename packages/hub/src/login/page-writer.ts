import type { Exchange } from '../http/exchange.js'

/** Renders templates for whoever made the request: adds the visitor, their services and the request's XSRF token. */
export interface PageWriter {
  render(exchange: Exchange, page: string, variables?: Readonly<Record<string, unknown>>): Promise<string>
  /** A template given as text. */
  renderText(exchange: Exchange, source: string, variables: Readonly<Record<string, unknown>>): Promise<string>
}

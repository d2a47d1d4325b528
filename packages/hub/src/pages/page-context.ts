import type { Permissions } from '../access/permissions.js'
import type { Language } from './messages/languages.js'
import type { UserFacts } from './views/user-view.js'

/** What every page is given about the request it answers. */
export interface PageContext {
  /** Who looks at the page; the navigation bar is theirs, whoever the page is about. Undefined: nobody logged in. */
  readonly visitor: PageVisitor | undefined
  /** The request's token against forged requests; pages hand it to forms and scripts. */
  readonly xsrfToken: string
  /** What the browser likes to read; English unless said otherwise. */
  readonly language?: Language
  /** Variables with what administrators announce, as HTML: `announcement`, `announcement_home`. */
  readonly announcements?: Readonly<Record<string, string>>
}

export interface PageVisitor {
  readonly user: UserFacts
  readonly permissions: Permissions
  /** Services with a page that this visitor may open, for the navigation bar. */
  readonly services: readonly ServiceLink[]
}

export interface ServiceLink {
  readonly name: string
  /** Where the link leads: the service's prefix, or the URL it is configured with. */
  readonly href: string
}

/** Nobody, as error pages are rendered when nothing about the visitor can be relied on. */
export const anonymousPage = (xsrfToken = ''): PageContext => ({ visitor: undefined, xsrfToken })

import { forbidden, HubError } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { PanelFiles } from './admin-panel.js'
import type { HubPages } from './hub-pages.js'

export interface AdminPageDeps {
  readonly pages: HubPages
  /** Undefined: the panel is not there. */
  readonly panel: PanelFiles | undefined
  readonly apiPageLimit: number
  readonly version: string
}

/** The page that carries the admin panel. What the panel does, the REST API allows or refuses. */
export function adminPage({ pages, panel, apiPageLimit, version }: AdminPageDeps): PageRoute {
  return {
    methods: ['get'],
    paths: ['/admin'],
    visitor: 'user',
    run: async ({ visitor, exchange }) => {
      if (visitor.permissions.get('admin-ui') === undefined) {
        throw forbidden('The admin panel is for those with the scope admin-ui.', 'insufficient_scope')
      }
      if (panel === undefined) {
        throw new HubError('panel_missing', 501, 'The admin panel is not installed beside this hub, or was not built.')
      }
      const variables = { panel, api_page_limit: apiPageLimit, server_version: version }
      return { status: 200, html: await pages.render(exchange, 'admin.html', variables) }
    },
  }
}

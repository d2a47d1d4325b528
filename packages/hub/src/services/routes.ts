import { getService, listServices } from '@hub/api'
import { listFilter } from '../access/has-scope.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { identified } from '../http/handle.js'
import { forbidden, notFound } from '../http/hub-error.js'
import type { Services } from './services.js'

/** The REST API of services, as far as it reads them. */
export function serviceRoutes(services: Services): ApiRoute[] {
  return [
    route(listServices, async ({ exchange }) => {
      const { permissions } = identified(exchange)
      const visible = listFilter(permissions, 'list:services', ['service'])
      if (visible.show === 'nothing') {
        throw forbidden(
          'Services can be listed with list:services, or with its !service= filter only.',
          'insufficient_scope',
        )
      }
      const models = await services.models(permissions)
      if (visible.show === 'all') return { status: 200, body: models }
      const named = Object.entries(models).filter(([name]) => visible.names.service.has(name))
      return { status: 200, body: Object.fromEntries(named) }
    }),

    route(getService, async ({ params, exchange }) => {
      const service = await services.findByName(params.service)
      if (service === undefined) throw notFound()
      return { status: 200, body: await services.model(service.id, identified(exchange).permissions) }
    }),
  ]
}

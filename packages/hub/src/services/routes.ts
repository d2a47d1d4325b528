import { checkServiceHealth, createService, deleteService, getService, listServices } from '@hub/api'
import { coversObject } from '../access/has-scope.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { identified } from '../http/handle.js'
import { methodNotAllowed, notFound } from '../http/hub-error.js'
import { addService, type AddServiceDeps } from './add-service.js'
import * as serviceStore from './service-store.js'
import type { Services } from './services.js'

export interface ServiceRoutesDeps extends AddServiceDeps {
  readonly services: Services
  /** Has the proxy follow, in its own time. */
  readonly checkRoutes: () => void
}

/** The REST API of services. */
export function serviceRoutes(deps: ServiceRoutesDeps): ApiRoute[] {
  const { services, database, access } = deps

  const requireService = async (name: string): Promise<serviceStore.Service> => {
    const service = await services.findByName(name)
    if (service === undefined) throw notFound(`No such service: ${name}`)
    return service
  }

  return [
    route(listServices, async ({ exchange }) => {
      const { permissions } = identified(exchange)
      const models = Object.entries(await services.models(permissions))
      // Unlike lists of users and groups, this one answers whatever the filters are about; they name no service then.
      const visible = models.filter(([name]) => coversObject(permissions, 'list:services', { kind: 'service', name }))
      return { status: 200, body: Object.fromEntries(visible) }
    }),

    route(getService, async ({ params, exchange }) => {
      const { id } = await requireService(params.service)
      return { status: 200, body: await services.model(id, identified(exchange).permissions) }
    }),

    route(checkServiceHealth, async ({ params }) => ({
      status: 200,
      body: await services.health(await requireService(params.service)),
    })),

    route(createService, async ({ params, body, exchange }) => {
      const caller = identified(exchange)
      const service = await addService(params.service, body, caller, deps)
      void services.check(service)
      deps.checkRoutes()
      return { status: 201, body: await services.model(service.id, caller.permissions) }
    }),

    route(deleteService, async ({ params }) => {
      const service = await requireService(params.service)
      if (service.fromConfig) throw methodNotAllowed(`Service ${service.name} is not modifiable at runtime`)
      await database.write((tx) => serviceStore.remove(tx, service.id))
      access.bump()
      deps.checkRoutes()
      return { status: 200 }
    }),
  ]
}

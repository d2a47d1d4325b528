import type { ServiceModel } from '@hub/api'
import { coversObject } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import type { HubUrls } from '../hub-urls.js'
import { servicePrefix } from './service-prefix.js'
import type { Service } from './service-store.js'

/** A service as the REST API shows it to one caller; empty when nothing of it may be seen. */
export function serviceModel(
  service: Service,
  facts: { readonly roles: readonly string[]; readonly pid: number },
  permissions: Permissions,
  urls: HubUrls,
): ServiceModel {
  const object = { kind: 'service', name: service.name } as const
  const covers = (scope: string): boolean => coversObject(permissions, scope, object)
  const model: ServiceModel = {}
  const readAll = covers('read:services')
  const readRoles = covers('read:roles:services')
  if (!readAll && !readRoles && !covers('read:services:name')) return model
  Object.assign(model, { kind: 'service', name: service.name, admin: service.admin })
  if (readRoles) model.roles = [...facts.roles]
  if (!readAll) return model
  const url = service.url ?? ''
  return {
    ...model,
    url,
    prefix: url === '' ? '' : servicePrefix(urls, service.name),
    command: [...service.command],
    pid: facts.pid,
    info: { ...service.info },
    display: service.display,
  }
}

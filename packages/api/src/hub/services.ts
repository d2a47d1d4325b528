import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { serviceModel } from './models.js'
import { isNothing, jsonObject, nameList } from './request-bodies.js'

const tag = 'services'
const onService = { filter: 'service', tag } as const
const unknownService = 'No such service'

export const listServices = defineEndpoint({
  name: 'listServices',
  method: 'GET',
  path: '/services',
  scopes: ['list:services'],
  postFilter: true,
  replies: { 200: z.record(z.string(), serviceModel) },
  tag,
  summary: 'List services, by name',
})

export const getService = defineEndpoint({
  ...onService,
  name: 'getService',
  method: 'GET',
  path: '/services/:service',
  scopes: ['read:services', 'read:services:name', 'read:roles:services'],
  replies: { 200: serviceModel },
  errors: { 404: unknownService },
  summary: 'A service',
})

const serviceRequest = z
  .strictObject({
    name: z.string().meta({ description: 'Ignored: the path names the service.' }),
    admin: z.boolean(),
    url: z.string(),
    oauth_client_allowed_scopes: nameList,
    api_token: z.string().min(8, 'must have at least 8 characters'),
    info: jsonObject,
    display: z.boolean(),
    oauth_no_confirm: z.boolean(),
    command: nameList.meta({ description: 'Must be empty: the hub does not start services that come this way.' }),
    cwd: z.string(),
    environment: jsonObject,
    user: z.string(),
    oauth_client_id: z.string(),
    oauth_redirect_uri: z.string(),
  })
  .partial()
  .refine((body) => !isNothing(body), 'Describe the service: give at least one field.')

export type ServiceRequest = z.output<typeof serviceRequest>

export const createService = defineEndpoint({
  ...onService,
  name: 'createService',
  method: 'POST',
  path: '/services/:service',
  scopes: ['admin:services'],
  body: serviceRequest,
  replies: { 201: serviceModel },
  errors: {
    400: 'The description is not valid, has a command, or asks for more than the caller may do',
    409: 'The service exists',
  },
  summary: 'Add an external service',
})

export const deleteService = defineEndpoint({
  ...onService,
  name: 'deleteService',
  method: 'DELETE',
  path: '/services/:service',
  scopes: ['admin:services'],
  replies: { 200: null },
  errors: { 404: unknownService, 405: 'The service stands in the configuration' },
  summary: 'Remove a service that was added at run time',
})

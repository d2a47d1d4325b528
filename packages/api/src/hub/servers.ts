import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { serverModel } from './models.js'
import { bodyOrEmpty, isNothing, jsonObject } from './request-bodies.js'

/** A named server, or with an empty name (or at the second path) the default one. */
const serverPath = {
  path: '/users/:user/servers/:server',
  alsoAt: '/users/:user/server',
  emptyParams: ['server'],
  filter: 'server',
  tag: 'servers',
} as const

const unknownServer = 'No such user or server'

/** What a start or creation asks for. */
export interface ServerRequest {
  readonly display_name?: string | undefined
  /** `null`: as at the previous start. */
  readonly user_options: Readonly<Record<string, unknown>> | null
}

/**
 * Before 6.0 the whole body was the user options; a body with neither of the two known keys is still read that way.
 * In the newer form other keys are ignored.
 */
function readServerRequest(body: unknown): unknown {
  if (isNothing(body)) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const isNewForm = Object.hasOwn(body, 'display_name') || Object.hasOwn(body, 'user_options')
  return isNewForm ? body : { user_options: body }
}

const serverRequest = z.preprocess(
  readServerRequest,
  z.object({
    display_name: z.string().optional(),
    user_options: jsonObject
      .nullable()
      .default(null)
      .meta({ description: 'Null or absent: as at the previous start.' }),
  }),
)

export const getServer = defineEndpoint({
  ...serverPath,
  name: 'getServer',
  method: 'GET',
  scopes: ['read:servers'],
  replies: { 200: serverModel },
  errors: { 404: unknownServer },
  summary: 'A server',
})

export const createServer = defineEndpoint({
  ...serverPath,
  name: 'createServer',
  method: 'PUT',
  scopes: ['start:servers'],
  body: serverRequest,
  replies: { 201: serverModel },
  errors: {
    400: 'Named servers are off, too many, or the name is not valid',
    404: 'No such user',
    409: 'The server exists',
  },
  summary: 'Create a named server without starting it',
})

export const startServer = defineEndpoint({
  ...serverPath,
  name: 'startServer',
  method: 'POST',
  scopes: ['start:servers'],
  body: serverRequest,
  replies: { 201: null, 202: null },
  contentType: 'text/plain',
  errors: {
    400: 'The server runs already, is stopping, or may not be started',
    404: 'No such user',
    429: 'Too many servers are starting or running; `Retry-After` suggests a wait in seconds',
  },
  summary: 'Start a server',
  notes: '201: it is ready. 202: it is still starting; follow it at its `progress_url`.',
})

const serverChange = z
  .strictObject({ name: z.string(), display_name: z.string(), user_options: jsonObject })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'Give at least one of name, display_name and user_options.')

export const updateServer = defineEndpoint({
  ...serverPath,
  name: 'updateServer',
  method: 'PATCH',
  scopes: ['start:servers'],
  body: serverChange,
  replies: { 200: serverModel },
  errors: { 400: 'The server is active, or the change is not valid', 404: unknownServer, 409: 'The new name is taken' },
  summary: 'Rename a stopped server, or change its display name or options',
})

export const stopServer = defineEndpoint({
  ...serverPath,
  name: 'stopServer',
  method: 'DELETE',
  scopes: ['delete:servers'],
  body: bodyOrEmpty(
    z.looseObject({
      remove: z.boolean().default(false).meta({ description: 'Forget the named server once it has stopped.' }),
    }),
  ),
  replies: { 202: null, 204: null },
  contentType: 'text/plain',
  errors: { 400: 'The default server cannot be removed, or the server is being renamed', 404: unknownServer },
  summary: 'Stop a server',
  notes: '204: it has stopped. 202: it is still stopping.',
})

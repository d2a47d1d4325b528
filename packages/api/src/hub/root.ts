import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { whoamiModel } from './models.js'
import { optionalBody } from './request-bodies.js'
import { userViewQuery } from './users.js'

export const getVersion = defineEndpoint({
  name: 'getVersion',
  method: 'GET',
  path: '/',
  // Single-user servers ask without the final slash.
  alsoAt: '',
  access: 'public',
  xsrf: 'never',
  replies: { 200: z.object({ version: z.string() }) },
  tag: 'hub',
  summary: 'Version of the hub',
})

export const getOpenApi = defineEndpoint({
  name: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  access: 'public',
  xsrf: 'never',
  replies: { 200: z.looseObject({ openapi: z.string() }) },
  tag: 'hub',
  summary: 'This description of the REST API',
  notes: "This hub's own. An OpenAPI 3.1 document.",
})

const component = z.object({
  class: z.string().meta({ description: 'Dotted name of the class.' }),
  version: z.string().meta({ description: '`unknown` if it does not say.' }),
})

export const getInfo = defineEndpoint({
  name: 'getInfo',
  method: 'GET',
  path: '/info',
  scopes: ['read:hub'],
  replies: {
    200: z
      .object({
        version: z.string(),
        python: z.string().meta({ description: "Version of the hub's runtime." }),
        sys_executable: z.string().meta({ description: "Path of the hub's runtime." }),
        spawner: component,
        authenticator: component,
      })
      .meta({ id: 'HubInfo' }),
  },
  tag: 'hub',
  summary: 'Versions of the hub and its plug-ins',
})

const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean)

export const shutdownHub = defineEndpoint({
  name: 'shutdownHub',
  method: 'POST',
  path: '/shutdown',
  scopes: ['shutdown'],
  body: optionalBody(
    z.looseObject({
      proxy: flag.optional().meta({ description: 'Stop the proxy too; default: `cleanup_proxy`.' }),
      servers: flag.optional().meta({ description: 'Stop the servers too; default: `cleanup_servers`.' }),
    }),
  ),
  replies: { 202: z.object({ message: z.string() }) },
  errors: { 400: '`proxy` or `servers` is not a boolean' },
  tag: 'hub',
  summary: 'Stop the hub',
  notes: 'The reply is sent before the hub stops.',
})

export const whoami = defineEndpoint({
  name: 'whoami',
  method: 'GET',
  path: '/user',
  access: 'caller',
  query: userViewQuery,
  replies: { 200: whoamiModel },
  tag: 'hub',
  summary: 'Who is calling, and what the caller may do',
  notes: 'For this reply alone the caller may read its own name and groups, whatever its scopes.',
})

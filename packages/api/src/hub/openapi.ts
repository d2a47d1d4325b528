import { z } from 'zod'
import type { Endpoint, EndpointTag } from './endpoint.js'
import { paramNames } from './endpoint-path.js'
import { hubEndpoints } from './hub-endpoints.js'
import { JsonSchemas, type JsonSchema } from './json-schema.js'
import { errorModel } from './models.js'

/** What each tag groups, in the order of the documentation. */
export const TAG_DESCRIPTIONS: Readonly<Record<Exclude<EndpointTag, 'helper'>, string>> = {
  hub: 'The hub itself, and who is calling it',
  users: 'Users and their activity',
  servers: "Users' servers",
  tokens: 'API tokens of users',
  groups: 'Groups of users',
  services: 'Services',
  shares: 'Servers shared with other users and groups',
  proxy: 'The routing table',
  oauth: 'Signing in to servers and services',
  monitoring: 'Probes and metrics',
  authorizations: 'Look-ups of old services',
  panel: 'Beyond the reference hub: lists, announcements and health, as the admin panel shows them',
}

const PARAM_DESCRIPTIONS: Readonly<Record<string, string>> = {
  user: 'Name of the user.',
  owner: 'Name of the user whose server is shared.',
  server: 'Name of the server. Empty for the default server: the path then ends in a slash, or has two in a row.',
  group: 'Name of the group.',
  service: 'Name of the service.',
  token: 'The token, or where tokens are managed its id, such as `a7`.',
  cookie: 'Name of the cookie.',
  value: 'Value of the cookie.',
}

export interface OpenApiOptions {
  /** Version of the hub. */
  readonly version: string
  /** Where the API is on the hub's host; default `/hub/api`. */
  readonly apiPath?: string
  readonly endpoints?: readonly Endpoint[]
}

export type OpenApiDocument = Readonly<Record<string, unknown>> & { readonly openapi: string }

/** The OpenAPI 3.1 document of the hub's REST API. */
export function openApiDocument({
  version,
  apiPath = '/hub/api',
  endpoints = hubEndpoints,
}: OpenApiOptions): OpenApiDocument {
  const schemas = new JsonSchemas()
  const error = schemas.convert(errorModel, 'output')
  const paths: Record<string, Record<string, unknown>> = {}
  const put = (path: string, { method }: Endpoint, operation: unknown) => {
    paths[templatePath(path)] = { ...paths[templatePath(path)], [method.toLowerCase()]: operation }
  }
  for (const endpoint of endpoints.filter(canSucceed)) {
    put(
      endpoint.path,
      endpoint,
      operationOf(endpoint, { path: endpoint.path, operationId: endpoint.name, schemas, error }),
    )
    if (endpoint.alsoAt && endpoint.emptyParams.includes('server')) {
      // Described as an operation of its own, for most tools cannot send an empty parameter.
      const operationId = `${endpoint.name}OfDefault`
      put(endpoint.alsoAt, endpoint, operationOf(endpoint, { path: endpoint.alsoAt, operationId, schemas, error }))
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'JupyterHub REST API',
      version,
      description: 'Manages users, groups, servers, services and tokens of a hub. Compatible with JupyterHub 6.',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    servers: [{ url: apiPath, description: 'Below the base URL of the hub' }],
    tags: Object.entries(TAG_DESCRIPTIONS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: schemas.components, securitySchemes },
  }
}

// What never succeeds is no operation that a tool should offer; a form that ends in a redirect belongs to its page.
const canSucceed = ({ replies }: Endpoint): boolean => Object.keys(replies).some((status) => status.startsWith('2'))

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of a user or service, as `Authorization: token …` or `Authorization: Bearer …`.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'jupyterhub-hub-login',
    description: 'The session of a browser. Changes also need the header `X-XSRFToken`.',
  },
}

interface OperationContext {
  readonly path: string
  readonly operationId: string
  readonly schemas: JsonSchemas
  readonly error: JsonSchema
}

function operationOf(endpoint: Endpoint, { path, operationId, schemas, error }: OperationContext): JsonSchema {
  const { tag, summary, notes, deprecated, replies, contentType } = endpoint
  const isDefaultServer = path !== endpoint.path
  const responses = [
    ...Object.entries(replies).map(([status, schema]) => [
      status,
      response(REPLY_DESCRIPTIONS[status] ?? 'Refused', schema && replySchema(schema, endpoint, schemas), contentType),
    ]),
    ...errorsOf(endpoint).map(([status, text]) => [
      status,
      endpoint.hasErrorPages ? response(text, { type: 'string' }, 'text/html') : response(text, error),
    ]),
    // True everywhere, but worth a line only where nothing else can go wrong.
    ...(endpoint.access === 'public' ? [['405', response('Another method than this', error)]] : []),
  ]
  return {
    operationId,
    tags: [tag],
    summary: isDefaultServer ? `${summary} (the default server)` : summary,
    ...(notes === undefined ? {} : { description: notes }),
    ...(deprecated ? { deprecated } : {}),
    security: securityOf(endpoint),
    parameters: [...pathParameters(path), ...queryParameters(endpoint, schemas)],
    ...requestBodyOf(endpoint, schemas),
    responses: Object.fromEntries(responses) as JsonSchema,
  }
}

/** A stream is described by one of its events, whose data is JSON as text. */
function replySchema(schema: z.ZodType, { contentType }: Endpoint, schemas: JsonSchemas): JsonSchema {
  const converted = schemas.convert(schema, 'output')
  if (contentType !== 'text/event-stream') return converted
  const data = { type: 'string', contentMediaType: 'application/json', contentSchema: converted }
  return { type: 'object', description: 'A server-sent event.', required: ['data'], properties: { data } }
}

const REPLY_DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Under way',
  204: 'Done',
  302: 'Elsewhere',
}

function response(description: string, schema: JsonSchema | null, contentType = 'application/json'): JsonSchema {
  return schema ? { description, content: { [contentType]: { schema } } } : { description }
}

/** When each error is answered: what the contract of the endpoint says, and what is true of all. */
export function errorsOf(endpoint: Endpoint): readonly (readonly [status: string, text: string])[] {
  const { access, filter, errors, replies } = endpoint
  const general: Record<number, string> = {
    ...(hasJsonBody(endpoint) ? { 400: 'The body is not as described' } : {}),
    ...(isPaged(endpoint) ? { 400: 'A query argument is not understood' } : {}),
    ...(access === 'public' ? {} : { 403: 'No valid credentials, or they do not allow this' }),
    ...(access === 'scopes' && filter !== 'none' ? { 404: 'Not found, or not for the caller to see' } : {}),
  }
  return Object.entries({ ...general, ...errors }).filter(([status]) => !(status in replies))
}

const isPaged = ({ query }: Endpoint): boolean => query instanceof z.ZodObject && 'offset' in query.shape

function securityOf({ access, scopes }: Endpoint): readonly JsonSchema[] {
  if (access === 'public') return []
  const alternatives = scopes.length > 0 ? scopes.map((scope) => ({ token: [scope] })) : [{ token: [] }]
  return [...alternatives, { cookie: [] }]
}

const pathParameters = (path: string): readonly JsonSchema[] =>
  paramNames(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    description: PARAM_DESCRIPTIONS[name] ?? name,
    schema: { type: 'string' },
  }))

function queryParameters({ query }: Endpoint, schemas: JsonSchemas): readonly JsonSchema[] {
  const { properties = {}, required = [] } = schemas.convert(query, 'input') as {
    properties?: Readonly<Record<string, JsonSchema>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

function requestBodyOf(endpoint: Endpoint, schemas: JsonSchemas): JsonSchema {
  if (!hasJsonBody(endpoint)) return {}
  const { body, bodyType = 'application/json' } = endpoint
  const schema = schemas.convert(body, 'input')
  return { requestBody: { required: !body.safeParse(null).success, content: { [bodyType]: { schema } } } }
}

/** Whether the endpoint looks at a body at all. */
export const hasJsonBody = ({ body }: Endpoint): boolean => !(body instanceof z.ZodUnknown)

export const templatePath = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

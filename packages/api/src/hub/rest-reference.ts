import type { Endpoint, EndpointTag } from './endpoint.js'
import { hubEndpoints } from './hub-endpoints.js'
import { JsonSchemas, type JsonSchema } from './json-schema.js'
import { errorsOf, hasJsonBody, TAG_DESCRIPTIONS, templatePath } from './openapi.js'

/** The Markdown of docs/reference/rest.md. */
export function restReference(endpoints: readonly Endpoint[] = hubEndpoints): string {
  const schemas = new JsonSchemas()
  const tags = Object.entries(TAG_DESCRIPTIONS) as [EndpointTag, string][]
  const sections = tags.map(([tag, description]) => {
    const own = endpoints.filter((endpoint) => endpoint.tag === tag)
    return `## ${description}\n\n${own.map((endpoint) => operation(endpoint, schemas)).join('\n\n')}`
  })
  return `# REST API

<!-- Generated from the contracts of the API; edit those instead. -->

All paths are below \`/hub/api\`, which itself is below the base URL of the hub. Requests and replies are JSON.
Programs send a token: \`Authorization: token …\`. Times are UTC, as \`2026-01-31T12:00:00Z\`.

Errors are answered as \`{"status": 404, "message": "…"}\`. Whoever sends no valid credentials, or lacks the scope, gets 403.
A caller who holds a scope for others only gets 404, just as for what does not exist.

Lists are cut off at a limit of the hub. To page through them send \`Accept: application/jupyterhub-pagination+json\`;
the reply is then \`{"items": …, "_pagination": {"offset", "limit", "total", "next"}}\`.

${sections.join('\n\n')}

## Models

${models(schemas)}
`
}

function operation(endpoint: Endpoint, schemas: JsonSchemas): string {
  const { method, path, alsoAt, summary, notes, deprecated, replies } = endpoint
  const paths = [path, alsoAt]
    .filter((each) => each !== undefined && each !== '')
    .map((each) => `\`${method} ${templatePath(each ?? '')}\``)
  const rows = [
    `**Needs** ${needs(endpoint)}`,
    ...queryRows(endpoint, schemas),
    ...bodyRows(endpoint, schemas),
    ...Object.entries(replies).map(
      ([status, schema]) => `**${status}** ${schema ? type(schemas.convert(schema, 'output')) : 'no body'}`,
    ),
    ...errorsOf(endpoint)
      .filter(([status]) => status !== '403')
      .map(([status, text]) => `**${status}** ${text}`),
  ]
  const lines = [
    `### ${endpoint.name}`,
    paths.join(' · '),
    `${summary}.${deprecated ? ' *Deprecated.*' : ''}${notes === undefined ? '' : ` ${notes}`}`,
    rows.map((row) => `- ${row}`).join('\n'),
  ]
  return lines.join('\n\n')
}

function needs({ access, scopes, postFilter, filter }: Endpoint): string {
  if (access === 'public') return 'nothing'
  if (access === 'caller' || scopes.length === 0) return 'any valid credentials'
  const list = scopes.map((scope) => `\`${scope}\``).join(' or ')
  if (postFilter) return `${list}; shows what its filters cover`
  return filter === 'none' ? `${list} without filter` : list
}

function queryRows({ query }: Endpoint, schemas: JsonSchemas): string[] {
  return fields(schemas.convert(query, 'input')).map((field) => `**Query** ${field}`)
}

function bodyRows(endpoint: Endpoint, schemas: JsonSchemas): string[] {
  if (!hasJsonBody(endpoint)) return []
  const schema = schemas.convert(endpoint.body, 'input')
  const object = alternatives(schema).find(({ properties }) => properties !== undefined)
  if (!object) return [`**Body** ${type(schema)}`]
  return fields(object).map((field) => `**Body** ${field}`)
}

const models = (schemas: JsonSchemas): string =>
  Object.entries(schemas.components)
    .map(([name, schema]) => {
      const own = fields(schema)
      const text = typeof schema['description'] === 'string' ? `${schema['description']}\n\n` : ''
      return `### ${name}\n\n${text}${own.length > 0 ? own.map((field) => `- ${field}`).join('\n') : type(schema)}`
    })
    .join('\n\n')

function fields(schema: JsonSchema): string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  const required = (schema['required'] ?? []) as readonly string[]
  return Object.entries(properties).map(([name, property]) => {
    const { description } = property
    const optional = required.includes(name) ? '' : ', optional'
    return `\`${name}\` (${type(property)}${optional})${typeof description === 'string' ? `: ${description}` : ''}`
  })
}

/** A schema in a few words. */
function type(schema: JsonSchema): string {
  const { $ref: reference, type: name, items, additionalProperties, enum: values, const: only } = schema
  if (typeof reference === 'string') return anchor(reference)
  if (only !== undefined) return `\`${JSON.stringify(only)}\``
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(', ')
  const options = alternatives(schema)
  if (options.length > 1) return [...new Set(options.map(type))].join(' or ')
  if (Array.isArray(name)) return name.join(' or ')
  if (name === 'array') return `list of ${type((items ?? {}) as JsonSchema)}`
  if (schema['properties'] !== undefined) return `object of ${fields(schema).join('; ')}`
  const value = additionalProperties as JsonSchema | boolean | undefined
  if (name === 'object' && typeof value === 'object' && Object.keys(value).length > 0)
    return `object of ${type(value)}, by name`
  return typeof name === 'string' ? name : 'anything'
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] =>
  (schema['anyOf'] as readonly JsonSchema[] | undefined) ?? [schema]

function anchor(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1)
  return `[${name}](#${name.toLowerCase()})`
}

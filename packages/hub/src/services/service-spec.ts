import type { ServiceRequest } from '@hub/api'
import { z } from 'zod'
import { badRequest } from '../http/hub-error.js'
import { ConfigProblem, readOption } from '../startup/config-problem.js'

const serviceSpec = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .regex(/^[^\0]+$/, 'has a zero byte in it'),
    admin: z.boolean().default(false),
    url: z.union([z.literal(''), z.url({ protocol: /^https?$/, error: 'must be a http or https URL' })]).default(''),
    api_token: z.string().default(''),
    info: z.record(z.string(), z.json()).default({}),
    display: z.boolean().default(true),
    timeout: z.number().int().positive().default(30),
    command: z.union([z.array(z.string()), z.string().transform((word) => (word === '' ? [] : [word]))]).default([]),
    cwd: z.string().default(''),
    environment: z.record(z.string(), z.string()).default({}),
    user: z.string().default(''),
    oauth_client_id: z.string().startsWith('service-', 'must begin with service-').optional(),
    oauth_redirect_uri: z.string().optional(),
    oauth_no_confirm: z.boolean().optional(),
    oauth_client_allowed_scopes: z.array(z.string()).default([]),
    oauth_roles: z.array(z.string()).default([]),
  })
  .transform((fields) => ({
    name: fields.name,
    isAdmin: fields.admin,
    url: fields.url,
    apiToken: fields.api_token,
    info: fields.info,
    display: fields.display,
    timeoutSeconds: fields.timeout,
    command: fields.command,
    cwd: fields.cwd,
    environment: fields.environment,
    user: fields.user,
    oauth: oauthOf(fields),
    oauthClientAllowedScopes: fields.oauth_client_allowed_scopes,
    oauthRoles: fields.oauth_roles,
  }))

/** A service as the configuration declares it. */
export type ServiceSpec = z.output<typeof serviceSpec>

interface OAuthFields {
  readonly name: string
  readonly url: string
  readonly oauth_client_id?: string | undefined
  readonly oauth_redirect_uri?: string | undefined
  readonly oauth_no_confirm?: boolean | undefined
}

/** What makes a service an OAuth client: a URL, or any of the fields about it. */
function oauthOf(fields: OAuthFields) {
  const isExplicit =
    fields.oauth_client_id !== undefined ||
    fields.oauth_redirect_uri !== undefined ||
    fields.oauth_no_confirm !== undefined
  if (fields.url === '' && !isExplicit) return undefined
  return {
    clientId: fields.oauth_client_id ?? `service-${fields.name}`,
    redirectUri: fields.oauth_redirect_uri ?? '',
    skipsConfirmation: fields.oauth_no_confirm ?? false,
    /** Asked for by a field of its own, not only implied by a URL. */
    isExplicit,
  }
}

const redirectUriMissing = 'oauth_redirect_uri is needed for OAuth without a url'

const lacksRedirectUri = ({ oauth, url }: ServiceSpec): boolean => oauth?.redirectUri === '' && url === ''

/**
 * The configured services.
 *
 * @throws {@link ConfigProblem} naming the service and field
 */
export function readServiceSpecs(value: readonly unknown[]): ServiceSpec[] {
  const specs = readOption(z.array(serviceSpec), value, 'JupyterHub.services')
  const names = new Set<string>()
  for (const spec of specs) {
    if (names.has(spec.name)) throw new ConfigProblem('JupyterHub.services', `two services are called ${spec.name}`)
    names.add(spec.name)
    if (lacksRedirectUri(spec)) throw new ConfigProblem(`JupyterHub.services ${spec.name}`, redirectUriMissing)
  }
  return specs
}

/**
 * A service that the REST API is asked to add.
 *
 * @throws HubError 400 naming the field
 */
export function readServiceRequest(name: string, body: ServiceRequest): ServiceSpec {
  const result = serviceSpec.safeParse({ ...body, name })
  if (!result.success) {
    const [issue] = result.error.issues
    throw badRequest(`Invalid service: ${issue?.path.map(String).join('.')}: ${issue?.message}`, 'service_invalid')
  }
  if (lacksRedirectUri(result.data)) throw badRequest(`Invalid service: ${redirectUriMissing}`, 'service_invalid')
  return result.data
}

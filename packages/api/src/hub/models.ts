import { z } from 'zod'

const anyObject = z.record(z.string(), z.unknown())
const names = z.array(z.string())

/** UTC, ISO 8601 with `Z`, six fractional digits unless they are zero. */
export const timestamp = z
  .string()
  .meta({ description: 'Time in UTC, ISO 8601.', format: 'date-time', examples: ['2026-01-31T12:00:00.123456Z'] })

export const serverModel = z
  .object({
    name: z.string(),
    display_name: z.string().nullable(),
    full_name: z.string().meta({ description: '`user/server`; `user/` is the default server.' }),
    last_activity: timestamp.nullable(),
    started: timestamp.nullable(),
    pending: z.enum(['spawn', 'stop', 'check', 'rename']).nullable(),
    ready: z.boolean(),
    stopped: z.boolean(),
    url: z.string(),
    user_options: anyObject.nullable(),
    progress_url: z.string(),
    full_url: z.string().nullable(),
    full_progress_url: z.string().nullable(),
    state: anyObject.nullable().optional().meta({ description: 'Only with `admin:server_state`.' }),
  })
  .meta({ id: 'Server' })

/** Which of the fields are present depends on the caller's scopes. */
export const userModel = z
  .object({
    kind: z.literal('user').optional(),
    name: z.string().optional(),
    user_info: anyObject.nullable().optional(),
    admin: z.boolean().optional(),
    roles: names.optional(),
    groups: names.optional(),
    server: z.string().nullable().optional(),
    pending: z.enum(['spawn', 'stop', 'check', 'rename']).nullable().optional(),
    created: timestamp.optional(),
    last_activity: timestamp.nullable().optional(),
    servers: z.record(z.string(), serverModel).optional(),
    auth_state: anyObject.nullable().optional(),
  })
  .meta({ id: 'User', description: "Which fields are present depends on the caller's scopes." })

export const groupModel = z
  .object({
    kind: z.literal('group').optional(),
    name: z.string().optional(),
    properties: anyObject.optional(),
    users: names.optional(),
    roles: names.optional(),
  })
  .meta({ id: 'Group', description: "Which fields are present depends on the caller's scopes." })

export const serviceModel = z
  .object({
    kind: z.literal('service').optional(),
    name: z.string().optional(),
    admin: z.boolean().optional(),
    roles: names.optional(),
    url: z.string().optional(),
    prefix: z.string().optional(),
    command: names.optional(),
    pid: z.int().optional(),
    info: anyObject.optional(),
    display: z.boolean().optional(),
  })
  .meta({ id: 'Service', description: "Which fields are present depends on the caller's scopes." })

export const tokenModel = z
  .object({
    user: z.string().optional(),
    service: z.string().optional(),
    id: z.string().meta({ examples: ['a7'] }),
    kind: z.literal('api_token'),
    roles: names.meta({ description: 'Always empty; kept for old clients.' }),
    scopes: names.meta({ description: 'What the token may do right now.' }),
    created: timestamp,
    last_activity: timestamp.nullable(),
    expires_at: timestamp.nullable(),
    note: z.string().nullable(),
    session_id: z.string().nullable(),
    oauth_client: z.string(),
  })
  .meta({ id: 'Token' })

export const newTokenModel = tokenModel
  .extend({ token: z.string().meta({ description: 'The secret; shown this once.' }) })
  .meta({ id: 'NewToken' })

const whoamiFields = {
  token_id: z.string().nullable(),
  session_id: z.string().nullable(),
  scopes: names.meta({ description: "The request's scopes, sorted." }),
}

/** Who is calling: a user or a service. */
export const whoamiModel = z.union([
  userModel.extend(whoamiFields).meta({ id: 'WhoamiUser' }),
  serviceModel.extend(whoamiFields).meta({ id: 'WhoamiService' }),
])

export const errorModel = z
  .object({ status: z.int(), message: z.string().nullable() })
  .meta({ id: 'Error', description: 'What went wrong, and what to do next.' })

export type ServerModel = z.output<typeof serverModel>
export type UserModel = z.output<typeof userModel>
export type GroupModel = z.output<typeof groupModel>
export type ServiceModel = z.output<typeof serviceModel>
export type TokenModel = z.output<typeof tokenModel>
export type NewTokenModel = z.output<typeof newTokenModel>
export type WhoamiModel = z.output<typeof whoamiModel>
export type ErrorModel = z.output<typeof errorModel>

import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { userModel } from './models.js'
import { paged, pageQuery, queryFlag, queryTime } from './pagination.js'
import { jsonObject, nameList, optionalBody } from './request-bodies.js'

const includeStopped = queryFlag
  .optional()
  .meta({ description: 'Show stopped servers too. Anything but `0` and `false` means yes, also no value.' })

/** Query of every endpoint that answers with user models. */
export const userViewQuery = z.looseObject({ include_stopped_servers: includeStopped })

export const userSorts = [
  'id',
  '-id',
  'name',
  '-name',
  'last_activity',
  '-last_activity',
  // The last four are this hub's own.
  'created',
  '-created',
  'admin',
  '-admin',
  'started',
  '-started',
  'servers',
  '-servers',
] as const
export const userStates = ['active', 'ready', 'inactive', 'pending', 'failed'] as const

export type UserSort = (typeof userSorts)[number]
export type UserStateFilter = (typeof userStates)[number]

const userFields = {
  name: z.string(),
  admin: z.boolean(),
  groups: nameList,
  roles: nameList,
  auth_state: jsonObject,
}

/** A user model in a request: only these keys, each with its type. */
const userRequest = z.strictObject(userFields).partial()

const unknownUser = 'No such user'

export const listUsers = defineEndpoint({
  name: 'listUsers',
  method: 'GET',
  path: '/users',
  scopes: ['list:users'],
  postFilter: true,
  query: pageQuery.extend({
    state: z
      .enum(userStates)
      .optional()
      .meta({
        description:
          '`active`: with a server that runs or is about to; `ready`: with one that is ready; `inactive`: without. ' +
          "This hub's own: `pending`: with one that is starting or stopping; `failed`: with one whose last start failed.",
      }),
    name_filter: z.string().optional().meta({ description: 'Part of the name, in any case.' }),
    group: z.string().optional().meta({ description: "Members of this group. This hub's own." }),
    admin: queryFlag.optional().meta({ description: "Only admins, or with `false` only others. This hub's own." }),
    idle_since: queryTime
      .optional()
      .meta({ description: "Not active since this time (ISO 8601), or never. This hub's own." }),
    sort: z.enum(userSorts).optional().meta({
      description: 'Default `id`; `-` turns the order around. `started`: when the newest running server was started.',
    }),
    include_stopped_servers: includeStopped,
  }),
  replies: { 200: paged(z.array(userModel)) },
  errors: { 400: 'A query argument is not understood' },
  tag: 'users',
  summary: 'List users',
})

export const createUsers = defineEndpoint({
  name: 'createUsers',
  method: 'POST',
  path: '/users',
  scopes: ['admin:users'],
  query: userViewQuery,
  body: z
    .strictObject({ ...userFields, usernames: nameList.min(1) })
    .partial()
    .required({ usernames: true }),
  replies: { 201: z.array(userModel) },
  errors: { 400: 'No names, or one that is not valid', 409: 'All of the users exist' },
  tag: 'users',
  summary: 'Create several users',
  notes: 'Users that exist are left alone. `admin: true` needs a caller who is an admin.',
})

export const getUser = defineEndpoint({
  name: 'getUser',
  method: 'GET',
  path: '/users/:user',
  scopes: [
    'read:users',
    'read:users:name',
    'read:servers',
    'read:users:groups',
    'read:users:activity',
    'read:roles:users',
  ],
  filter: 'user',
  query: userViewQuery,
  replies: { 200: userModel },
  errors: { 404: unknownUser },
  tag: 'users',
  summary: 'A user',
})

export const createUser = defineEndpoint({
  name: 'createUser',
  method: 'POST',
  path: '/users/:user',
  scopes: ['admin:users'],
  filter: 'user',
  query: userViewQuery,
  body: optionalBody(userRequest),
  replies: { 201: userModel },
  errors: { 400: 'The name or the model is not valid', 409: 'The user exists' },
  tag: 'users',
  summary: 'Create a user',
  notes: '`admin: true` needs a caller who is an admin.',
})

export const updateUser = defineEndpoint({
  name: 'updateUser',
  method: 'PATCH',
  path: '/users/:user',
  scopes: ['admin:users'],
  filter: 'user',
  query: userViewQuery,
  // Groups and roles are changed elsewhere; taking them here without effect would mislead.
  body: userRequest.omit({ groups: true, roles: true }),
  replies: { 200: userModel },
  errors: { 400: 'The model is not valid, or the new name is taken', 404: unknownUser },
  tag: 'users',
  summary: 'Rename a user, change its admin flag or authentication state',
  notes: 'Changing an admin, or making one, needs a caller who is an admin.',
})

export const deleteUser = defineEndpoint({
  name: 'deleteUser',
  method: 'DELETE',
  path: '/users/:user',
  scopes: ['delete:users'],
  filter: 'user',
  replies: { 204: null },
  errors: { 400: 'The user is yourself, or its server does not stop', 404: unknownUser },
  tag: 'users',
  summary: 'Delete a user and stop its servers',
})

export const requestAdminAccess = defineEndpoint({
  name: 'requestAdminAccess',
  method: 'POST',
  path: '/users/:user/admin-access',
  scopes: ['servers'],
  filter: 'user',
  replies: { 200: null },
  errors: { 404: unknownUser },
  tag: 'users',
  summary: 'Does nothing; kept for old clients',
  notes: 'Answers 403 unless `admin_access` is set.',
  deprecated: true,
})

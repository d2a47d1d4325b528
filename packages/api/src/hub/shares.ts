import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { timestamp } from './models.js'
import { envelope, pageQuery } from './pagination.js'
import { nameList } from './request-bodies.js'

const tag = 'shares'
/** A server of somebody; the empty name is the default server. */
const ofServer = { path: '/shares/:owner/:server', emptyParams: ['server'], filter: 'server', tag } as const
const ofUser = { path: '/users/:user/shared/:owner/:server', emptyParams: ['server'], filter: 'user', tag } as const
const ofGroup = { path: '/groups/:group/shared/:owner/:server', emptyParams: ['server'], filter: 'group', tag } as const

const unknownServer = 'No such user or server'
const unknownShare = 'No such share'

/** A server, as far as those it is shared with may see it. */
export const sharedServerModel = z
  .object({
    user: z.object({ name: z.string() }),
    name: z.string(),
    url: z.string(),
    full_url: z.string().nullable(),
    ready: z.boolean(),
  })
  .meta({ id: 'SharedServer' })

const named = z.object({ name: z.string() }).nullable()

export const shareModel = z
  .object({
    server: sharedServerModel,
    scopes: nameList,
    user: named,
    group: named,
    kind: z.enum(['user', 'group']),
    created_at: timestamp,
  })
  .meta({ id: 'Share' })

export type SharedServerModel = z.output<typeof sharedServerModel>
export type ShareModel = z.output<typeof shareModel>

const shareList = envelope(z.array(shareModel))

const shareTarget = z
  .strictObject({
    scopes: nameList.nullish().meta({ description: 'Default for a grant: access to the server. For a removal: all.' }),
    user: z.string().min(1).nullish(),
    group: z.string().min(1).nullish(),
  })
  .refine(
    ({ user, group }) => (typeof user === 'string') !== (typeof group === 'string'),
    'Name either a user or a group.',
  )

const listing = { method: 'GET', query: pageQuery } as const

export const listSharesOfOwner = defineEndpoint({
  ...listing,
  name: 'listSharesOfOwner',
  path: '/shares/:owner',
  scopes: ['read:shares'],
  filter: 'user',
  replies: { 200: shareList },
  errors: { 404: 'No such user' },
  tag,
  summary: "Shares of all of a user's servers",
})

export const listSharesOfServer = defineEndpoint({
  ...ofServer,
  ...listing,
  name: 'listSharesOfServer',
  scopes: ['read:shares'],
  replies: { 200: shareList },
  errors: { 404: unknownServer },
  summary: 'Shares of a server',
})

export const grantShare = defineEndpoint({
  ...ofServer,
  name: 'grantShare',
  method: 'POST',
  scopes: ['shares'],
  body: shareTarget,
  replies: { 200: shareModel },
  errors: { 400: 'The request is not valid, or names an unknown user or group', 404: unknownServer },
  summary: 'Share a server with a user or group',
  notes:
    'The caller must hold every scope that it grants, and `read:users:name` or `read:groups:name` on the recipient. ' +
    'Granting again adds scopes to the share.',
})

export const revokeShare = defineEndpoint({
  ...ofServer,
  name: 'revokeShare',
  method: 'PATCH',
  scopes: ['shares'],
  body: shareTarget,
  replies: { 200: z.union([shareModel, z.strictObject({})]) },
  errors: { 400: 'The request is not valid', 404: unknownServer },
  summary: 'Take scopes of a share back',
  notes: 'Answers with what is left of the share, or an empty object if nothing is.',
})

export const deleteSharesOfServer = defineEndpoint({
  ...ofServer,
  name: 'deleteSharesOfServer',
  method: 'DELETE',
  scopes: ['shares'],
  replies: { 204: null },
  errors: { 404: unknownServer },
  summary: 'Delete all shares of a server',
})

export const listSharedWithUser = defineEndpoint({
  ...listing,
  name: 'listSharedWithUser',
  path: '/users/:user/shared',
  scopes: ['read:users:shares'],
  filter: 'user',
  replies: { 200: shareList },
  errors: { 404: 'No such user' },
  tag,
  summary: 'Servers shared with a user, also through its groups',
})

export const getSharedWithUser = defineEndpoint({
  ...ofUser,
  name: 'getSharedWithUser',
  method: 'GET',
  scopes: ['read:users:shares'],
  replies: { 200: shareModel },
  errors: { 404: unknownShare },
  summary: 'A server shared with this user itself',
})

export const leaveSharedWithUser = defineEndpoint({
  ...ofUser,
  name: 'leaveSharedWithUser',
  method: 'DELETE',
  scopes: ['users:shares'],
  replies: { 204: null },
  errors: { 404: unknownShare },
  summary: 'Leave a server shared with a user',
})

export const listSharedWithGroup = defineEndpoint({
  ...listing,
  name: 'listSharedWithGroup',
  path: '/groups/:group/shared',
  scopes: ['read:groups:shares'],
  filter: 'group',
  replies: { 200: shareList },
  errors: { 404: 'No such group' },
  tag,
  summary: 'Servers shared with a group',
})

export const getSharedWithGroup = defineEndpoint({
  ...ofGroup,
  name: 'getSharedWithGroup',
  method: 'GET',
  scopes: ['read:groups:shares'],
  replies: { 200: shareModel },
  errors: { 404: unknownShare },
  summary: 'A server shared with a group',
})

export const leaveSharedWithGroup = defineEndpoint({
  ...ofGroup,
  name: 'leaveSharedWithGroup',
  method: 'DELETE',
  scopes: ['groups:shares'],
  replies: { 204: null },
  errors: { 404: unknownShare },
  summary: 'Leave a server shared with a group',
})

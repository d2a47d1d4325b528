import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { timestamp } from './models.js'
import { envelope, pageQuery } from './pagination.js'
import { bodyOrEmpty, nameList } from './request-bodies.js'
import { sharedServerModel } from './shares.js'

const ofServer = {
  path: '/share-codes/:owner/:server',
  emptyParams: ['server'],
  filter: 'server',
  tag: 'shares',
} as const

const unknownServer = 'No such user or server'

/** Bounds of how long a share code can be valid, in seconds. */
export const SHARE_CODE_SECONDS = { min: 60, max: 525_600 * 60, default: 86_400 } as const

export const shareCodeModel = z
  .object({
    server: sharedServerModel,
    scopes: nameList,
    id: z.string().meta({ examples: ['sc_7'] }),
    created_at: timestamp,
    expires_at: timestamp.nullable(),
    exchange_count: z.int(),
    last_exchanged_at: timestamp.nullable(),
  })
  .meta({ id: 'ShareCode' })

export const newShareCodeModel = shareCodeModel
  .extend({
    code: z.string().meta({ description: 'The code; shown this once.' }),
    accept_url: z.string(),
    full_accept_url: z.string().nullable(),
  })
  .meta({ id: 'NewShareCode' })

export type ShareCodeModel = z.output<typeof shareCodeModel>
export type NewShareCodeModel = z.output<typeof newShareCodeModel>

const codeList = envelope(z.array(shareCodeModel))

export const listShareCodesOfOwner = defineEndpoint({
  name: 'listShareCodesOfOwner',
  method: 'GET',
  path: '/share-codes/:owner',
  scopes: ['read:shares'],
  filter: 'user',
  query: pageQuery,
  replies: { 200: codeList },
  errors: { 404: 'No such user' },
  tag: 'shares',
  summary: "Share codes of all of a user's servers",
})

export const listShareCodesOfServer = defineEndpoint({
  ...ofServer,
  name: 'listShareCodesOfServer',
  method: 'GET',
  scopes: ['read:shares'],
  query: pageQuery,
  replies: { 200: codeList },
  errors: { 404: unknownServer },
  summary: 'Share codes of a server',
})

export const createShareCode = defineEndpoint({
  ...ofServer,
  name: 'createShareCode',
  method: 'POST',
  scopes: ['shares'],
  body: bodyOrEmpty(
    z.strictObject({
      scopes: nameList.nullish().meta({ description: 'Default: access to the server.' }),
      expires_in: z
        .int()
        .min(SHARE_CODE_SECONDS.min)
        .max(SHARE_CODE_SECONDS.max)
        .default(SHARE_CODE_SECONDS.default)
        .meta({ description: 'Seconds.' }),
    }),
  ),
  replies: { 200: newShareCodeModel },
  errors: { 400: 'The request is not valid', 404: unknownServer },
  summary: 'Create a code by which whoever has it gains access to a server',
  notes: 'The caller must hold every scope that the code grants. The code is shown in this reply only.',
})

export const deleteShareCodes = defineEndpoint({
  ...ofServer,
  name: 'deleteShareCodes',
  method: 'DELETE',
  scopes: ['shares'],
  query: z.looseObject({
    code: z.string().optional().meta({ description: 'Delete the one with this code.' }),
    id: z.string().optional().meta({ description: 'Delete the one with this id; not looked at if there is a code.' }),
  }),
  replies: { 204: null },
  errors: { 404: 'No such user, server or code' },
  summary: 'Delete share codes of a server: one, or without a query all',
})

/** The row id in the id of a share code (`sc_7`); undefined if it is not one. */
export function parseShareCodeId(id: string): number | undefined {
  return /^sc_\d{1,15}$/.test(id) ? Number(id.slice(3)) : undefined
}

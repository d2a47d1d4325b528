import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { newTokenModel, tokenModel } from './models.js'
import { bodyOrEmpty, nameList } from './request-bodies.js'

const onUser = { filter: 'user', tag: 'tokens' } as const

export const listTokens = defineEndpoint({
  ...onUser,
  name: 'listTokens',
  method: 'GET',
  path: '/users/:user/tokens',
  scopes: ['read:tokens'],
  replies: { 200: z.object({ api_tokens: z.array(tokenModel) }) },
  errors: { 404: 'No such user' },
  summary: 'List the tokens of a user',
})

const tokenRequest = z
  .looseObject({
    note: z.string().nullish(),
    scopes: nameList.nullish().meta({ description: 'Default: those of the role `token`, i.e. `inherit`.' }),
    roles: nameList.nullish().meta({ description: 'Names of roles whose scopes the token gets.', deprecated: true }),
    expires_in: z.int().nullish().meta({ description: 'Seconds; null or 0 means never.' }),
    auth: z
      .unknown()
      .optional()
      .meta({ description: 'What the login form would send, from a caller without credentials.' }),
  })
  .refine(({ scopes, roles }) => !Array.isArray(scopes) || !Array.isArray(roles), 'Give scopes or roles, not both.')

export const createToken = defineEndpoint({
  ...onUser,
  name: 'createToken',
  method: 'POST',
  path: '/users/:user/tokens',
  access: 'handler',
  scopes: ['tokens'],
  // Whether the caller is known by a cookie or by the body turns out only while the body is read.
  xsrf: 'deferred',
  body: bodyOrEmpty(tokenRequest),
  replies: { 201: newTokenModel },
  errors: { 400: 'The request is not valid, or asks for more than the user may do' },
  summary: 'Create a token',
  notes: 'An unknown user is answered with 403. The secret is shown in this reply only.',
})

export const getToken = defineEndpoint({
  ...onUser,
  name: 'getToken',
  method: 'GET',
  path: '/users/:user/tokens/:token',
  // No token is called that, but the path is known.
  emptyParams: ['token'],
  scopes: ['read:tokens'],
  replies: { 200: tokenModel },
  errors: { 404: 'No such token' },
  summary: 'A token',
})

export const deleteToken = defineEndpoint({
  ...onUser,
  name: 'deleteToken',
  method: 'DELETE',
  path: '/users/:user/tokens/:token',
  // No token is called that, but the path is known.
  emptyParams: ['token'],
  scopes: ['tokens'],
  replies: { 204: null },
  errors: { 404: 'No such token' },
  summary: 'Revoke a token',
  notes: "A token from OAuth takes the user's other tokens of the same client with it.",
})

/** The row id in a token id of the API (`a7`); undefined if it is not one. */
export function parseTokenId(id: string): number | undefined {
  return /^a\d{1,15}$/.test(id) ? Number(id.slice(1)) : undefined
}

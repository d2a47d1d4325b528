import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { serviceModel, userModel } from './models.js'
import { userViewQuery } from './users.js'

/** Deprecated look-ups for services; they need a token in the header, and no scope. */
const lookUp = { tag: 'authorizations', access: 'handler', xsrf: 'never', deprecated: true } as const

export const identifyToken = defineEndpoint({
  ...lookUp,
  name: 'identifyToken',
  method: 'GET',
  path: '/authorizations/token/:token',
  // Without a token there is none to be found either.
  alsoAt: '/authorizations/token',
  query: userViewQuery,
  replies: { 200: z.union([userModel, serviceModel]) },
  errors: { 404: 'No such token' },
  summary: 'Who the owner of a token is',
  notes: 'Ask `/user` with the token itself instead: a token in a URL ends up in logs.',
})

export const createTokenOldWay = defineEndpoint({
  ...lookUp,
  name: 'createTokenOldWay',
  method: 'POST',
  path: '/authorizations/token',
  alsoAt: '/authorizations/token/:token',
  replies: {},
  errors: { 404: 'Always: this was removed in 2.0' },
  summary: 'Removed; create tokens at `/users/{user}/tokens`',
})

export const identifyCookie = defineEndpoint({
  ...lookUp,
  name: 'identifyCookie',
  method: 'GET',
  path: '/authorizations/cookie/:cookie/:value',
  // With the value in the body.
  alsoAt: '/authorizations/cookie/:cookie',
  query: userViewQuery,
  replies: { 200: userModel },
  errors: { 404: 'No such user, or the cookie is not valid' },
  summary: 'Who the owner of a login cookie is',
  notes: 'The value may be sent as the body instead.',
})

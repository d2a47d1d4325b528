import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'

// These two are served with the pages: one is a page, the other takes a form. They stand here to be documented.

const authorizeQuery = z.looseObject({
  client_id: z.string(),
  response_type: z.literal('code'),
  redirect_uri: z.string().optional().meta({ description: 'If given, exactly the one registered.' }),
  scope: z
    .string()
    .optional()
    .meta({ description: 'Scopes, separated by spaces. Default: all that the client may have.' }),
  state: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.enum(['plain', 'S256']).optional(),
})

const authorize = {
  path: '/oauth2/authorize',
  access: 'handler',
  query: authorizeQuery,
  contentType: 'text/html',
  hasErrorPages: true,
  tag: 'oauth',
} as const

export const authorizeOAuth = defineEndpoint({
  ...authorize,
  name: 'authorizeOAuth',
  method: 'GET',
  replies: { 200: null, 302: null },
  errors: { 400: 'Client or redirect URI is not known' },
  summary: 'Ask a user to let a server or service know them',
  notes:
    'For browsers: needs the login cookie. Shows a form, or goes back to the client at once if the user need not be asked. ' +
    'Other errors go back to the client.',
})

export const confirmOAuth = defineEndpoint({
  ...authorize,
  name: 'confirmOAuth',
  method: 'POST',
  bodyType: 'application/x-www-form-urlencoded',
  body: z.object({
    _xsrf: z.string(),
    scopes: z
      .array(z.string())
      .optional()
      .meta({ description: 'Without any the client is only told who the user is.' }),
  }),
  replies: { 302: null },
  errors: { 400: 'Client or redirect URI is not known' },
  summary: 'The answer of the user',
})

export const oauthErrorModel = z
  .object({ error: z.string(), error_description: z.string().optional() })
  .meta({ id: 'OAuthError', description: 'An error as RFC 6749 has it.' })

export const oauthTokenReply = z
  .object({
    access_token: z.string(),
    expires_in: z.int().meta({ description: 'Seconds.' }),
    token_type: z.literal('Bearer'),
    scope: z.string(),
  })
  .meta({ id: 'OAuthToken' })

export type OAuthTokenReply = z.output<typeof oauthTokenReply>

export const exchangeOAuthCode = defineEndpoint({
  name: 'exchangeOAuthCode',
  method: 'POST',
  path: '/oauth2/token',
  access: 'handler',
  bodyType: 'application/x-www-form-urlencoded',
  body: z.looseObject({
    grant_type: z.literal('authorization_code'),
    code: z.string(),
    client_id: z.string(),
    client_secret: z.string().meta({ description: "The client's API token." }),
    redirect_uri: z.string().optional(),
    code_verifier: z.string().optional(),
  }),
  replies: { 200: oauthTokenReply, 400: oauthErrorModel, 401: oauthErrorModel },
  tag: 'oauth',
  summary: 'Exchange a code for a token',
})

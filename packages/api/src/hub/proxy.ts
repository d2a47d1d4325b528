import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { paged, pageQuery } from './pagination.js'
import { jsonObject } from './request-bodies.js'

const ofProxy = { path: '/proxy', scopes: ['proxy'], tag: 'proxy' } as const

export const proxyRoute = z
  .object({ routespec: z.string(), target: z.string(), data: jsonObject })
  .meta({ id: 'ProxyRoute' })

export type ProxyRoute = z.output<typeof proxyRoute>

export const getProxyRoutes = defineEndpoint({
  ...ofProxy,
  name: 'getProxyRoutes',
  method: 'GET',
  query: pageQuery,
  replies: { 200: paged(z.record(z.string(), proxyRoute)) },
  errors: { 400: 'A query argument is not understood' },
  summary: "The hub's routes in the proxy, by route specification",
})

export const syncProxy = defineEndpoint({
  ...ofProxy,
  name: 'syncProxy',
  method: 'POST',
  replies: { 200: null },
  summary: 'Compare the routes in the proxy with those wanted, now',
})

export const updateProxy = defineEndpoint({
  ...ofProxy,
  name: 'updateProxy',
  method: 'PATCH',
  body: z.looseObject({ api_url: z.string(), auth_token: z.string() }).partial(),
  replies: { 200: null },
  errors: { 400: 'The body is not an object' },
  summary: 'Announce a proxy that has moved',
})

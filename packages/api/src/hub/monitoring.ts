import { defineEndpoint } from './define-endpoint.js'

export const getHealth = defineEndpoint({
  name: 'getHealth',
  method: 'GET',
  path: '/health',
  access: 'public',
  xsrf: 'never',
  replies: { 200: null },
  tag: 'monitoring',
  summary: 'Whether the hub answers; HEAD works too',
})

export const getMetrics = defineEndpoint({
  name: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  access: 'handler',
  scopes: ['read:metrics'],
  replies: { 200: null },
  contentType: 'text/plain',
  hasErrorPages: true,
  tag: 'monitoring',
  summary: 'Metrics for Prometheus',
  notes: 'Needs no scope when `authenticate_prometheus` is off; any filtered form of it is enough.',
})

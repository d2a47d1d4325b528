import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'

/** One event of a progress stream. The last one says `ready` or `failed`. */
export const progressEvent = z
  .object({
    progress: z.int().min(0).max(100).optional(),
    message: z.string().optional(),
    html_message: z.string().optional(),
    ready: z.literal(true).optional(),
    failed: z.literal(true).optional(),
    url: z.string().optional().meta({ description: 'Where the server is, once it is ready.' }),
  })
  .meta({ id: 'ProgressEvent' })

export type ProgressEvent = z.output<typeof progressEvent>

export const getServerProgress = defineEndpoint({
  name: 'getServerProgress',
  method: 'GET',
  path: '/users/:user/servers/:server/progress',
  alsoAt: '/users/:user/server/progress',
  emptyParams: ['server'],
  scopes: ['read:servers'],
  filter: 'server',
  // The handler writes the stream itself; this describes one of its events.
  replies: { 200: progressEvent },
  contentType: 'text/event-stream',
  errors: { 400: 'The server is not starting', 404: 'No such user, or the server was not started' },
  tag: 'servers',
  summary: 'Follow the start of a server',
  notes: 'A stream of server-sent events: `data: ` and one object as JSON. It ends with a ready or failed event.',
})

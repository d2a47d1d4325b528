import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { isNothing } from './request-bodies.js'
import { requestTime } from './timestamps.js'

const activityReport = z
  .looseObject({
    last_activity: requestTime.nullish(),
    servers: z
      .record(z.string(), z.looseObject({ last_activity: requestTime }))
      .nullish()
      .meta({ description: 'By name of the server; the default one has the empty name.' }),
  })
  .refine((body) => body.last_activity instanceof Date || !isNothing(body.servers), 'Give last_activity or servers.')

export const reportActivity = defineEndpoint({
  name: 'reportActivity',
  method: 'POST',
  path: '/users/:user/activity',
  scopes: ['users:activity'],
  filter: 'user',
  body: activityReport,
  replies: { 200: null },
  errors: { 400: 'The report is not valid, names an unknown server, or lies in the future', 404: 'No such user' },
  tag: 'users',
  summary: 'Report when a user or its servers were last active',
  notes: 'Times only move forward; older ones are ignored.',
})

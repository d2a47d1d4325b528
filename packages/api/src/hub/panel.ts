import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { serverModel, timestamp } from './models.js'
import { envelope, pageQuery, queryTime } from './pagination.js'

// What the admin panel needs and the reference hub has no endpoint for. They are as public as all others.

const tag = 'panel'

export const serverListStates = ['active', 'ready', 'pending', 'failed'] as const
export const serverListSorts = [
  'id',
  '-id',
  'user',
  '-user',
  'since',
  '-since',
  'last_activity',
  '-last_activity',
] as const

export const listedServer = serverModel
  .extend({
    user: z.string().meta({ description: 'The owner.' }),
    phase: z
      .string()
      .meta({ description: '`requested`, `starting`, `ready`, `stopping`, `stopped`, `failed` or `unknown`.' }),
    since: timestamp.meta({ description: 'Since when it is in this phase.' }),
    waits_for: z
      .enum(['preparations', 'process', 'answer', 'route'])
      .nullable()
      .meta({ description: 'What a start under way waits for.' }),
    reason: z.string().nullable().optional().meta({ description: 'Why. Only with `admin:server_state`.' }),
    failure: z
      .object({ status: z.int().nullable(), message: z.string() })
      .nullable()
      .optional()
      .meta({ description: 'How the last start failed. Only with `admin:server_state`.' }),
  })
  .meta({ id: 'ListedServer' })

export type ListedServer = z.output<typeof listedServer>

export const listServers = defineEndpoint({
  name: 'listServers',
  method: 'GET',
  path: '/servers',
  scopes: ['read:servers'],
  postFilter: true,
  query: pageQuery.extend({
    state: z.enum(serverListStates).optional().meta({
      description:
        '`active`: running or about to; `ready`; `pending`: starting or stopping; `failed`: the last start failed.',
    }),
    user: z.string().optional().meta({ description: "The owner's name." }),
    name_filter: z.string().optional().meta({ description: "Part of the owner's name, in any case." }),
    idle_since: queryTime.optional().meta({ description: 'Not active since this time (ISO 8601), or never.' }),
    sort: z.enum(serverListSorts).optional().meta({ description: 'Default `id`; `-` turns the order around.' }),
  }),
  replies: { 200: envelope(z.array(listedServer)) },
  errors: { 400: 'A query argument is not understood' },
  tag,
  summary: 'List servers of all users',
  notes: "This hub's own. Always answers with the pagination envelope.",
})

export const checkServiceHealth = defineEndpoint({
  name: 'checkServiceHealth',
  method: 'GET',
  path: '/services/:service/health',
  scopes: ['read:services'],
  filter: 'service',
  replies: {
    200: z
      .object({
        answers: z.boolean().nullable().meta({ description: 'Whether its URL answers; null without a URL.' }),
        runs: z
          .boolean()
          .nullable()
          .meta({ description: 'Whether its process runs; null if the hub does not run it.' }),
      })
      .meta({ id: 'ServiceHealth' }),
  },
  errors: { 404: 'No such service' },
  tag,
  summary: 'Look now whether a service answers',
  notes: "This hub's own. Waits at most five seconds for the service.",
})

/** Where an announcement is shown; one for a page is shown there instead of the one for all. */
export const announcementPages = ['all', 'login', 'spawn', 'home', 'logout'] as const

const announcement = z.string().max(2_000, 'may have 2000 characters at most')

export const announcements = z
  .object({ all: announcement, login: announcement, spawn: announcement, home: announcement, logout: announcement })
  .meta({ id: 'Announcements', description: 'Plain text by page; empty: none. Addresses become links.' })

export const getAnnouncements = defineEndpoint({
  name: 'getAnnouncements',
  method: 'GET',
  path: '/announcements',
  scopes: ['admin-ui'],
  replies: { 200: announcements },
  tag,
  summary: 'The announcements shown on pages',
  notes: "This hub's own. Those of the configuration (`template_vars`) are not among them.",
})

export const setAnnouncements = defineEndpoint({
  name: 'setAnnouncements',
  method: 'PUT',
  path: '/announcements',
  scopes: ['admin:users'],
  body: z.partialRecord(z.enum(announcementPages), announcement),
  replies: { 200: announcements },
  errors: { 400: 'The body is not an object of texts by page' },
  tag,
  summary: 'Change the announcements shown on pages',
  notes:
    "This hub's own. Pages that are not named keep theirs. An announcement made here wins over one of the configuration.",
})

import { z } from 'zod'
import { defineEndpoint } from '../hub/define-endpoint.js'
import type { Endpoint } from '../hub/endpoint.js'
import { helperAccount, helperHost, helperResources, helperServer } from './models.js'

const tag = 'helper'
const noServer = 'No such server, or one of another hub'

export const helperHealth = defineEndpoint({
  name: 'helperHealth',
  method: 'GET',
  path: '/health',
  access: 'public',
  replies: { 200: z.object({ status: z.literal('OK') }) },
  tag,
  summary: 'Whether the helper answers',
})

export const getHelperHost = defineEndpoint({
  name: 'getHelperHost',
  method: 'GET',
  path: '/host',
  access: 'caller',
  replies: { 200: helperHost },
  tag,
  summary: 'How much there is to do on the host',
})

export const listHelperServers = defineEndpoint({
  name: 'listHelperServers',
  method: 'GET',
  path: '/servers',
  access: 'caller',
  replies: { 200: z.array(helperServer) },
  tag,
  summary: "The caller's servers",
})

/** At most what a policy can be asked about; names of accounts are shorter. */
const name = z.string().max(255)

export const reserveHelperServer = defineEndpoint({
  name: 'reserveHelperServer',
  method: 'POST',
  path: '/servers',
  access: 'caller',
  body: z.strictObject({
    user: name.min(1).meta({ description: 'Name of the account on this host.' }),
    server_name: name.default(''),
    ip: z.string().max(100).default('127.0.0.1').meta({ description: 'Address the server will listen on.' }),
    command: z.string().max(100).default('default').meta({ description: 'One of the commands that the policy names.' }),
    memory_bytes: z.int().positive().nullable().default(null),
    cpu_cores: z.number().positive().nullable().default(null),
  }),
  replies: { 201: z.object({ server: helperServer, account: helperAccount }) },
  errors: { 403: 'The policy does not allow it', 404: 'No such account', 503: 'The host is full' },
  tag,
  summary: 'Take a place and a port for a server',
  notes: 'Nothing runs yet. A reservation that is not used is given up after a minute.',
})

export const startHelperServer = defineEndpoint({
  name: 'startHelperServer',
  method: 'POST',
  path: '/servers/:id/start',
  access: 'caller',
  body: z.strictObject({
    args: z.array(z.string()).max(1000),
    environment: z.record(z.string(), z.string()),
  }),
  replies: { 200: helperServer },
  errors: {
    403: 'The policy does not allow it',
    404: noServer,
    409: 'It has been started or stopped',
    502: 'sudo or the command failed; the message has the last lines of the log',
  },
  tag,
  summary: 'Start what was reserved',
})

export const getHelperServer = defineEndpoint({
  name: 'getHelperServer',
  method: 'GET',
  path: '/servers/:id',
  access: 'caller',
  replies: { 200: helperServer },
  errors: { 404: noServer },
  tag,
  summary: 'What a server is at',
})

export const getHelperResources = defineEndpoint({
  name: 'getHelperResources',
  method: 'GET',
  path: '/servers/:id/resources',
  access: 'caller',
  replies: { 200: helperResources },
  errors: { 404: noServer },
  tag,
  summary: 'What a server uses',
})

const lines = z.coerce.number().int().min(0).max(10_000).default(100)

export const getHelperLog = defineEndpoint({
  name: 'getHelperLog',
  method: 'GET',
  path: '/servers/:id/log',
  access: 'caller',
  query: z.looseObject({ lines: lines.meta({ description: 'The last so many lines.' }) }),
  replies: { 200: z.object({ lines: z.array(z.string()) }) },
  errors: { 404: noServer },
  tag,
  summary: 'The end of the log of a server',
})

export const followHelperLog = defineEndpoint({
  name: 'followHelperLog',
  method: 'GET',
  path: '/servers/:id/log/follow',
  access: 'caller',
  query: z.looseObject({ lines }),
  replies: { 200: null },
  contentType: 'text/event-stream',
  errors: { 404: noServer },
  tag,
  summary: 'The log of a server as it is written',
  notes: 'One event a line. Ends with the server.',
})

export const helperSignals = [
  'SIGINT',
  'SIGTERM',
  'SIGKILL',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT',
] as const
export type HelperSignal = (typeof helperSignals)[number]

export const signalHelperServer = defineEndpoint({
  name: 'signalHelperServer',
  method: 'POST',
  path: '/servers/:id/signal',
  access: 'caller',
  body: z.strictObject({ signal: z.enum(helperSignals) }),
  replies: { 200: z.object({ alive: z.boolean() }) },
  errors: { 404: noServer },
  tag,
  summary: 'Send a server a signal',
})

const seconds = z.number().min(0).max(3600)

export const stopHelperServer = defineEndpoint({
  name: 'stopHelperServer',
  method: 'POST',
  path: '/servers/:id/stop',
  access: 'caller',
  body: z.strictObject({
    steps: z
      .array(z.strictObject({ signal: z.enum(helperSignals), seconds }))
      .min(1)
      .max(10)
      .meta({ description: 'Each signal, and how long the server has to end after it.' }),
  }),
  replies: { 204: null },
  errors: { 500: 'The process outlived all of it' },
  tag,
  summary: 'End a server and all its processes',
  notes:
    'Answers when they are gone; of a server that is gone, or never was: at once. A later start of the same id is refused.',
})

export const forgetHelperServer = defineEndpoint({
  name: 'forgetHelperServer',
  method: 'DELETE',
  path: '/servers/:id',
  access: 'caller',
  replies: { 204: null },
  errors: { 409: 'It runs: stop it first' },
  tag,
  summary: 'Remove what is kept of a server that has ended, its log too',
})

export const followHelperExits = defineEndpoint({
  name: 'followHelperExits',
  method: 'GET',
  path: '/exits',
  access: 'caller',
  replies: { 200: null },
  contentType: 'text/event-stream',
  tag,
  summary: "Tells when the caller's servers end",
  notes: 'One event a server, `{"id": …}`.',
})

/** All endpoints of the helper's REST API, below `/api`. */
export const helperEndpoints: readonly Endpoint[] = [
  helperHealth,
  getHelperHost,
  listHelperServers,
  reserveHelperServer,
  startHelperServer,
  getHelperServer,
  getHelperResources,
  getHelperLog,
  followHelperLog,
  signalHelperServer,
  stopHelperServer,
  forgetHelperServer,
  followHelperExits,
]

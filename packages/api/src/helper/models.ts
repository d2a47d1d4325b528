import { z } from 'zod'
import { timestamp } from '../hub/models.js'

/** What a server of a helper is at: reserved names exist without a process, exited ones are kept for their log. */
export const helperServerPhases = ['reserved', 'starting', 'running', 'exited'] as const

export const helperAccount = z
  .object({ name: z.string(), home: z.string(), shell: z.string() })
  .meta({ id: 'HelperAccount', description: 'Account of the user on the host of the helper.' })

export const helperResources = z
  .object({
    memory_bytes: z.int().nullable(),
    cpu_seconds: z.number().nullable().meta({ description: 'Since the start.' }),
    processes: z.int(),
  })
  .meta({ id: 'HelperResources', description: 'What a server and its children use.' })

export const helperServer = z
  .object({
    id: z.string(),
    user: z.string(),
    server_name: z.string(),
    phase: z.enum(helperServerPhases),
    port: z.int(),
    pid: z.int().nullable(),
    created: timestamp,
    command: z.string(),
    cgroup: z.string().nullable().meta({ description: 'Null: the server has none of its own.' }),
    limits: z.object({ memory_bytes: z.int().nullable(), cpu_cores: z.number().nullable() }),
    /** Whether the limits are enforced, or only known to the server. */
    enforced: z.boolean().meta({ description: 'Whether the kernel enforces the limits.' }),
  })
  .meta({ id: 'HelperServer' })

export const helperHost = z
  .object({
    name: z.string(),
    version: z.string(),
    cpus: z.int(),
    load_1m: z.number(),
    memory_bytes: z.int(),
    memory_available_bytes: z.int(),
    servers: z.int().meta({ description: 'Servers that run or are about to, of all hubs.' }),
    max_servers: z.int().meta({ description: '0: as many as there is room for.' }),
    cgroups: z.boolean().meta({ description: 'Whether each server has a cgroup of its own.' }),
  })
  .meta({ id: 'HelperHost' })

/** @see CodedError: `code` is one of docs/reference/errors.md */
export const helperError = z
  .object({ status: z.int(), code: z.string(), message: z.string() })
  .meta({ id: 'HelperError', description: 'What went wrong, and what to do next.' })

export type HelperServerPhase = (typeof helperServerPhases)[number]
export type HelperAccount = z.output<typeof helperAccount>
export type HelperResources = z.output<typeof helperResources>
export type HelperServer = z.output<typeof helperServer>
export type HelperHost = z.output<typeof helperHost>
export type HelperErrorBody = z.output<typeof helperError>

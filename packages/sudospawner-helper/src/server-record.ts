import { z } from 'zod'

export interface Limits {
  readonly memoryBytes: number | null
  readonly cpuCores: number | null
}

/** Who asked for a server, and what for. */
export interface ServerFacts {
  readonly id: string
  /** Name of the hub, as the tokens have it. */
  readonly hub: string
  readonly user: string
  readonly uid: number
  readonly serverName: string
  readonly command: string
  readonly port: number
  readonly limits: Limits
  readonly createdAt: Date
}

/** The process of a server, found again by its start time as well: a pid alone may be another's by now. */
export interface Identity {
  readonly pid: number
  readonly start_time?: number
  readonly boot_id?: string
}

/**
 * What a server is at. `starting` is written to disk before sudo is run, so that a helper killed in between looks for what
 * it has started.
 */
export type Phase =
  | { readonly at: 'reserved' }
  | { readonly at: 'starting'; readonly since: Date }
  | { readonly at: 'running'; readonly identity: Identity }
  | { readonly at: 'exited'; readonly pid: number | null; readonly when: Date }

export interface ServerRecord {
  readonly facts: ServerFacts
  phase: Phase
  /** Folder of the cgroup of its own, when it has one. */
  cgroup: string | null
  /** Whether the kernel enforces the limits. */
  enforced: boolean
}

const identity = z.object({
  pid: z.int().positive(),
  start_time: z.number().exactOptional(),
  boot_id: z.string().exactOptional(),
})
const date = z.iso.datetime().transform((text) => new Date(text))

const stored = z.object({
  facts: z.object({
    id: z.uuid(),
    hub: z.string(),
    user: z.string(),
    uid: z.int(),
    serverName: z.string(),
    command: z.string(),
    port: z.int(),
    limits: z.object({ memoryBytes: z.number().nullable(), cpuCores: z.number().nullable() }),
    createdAt: date,
  }),
  phase: z.union([
    z.object({ at: z.literal('starting'), since: date }),
    z.object({ at: z.literal('running'), identity }),
    z.object({ at: z.literal('exited'), pid: z.int().nullable(), when: date }),
  ]),
  cgroup: z.string().nullable(),
  enforced: z.boolean(),
})

/** The content of the state file. */
export const storedServers = z.object({ version: z.literal(1), servers: z.array(stored) })

/** Reservations are not kept: nothing runs for them. */
export function toStored(records: Iterable<ServerRecord>): unknown {
  return { version: 1, servers: [...records].filter(({ phase }) => phase.at !== 'reserved') }
}

import type { ServerPhase } from '../database/entities/server-state.js'

/**
 * The life of a server, as it is stored in `server_states`. Each arrow is one conditional UPDATE, so that of two hubs,
 * or two requests, that want to move a server only one does.
 *
 *     stopped|failed ─▶ requested ─▶ starting ─▶ ready ─▶ stopping ─▶ stopped
 *                          │             │         │  ▲        ▲
 *                          └─────────────┴──▶ failed  │        │
 *                                                unknown ──────┘   (a poll that could not be answered)
 */
export type { ServerPhase } from '../database/entities/server-state.js'

/** Where each phase may be entered from. */
export const enteredFrom: Readonly<Record<ServerPhase, readonly ServerPhase[]>> = {
  requested: ['stopped', 'failed'],
  starting: ['requested'],
  ready: ['starting', 'unknown'],
  unknown: ['ready', 'starting', 'stopping'],
  stopping: ['requested', 'starting', 'ready', 'unknown'],
  stopped: ['requested', 'starting', 'stopping'],
  failed: ['requested', 'starting', 'stopping'],
}

/** A phase in which somebody is at work; a hub that finds one of these after a restart has to resolve it. */
export const unfinishedPhases: readonly ServerPhase[] = ['requested', 'starting', 'stopping', 'unknown']

/** What the REST API calls `pending`. */
export function pendingOf(phase: ServerPhase): 'spawn' | 'stop' | 'check' | null {
  switch (phase) {
    case 'requested':
    case 'starting':
      return 'spawn'
    case 'stopping':
      return 'stop'
    case 'unknown':
      return 'check'
    case 'ready':
    case 'stopped':
    case 'failed':
      return null
  }
}

/** Ready, or on the way up or down: what `state=active` lists and what counts against active_server_limit. */
export const isActive = (phase: ServerPhase): boolean => phase !== 'stopped' && phase !== 'failed'

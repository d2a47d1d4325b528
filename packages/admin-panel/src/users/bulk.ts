import type { UserModel } from '@hub/api'
import { ApiError, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { allUsers } from './user-query.js'
import type { UserView } from './user-view.js'

export type BulkKind = 'start' | 'stop'

export interface BulkProgress {
  /** Undefined while the users that match are still being counted. */
  readonly total: number | undefined
  readonly done: number
  readonly failures: readonly string[]
}

interface Target {
  readonly user: string
  readonly server: string
}

/** How many servers are started or stopped at once: as many as do not keep the hub from others. */
const atOnce = 4
/** How often a start is tried that the hub puts off because too many are under way. */
const tries = 5

/** Starts the default server of everybody who matches, or stops every server of theirs. */
export async function runBulk(
  kind: BulkKind,
  view: UserView,
  report: (progress: BulkProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const targets: Target[] = []
  for await (const user of allUsers(view, signal)) targets.push(...targetsOf(kind, user))
  let done = 0
  const failures: string[] = []
  const tell = (): void => report({ total: targets.length, done, failures: [...failures] })
  tell()
  const queue = [...targets]
  const work = async (): Promise<void> => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      try {
        await act(kind, target, signal)
      } catch (error) {
        if (signal.aborted) throw error
        failures.push(`${target.user}/${target.server}: ${error instanceof Error ? error.message : String(error)}`)
      }
      done++
      tell()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

export function targetsOf(kind: BulkKind, { name: user = '', servers = {} }: UserModel): Target[] {
  if (kind === 'stop') {
    return Object.values(servers)
      .filter((server) => !server.stopped)
      .map((server) => ({ user, server: server.name }))
  }
  return servers['']?.stopped === false ? [] : [{ user, server: '' }]
}

async function act(kind: BulkKind, params: Target, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const options = { params: { ...params }, signal }
      if (kind === 'start') await call(endpoints.startServer, options)
      else await call(endpoints.stopServer, options)
      return
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || attempt === tries) throw error
      await pause((error.retryAfterSeconds ?? 10) * 1_000, signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        window.clearTimeout(timer)
        reject(new DOMException('Cancelled', 'AbortError'))
      },
      { once: true },
    )
  })
}

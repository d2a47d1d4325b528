import { Socket } from 'node:net'
import { type CLibrary, loadCLibrary } from './c-library.js'
import { Children } from './children.js'
import type { OsProcess, OsProcessRequest } from './os-process.js'

type Start = (request: OsProcessRequest) => Promise<OsProcess>

let loaded: Promise<Start | undefined> | undefined

/**
 * Starts processes by the C library's `posix_spawn`, which borrows this process' memory for a moment where a fork would copy
 * its page tables: a twentieth of the cpu, and none of the event loop's time.
 *
 * Loaded at the first start, because it takes a few megabytes. Undefined where it cannot be had: {@link forkOsProcess} then.
 */
export function posixSpawn(): Promise<Start | undefined> {
  loaded ??= loadCLibrary().then((c) => {
    if (c === undefined) return undefined
    const children = new Children(c)
    return (request) => start(c, children, request)
  })
  return loaded
}

async function start(c: CLibrary, children: Children, request: OsProcessRequest): Promise<OsProcess> {
  const [ours, theirs] = c.socketPair()
  try {
    const pid = await c.posixSpawn({
      program: request.program,
      args: [request.program, ...request.args],
      env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
      descriptors: [...request.stdio.map((one) => (one === 'ignore' ? null : one)), theirs],
      newSession: request.newSession,
    })
    return Object.assign(children.add(pid), { channel: new Socket({ fd: ours, readable: true, writable: true }) })
  } catch (error) {
    c.close(ours)
    throw error
  } finally {
    c.close(theirs)
  }
}

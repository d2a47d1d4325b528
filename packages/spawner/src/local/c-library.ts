import { isMainThread } from 'node:worker_threads'
import type koffiModule from 'koffi'

/** What is used of the C library, under the names of what it does. What does not take microseconds returns a promise. */
export interface CLibrary {
  /** Two connected sockets that no program this process starts inherits by itself. */
  socketPair(): [number, number]
  close(descriptor: number): void
  /**
   * On a thread beside the event loop: it waits until the program runs, on a busy machine for a millisecond and more.
   *
   * @returns the pid of a process that may have ended by then
   * @throws when the program cannot be run
   */
  posixSpawn(request: PosixSpawnRequest): Promise<number>
  /** Pid of a child that has ended and was not waited for yet; undefined: there is none. */
  endedChild(): number | undefined
  /** Takes the end of a child; undefined while it runs. A death by signal is a negative number. */
  takeExit(pid: number): number | undefined
}

export interface PosixSpawnRequest {
  readonly program: string
  readonly args: readonly string[]
  /** `NAME=value` each. */
  readonly env: readonly string[]
  /** What becomes descriptor 0, 1, 2…; null: `/dev/null`. */
  readonly descriptors: readonly (number | null)[]
  readonly newSession: boolean
}

// Numbers of the Linux ABI, the same on the two architectures named below.
const AF_UNIX = 1
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000
const O_RDWR = 2
const WNOHANG = 1
const WEXITED_NOHANG_NOWAIT = 4 | 1 | 0x01000000
const P_ALL = 0
const SET_SIGDEF_AND_SIGMASK = 0x04 | 0x08
const SET_SESSION = 0x80
const SIGINFO_PID_AT = 16

/** More than any C library takes for its opaque structures (glibc: 336, 80, 128). */
const ROOM = 512

/** Undefined where this cannot work: another system, a C library without these functions, a thread that hears no SIGCHLD. */
export async function loadCLibrary(): Promise<CLibrary | undefined> {
  const { arch, platform } = process
  if (!isMainThread || platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) return undefined
  try {
    const { default: koffi } = await import('koffi')
    return bind(koffi)
  } catch {
    return undefined
  }
}

function bind(koffi: typeof koffiModule): CLibrary {
  // The library that this very process runs on.
  const c = koffi.load(null)
  const socketpair = c.func('int socketpair(int domain, int type, int protocol, _Out_ int *pair)')
  const close = c.func('int close(int fd)')
  const spawn = c.func(
    'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
  )
  const besides = (...values: unknown[]): Promise<number> =>
    new Promise((resolve, reject) => {
      spawn.async(...values, (error: Error | null, result: unknown) =>
        error ? reject(error) : resolve(Number(result)),
      )
    })
  const waitpid = c.func('int waitpid(int pid, _Out_ int *status, int options)')
  const waitid = c.func('int waitid(int type, int id, void *info, int options)')
  const call = (name: string, parameters: string): ((...values: unknown[]) => void) => {
    const f = c.func(`int ${name}(${parameters})`)
    return (...values) => check(name, Number(f(...values)))
  }
  const initActions = call('posix_spawn_file_actions_init', 'void *')
  const destroyActions = call('posix_spawn_file_actions_destroy', 'void *')
  const duplicate = call('posix_spawn_file_actions_adddup2', 'void *, int, int')
  const openFile = call('posix_spawn_file_actions_addopen', 'void *, int, const char *, int, uint')
  const changeDirectory = call('posix_spawn_file_actions_addchdir_np', 'void *, const char *')
  const initAttributes = call('posix_spawnattr_init', 'void *')
  const destroyAttributes = call('posix_spawnattr_destroy', 'void *')
  const setFlags = call('posix_spawnattr_setflags', 'void *, short')
  const setDefaults = call('posix_spawnattr_setsigdefault', 'void *, void *')
  const setMask = call('posix_spawnattr_setsigmask', 'void *, void *')

  // A set is one bit a signal. All of them: those that the C library keeps for itself would be left ignored otherwise.
  const allSignals = Buffer.alloc(ROOM, 0xff)
  const noSignals = Buffer.alloc(ROOM)

  /** The process starts as if from a shell: whatever this one ignores or blocks is not passed on. */
  const attributesFor = (newSession: boolean): Buffer => {
    const attributes = Buffer.alloc(ROOM)
    initAttributes(attributes)
    setFlags(attributes, SET_SIGDEF_AND_SIGMASK | (newSession ? SET_SESSION : 0))
    setDefaults(attributes, allSignals)
    setMask(attributes, noSignals)
    return attributes
  }

  return {
    socketPair() {
      const pair = [-1, -1]
      if (socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, pair) !== 0) throw systemError('socketpair', koffi.errno())
      const [one = -1, other = -1] = pair
      return [one, other]
    },
    close(descriptor) {
      close(descriptor)
    },
    async posixSpawn({ program, args, env, descriptors, newSession }) {
      assertNoNul([program, ...args, ...env])
      const actions = Buffer.alloc(ROOM)
      initActions(actions)
      const attributes = attributesFor(newSession)
      try {
        changeDirectory(actions, '/')
        for (const [target, source] of descriptors.entries()) {
          if (source === null) openFile(actions, target, '/dev/null', O_RDWR, 0)
          else duplicate(actions, source, target)
        }
        const pid = [0]
        const error = await besides(pid, program, actions, attributes, [...args, null], [...env, null])
        if (error !== 0) throw systemError(`starting ${program}`, error)
        return pid[0] ?? 0
      } finally {
        destroyActions(actions)
        destroyAttributes(attributes)
      }
    },
    endedChild() {
      const info = Buffer.alloc(ROOM)
      if (waitid(P_ALL, 0, info, WEXITED_NOHANG_NOWAIT) !== 0) return undefined
      const pid = info.readInt32LE(SIGINFO_PID_AT)
      return pid === 0 ? undefined : pid
    },
    takeExit(pid) {
      const status = [0]
      if (Number(waitpid(pid, status, WNOHANG)) !== pid) return undefined
      const [value = 0] = status
      const signal = value & 0x7f
      return signal === 0 ? (value >> 8) & 0xff : -signal
    },
  }

  function check(name: string, error: number): void {
    if (error !== 0) throw systemError(name, error)
  }
}

const systemError = (what: string, errno: number): Error =>
  new Error(`The system refused: ${what} (errno ${errno}). See errno(3) for its meaning.`)

/** C ends a string at the first NUL: what is behind it would be lost without a word. */
function assertNoNul(texts: readonly string[]): void {
  if (texts.some((text) => text.includes('\0')))
    throw new Error('A command, argument or environment variable of a server holds a NUL character.')
}

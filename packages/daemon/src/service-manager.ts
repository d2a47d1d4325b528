import type { Log } from '@hub/api/base'

type Environment = Record<string, string | undefined>

/** The service manager that started this process, such as systemd: it is told when the process is ready, lives and stops. */
export interface ServiceManager {
  ready(): void
  stopping(): void
}

const nobody: ServiceManager = { ready() {}, stopping() {} }

/**
 * Reads the variables of sd_notify(3) and removes them: a child of ours, a user's server above all, must not speak for us.
 * From `ready` on a watchdog is fed as well, from the event loop: one that stands still is what a watchdog is for.
 */
export function serviceManager(env: Environment, log: Log): ServiceManager {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name]
  if (path === undefined || path === '') return nobody
  const isWatched = usec !== undefined && (pid === undefined || Number(pid) === process.pid)
  let send: Promise<(message: string) => void> | undefined
  const tell = (message: string): void => {
    send ??= datagramSender(path)
    send.then((to) => to(message)).catch((error: unknown) => log.warn('systemd could not be told', { message, error }))
  }
  let feeding: NodeJS.Timeout | undefined
  return {
    ready() {
      tell('READY=1')
      if (isWatched) feeding = setInterval(() => tell('WATCHDOG=1'), Number(usec) / 2_000).unref()
    },
    stopping() {
      clearInterval(feeding)
      tell('STOPPING=1')
    },
  }
}

// Numbers of the Linux ABI.
const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
const MSG_DONTWAIT = 0x40
const LONGEST_PATH = 107

/** Node has no datagrams on Unix sockets; the C library has. Loaded under a service manager alone. */
async function datagramSender(path: string): Promise<(message: string) => void> {
  if (process.platform !== 'linux') throw new Error('only Linux is known to have such sockets')
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error('NOTIFY_SOCKET is too long for an address')
  const { default: koffi } = await import('koffi')
  const c = koffi.load(null)
  const socket = c.func('int socket(int domain, int type, int protocol)')
  const sendto = c.func('long sendto(int fd, void *data, size_t size, int flags, void *address, uint addressSize)')
  const fd = Number(socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0))
  if (fd < 0) throw new Error(`no socket could be made (errno ${koffi.errno()})`)
  const address = Buffer.alloc(2 + Buffer.byteLength(path))
  address.writeUInt16LE(AF_UNIX, 0)
  // An abstract name is written with @ and begins with a NUL.
  address.write(path.replace(/^@/, '\0'), 2)
  return (message) => {
    const data = Buffer.from(message)
    if (Number(sendto(fd, data, data.length, MSG_DONTWAIT, address, address.length)) < 0)
      throw new Error(`it does not listen (errno ${koffi.errno()})`)
  }
}

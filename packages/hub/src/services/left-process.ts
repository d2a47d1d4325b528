import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Signals, politest first, each with the time that the process then has to end. */
export const stopLadder = [
  ['SIGINT', 10_000],
  ['SIGTERM', 5_000],
  ['SIGKILL', 5_000],
] as const

const lookEveryMs = 50

/**
 * Ends the process of a service that an earlier hub, which was killed, has left behind.
 *
 * @returns whether there was one
 */
export async function endLeftProcess(pid: number, serviceName: string): Promise<boolean> {
  const isOurs = async (): Promise<boolean> => {
    // The pid may be another process's by now: only the environment that the hub gave it tells.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return environment.split('\0').includes(`JUPYTERHUB_SERVICE_NAME=${serviceName}`)
  }
  if (!(await isOurs())) return false
  for (const [signal, waitMs] of stopLadder) {
    try {
      process.kill(pid, signal)
    } catch {
      return true // gone meanwhile
    }
    for (let waited = 0; waited < waitMs; waited += lookEveryMs) {
      await delay(lookEveryMs)
      if (!(await isOurs())) return true
    }
  }
  return true
}

import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, identifyProcess, isAlive, readProcessState } from '@hub/spawner/host'
import { HelperSetupError } from './errors.js'
import { type ServerRecord, storedServers, toStored } from './server-record.js'

/** The list of servers on disk. Each write replaces the file as a whole: a reader finds the former or the new, never half. */
export class StateFile {
  readonly #path: string
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  private constructor(private readonly folder: string) {
    this.#path = join(folder, 'servers.json')
  }

  /** Makes the folder, and sees to it that no other helper works in it. @throws HelperSetupError */
  static async open(folder: string): Promise<StateFile> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await claim(join(folder, 'helper.json'), folder)
    } catch (error) {
      if (error instanceof HelperSetupError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new HelperSetupError(
        `The folder of the state cannot be used (${reason}). SudoSpawnerHelper.state_dir must be writable for the helper's account.`,
        { cause: error },
      )
    }
    return new StateFile(folder)
  }

  async read(): Promise<ServerRecord[]> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    })
    if (text === undefined) return []
    try {
      return storedServers.parse(JSON.parse(text)).servers
    } catch (cause) {
      // Written as a whole, so somebody has edited it. Starting without it would lose sight of running servers.
      throw new HelperSetupError(
        `${this.#path} is not a list of servers. Mend it, or move it away: the servers in it then run on unknown to the helper.`,
        { cause },
      )
    }
  }

  /** Resolves when what the records say now, or something later, is on disk. Calls that come during a write share the next. */
  save(records: ReadonlyMap<string, ServerRecord>): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        this.#writing = writeAside(this.#path, JSON.stringify(toStored(records.values()), null, 1))
        return this.#writing
      })
    return this.#next
  }

  pathOf(...names: string[]): string {
    return join(this.folder, ...names)
  }
}

async function claim(path: string, folder: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '{}')
  const other = readProcessState(parsed(text))
  if (other !== undefined && other.pid !== process.pid && (await isAlive(other)))
    throw new HelperSetupError(
      `Another sudospawner-helper (process ${other.pid}) uses ${folder}. Stop it, or set another SudoSpawnerHelper.state_dir.`,
    )
  await writeAside(path, JSON.stringify(await identifyProcess(process.pid)))
}

function parsed(text: string): Record<string, string | number> {
  try {
    const value: unknown = JSON.parse(text)
    // Read with care by `readProcessState`.
    return typeof value === 'object' && value !== null ? (value as Record<string, string | number>) : {}
  } catch {
    return {}
  }
}

async function writeAside(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    // On disk before it takes the name, so that a crash of the machine leaves one or the other.
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}

import { open, stat } from 'node:fs/promises'
import type { Log } from '@hub/api'
import { createMissing, findRevision, lockSchema, tooOld, unknownRevision } from './migrations/prepare-schema.js'
import { ageOf, HEAD_REVISION, KNOWN_REVISIONS } from './migrations/revisions.js'
import { writeStamp } from './migrations/stamp.js'
import { upstreamSteps } from './migrations/upstream-steps.js'
import { connectDatabase, connectionSettings } from './open.js'
import { copySqlite } from './sqlite.js'
import { parseDatabaseUrl } from './url.js'

/** Copying or rewriting a large database takes its time, and nobody is served meanwhile. */
const UPGRADE_TIMEOUT_MS = 3_600_000

export interface UpgradeOptions {
  /** `JupyterHub.db_url`. */
  readonly url: string
  readonly log: Log
  readonly now: Date
}

export interface Upgrade {
  /** The revision before; undefined for an empty database. */
  readonly from: string | undefined
  /** The copy of the sqlite file as it was. */
  readonly backupFile?: string
}

/**
 * `jupyterhub upgrade-db`: brings a database of JupyterHub 3, 4 or 5 to the schema this hub uses, all or nothing.
 * A sqlite file is copied first; other databases are for the administrator to back up.
 *
 * @throws {@link DatabaseSchemaError} when the database is older than that, or newer than this hub
 */
export async function upgradeDatabase(options: UpgradeOptions): Promise<Upgrade> {
  const database = await connectDatabase({ ...options, statementTimeoutMs: UPGRADE_TIMEOUT_MS })
  try {
    const from = await database.write(findRevision)
    const age = from === undefined ? 'head' : ageOf(from)
    if (from !== undefined && age === 'too-old') throw tooOld(from)
    if (from !== undefined && age === 'unknown') throw unknownRevision(from)
    const backupFile = age === 'upgradable' ? await backUp(options) : undefined
    await database.write(async (tx) => {
      await lockSchema(tx)
      if (from === undefined) await writeStamp(tx, HEAD_REVISION)
      else if (age === 'upgradable') {
        for (const step of stepsAfter(from)) {
          options.log.info('upgrading the database', { to: step.revision })
          await step.up(tx)
        }
        await writeStamp(tx, HEAD_REVISION)
      }
      await createMissing(tx, options.now)
    })
    return { from, ...(backupFile === undefined ? {} : { backupFile }) }
  } finally {
    await database.close()
  }
}

function stepsAfter(revision: string) {
  const position = (wanted: string) => KNOWN_REVISIONS.findIndex(([known]) => known === wanted)
  return upstreamSteps.filter((step) => position(step.revision) > position(revision))
}

async function backUp({ url, log, now }: UpgradeOptions): Promise<string | undefined> {
  const location = parseDatabaseUrl(url)
  if (location.kind !== 'sqlite') return undefined
  const backupFile = `${location.file}.${fileTime(now)}`
  // The copy may be read by no more people than the original: the file is made with its mode before anything is written to it.
  const { mode } = await stat(location.file)
  await (await open(backupFile, 'wx', mode & 0o777)).close()
  await copySqlite(
    { ...connectionSettings({ log, statementTimeoutMs: UPGRADE_TIMEOUT_MS }), file: location.file },
    backupFile,
  )
  log.info('backed up the database', { file: backupFile })
  return backupFile
}

/** Local time as `YYYY-MM-DD-HHMMSS`, which is what a person will look for. */
function fileTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
}

import { createTableStatements } from '../ddl.js'
import { upstreamTables } from '../entities/index.js'
import { DatabaseSchemaError } from '../errors.js'
import type { Sql } from '../sql.js'
import { columnNames, tableNames } from './catalogue.js'
import { runOwnMigrations } from './own-migrations.js'
import { ageOf, guessRevision, HEAD_REVISION } from './revisions.js'
import { readStamp, writeStamp } from './stamp.js'

/**
 * The revision of the database; one without a stamp is given the stamp it seems to deserve.
 *
 * @returns undefined for an empty database
 */
export async function findRevision(tx: Sql): Promise<string | undefined> {
  const stamp = await readStamp(tx)
  if (stamp !== undefined) return stamp
  const present = await tableNames(tx)
  if (!upstreamTables.some((table) => present.has(table.name))) return undefined
  const guess = guessRevision(present)
  await writeStamp(tx, guess)
  return guess
}

/** @throws {@link DatabaseSchemaError} unless a database of this revision can be used as it is */
export function assertUsable(revision: string): void {
  switch (ageOf(revision)) {
    case 'head':
      return
    case 'upgradable':
      throw new DatabaseSchemaError(
        'database_outdated',
        `The database is at revision ${revision} and this hub needs ${HEAD_REVISION}. ` +
          'Back it up, then run "jupyterhub upgrade-db" with the same configuration.',
      )
    case 'too-old':
      throw tooOld(revision)
    case 'unknown':
      throw unknownRevision(revision)
  }
}

export const tooOld = (revision: string): DatabaseSchemaError =>
  new DatabaseSchemaError(
    'database_too_old',
    `The database is at revision ${revision}, from before JupyterHub 3.0, which this hub cannot upgrade. ` +
      'Back it up, upgrade it with "jupyterhub upgrade-db" of Python\'s JupyterHub 6, then start this hub on it.',
  )

export const unknownRevision = (revision: string): DatabaseSchemaError =>
  new DatabaseSchemaError(
    'database_unknown_revision',
    `The database is at revision ${revision}, which this hub does not know: a newer JupyterHub has written it. ` +
      'Install a hub of that release or later, or go back to a backup from before it.',
  )

/** Creates what is missing in a database that is empty or at head, ours included. */
export async function createMissing(tx: Sql, now: Date): Promise<void> {
  const present = await tableNames(tx)
  for (const table of upstreamTables) {
    if (!present.has(table.name)) {
      for (const statement of createTableStatements(table, tx.kind)) await tx.run(statement)
      continue
    }
    const columns = await columnNames(tx, table.name)
    const missing = table.layout.filter((column) => !columns.has(column.name))
    if (missing.length > 0) {
      throw new DatabaseSchemaError(
        'database_outdated',
        `The database claims to be at revision ${HEAD_REVISION}, but its table ${table.name} lacks ` +
          `${missing.map((column) => column.name).join(', ')}. Restore a backup, or correct the revision in alembic_version ` +
          'and run "jupyterhub upgrade-db".',
      )
    }
  }
  await runOwnMigrations(tx, now)
  await ensureHubClient(tx)
}

/** The OAuth client that owns API tokens. It has no secret, so it can run no flow. */
async function ensureHubClient(tx: Sql): Promise<void> {
  await tx.run(
    "INSERT INTO oauth_clients (identifier, description, secret, redirect_uri) VALUES ('jupyterhub', 'JupyterHub', '', '') " +
      'ON CONFLICT DO NOTHING',
  )
}

/** Lets one of several hubs that start on the same database at once do the work. */
export async function lockSchema(tx: Sql): Promise<void> {
  // sqlite's write transactions exclude each other anyway. The number is just ours.
  if (tx.kind === 'postgres') await tx.run('SELECT pg_advisory_xact_lock(7067455)')
}

/** Brings a freshly opened database into use; see the contract's start rules. */
export async function prepareSchema(tx: Sql, now: Date): Promise<void> {
  await lockSchema(tx)
  const revision = await findRevision(tx)
  if (revision === undefined) await writeStamp(tx, HEAD_REVISION)
  else assertUsable(revision)
  await createMissing(tx, now)
}

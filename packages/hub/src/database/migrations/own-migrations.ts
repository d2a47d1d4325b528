import { encodeTimestamp } from '../codecs.js'
import type { Sql } from '../sql.js'
import { tableNames } from './catalogue.js'

/** A change to what this hub adds to upstream's schema. Once released, one is never changed again. */
export interface OwnMigration {
  readonly name: string
  up(tx: Sql): Promise<void>
}

export const ownMigrations: readonly OwnMigration[] = [
  {
    name: '0001-server-states',
    async up(tx) {
      const timestamp = tx.kind === 'sqlite' ? 'DATETIME' : 'TIMESTAMP WITHOUT TIME ZONE'
      await tx.run(`CREATE TABLE server_states (
        spawner_id INTEGER NOT NULL,
        phase VARCHAR(15) NOT NULL,
        generation INTEGER NOT NULL,
        since ${timestamp} NOT NULL,
        deadline ${timestamp},
        actor VARCHAR(300),
        reason VARCHAR(1023),
        failure_status INTEGER,
        failure_message VARCHAR(4095),
        CONSTRAINT pk_server_states PRIMARY KEY (spawner_id),
        CONSTRAINT fk_server_states_spawner_id_spawners FOREIGN KEY(spawner_id) REFERENCES spawners (id) ON DELETE CASCADE
      )`)
    },
  },
  {
    // Upstream looks all of these up by reading the whole table. An index of its own name is no part of what it checks.
    name: '0002-indexes',
    async up(tx) {
      for (const [table, column] of indexedColumns) {
        await tx.run(`CREATE INDEX IF NOT EXISTS hub_ix_${table}_${column} ON ${table} (${column})`)
      }
    },
  },
  {
    name: '0003-announcements',
    async up(tx) {
      const timestamp = tx.kind === 'sqlite' ? 'DATETIME' : 'TIMESTAMP WITHOUT TIME ZONE'
      await tx.run(`CREATE TABLE hub_announcements (
        page VARCHAR(15) NOT NULL,
        message VARCHAR(2000) NOT NULL,
        changed_at ${timestamp} NOT NULL,
        changed_by VARCHAR(300),
        CONSTRAINT pk_hub_announcements PRIMARY KEY (page)
      )`)
    },
  },
  {
    name: '0004-login-sessions',
    async up(tx) {
      const timestamp = tx.kind === 'sqlite' ? 'DATETIME' : 'TIMESTAMP WITHOUT TIME ZONE'
      await tx.run(`CREATE TABLE hub_login_sessions (
        id VARCHAR(64) NOT NULL,
        user_id INTEGER NOT NULL,
        agent VARCHAR(300),
        address VARCHAR(45),
        created ${timestamp} NOT NULL,
        last_seen ${timestamp} NOT NULL,
        CONSTRAINT pk_hub_login_sessions PRIMARY KEY (id, user_id),
        CONSTRAINT fk_hub_login_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
      )`)
      await tx.run('CREATE INDEX hub_ix_hub_login_sessions_user_id ON hub_login_sessions (user_id)')
    },
  },
  {
    // What a visitor may do is asked of these by recipient; deleting users, groups and servers looks for theirs.
    name: '0004-share-indexes',
    async up(tx) {
      for (const [table, column] of shareColumns) {
        await tx.run(`CREATE INDEX IF NOT EXISTS hub_ix_${table}_${column} ON ${table} (${column})`)
      }
    },
  },
  {
    name: '0005-ended-sessions',
    async up(tx) {
      const timestamp = tx.kind === 'sqlite' ? 'DATETIME' : 'TIMESTAMP WITHOUT TIME ZONE'
      await tx.run(`ALTER TABLE hub_login_sessions ADD COLUMN ended ${timestamp}`)
    },
  },
]

const shareColumns: readonly (readonly [table: string, column: string])[] = [
  ['shares', 'user_id'],
  ['shares', 'group_id'],
  ['shares', 'owner_id'],
  ['shares', 'spawner_id'],
  ['share_codes', 'owner_id'],
  ['share_codes', 'spawner_id'],
]

const indexedColumns: readonly (readonly [table: string, column: string])[] = [
  ['spawners', 'user_id'],
  ['spawners', 'server_id'],
  ['spawners', 'oauth_client_id'],
  ['api_tokens', 'user_id'],
  ['api_tokens', 'client_id'],
  ['oauth_codes', 'code'],
  ['user_group_map', 'group_id'],
]

/** Applies what has not been applied yet. */
export async function runOwnMigrations(tx: Sql, now: Date): Promise<void> {
  if (!(await tableNames(tx)).has('hub_migrations')) {
    await tx.run(
      'CREATE TABLE hub_migrations (name VARCHAR(255) NOT NULL, applied_at VARCHAR(26) NOT NULL, ' +
        'CONSTRAINT pk_hub_migrations PRIMARY KEY (name))',
    )
  }
  const applied = await tx.all<{ name: string }>('SELECT name FROM hub_migrations')
  for (const migration of ownMigrations) {
    if (applied.some(({ name }) => name === migration.name)) continue
    await migration.up(tx)
    await tx.run('INSERT INTO hub_migrations (name, applied_at) VALUES (?, ?)', [migration.name, encodeTimestamp(now)])
  }
}

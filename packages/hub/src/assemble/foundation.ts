import type { Log } from '@hub/api'
import type { Closer } from '@hub/daemon'
import { AccessVersion } from '../access/access-version.js'
import { ActivityRecorder } from '../activity/recorder.js'
import { type Database, openDatabase, upgradeDatabase } from '../database/index.js'
import { HubEvents } from '../events.js'
import type { InternalTls } from '../internal-tls/internal-tls.js'
import { loadCookieSecret } from '../login/cookie-secret.js'
import * as tokenStore from '../tokens/token-store.js'
import type { HubSettings } from './hub-settings.js'
import { openInternalTls } from './internal-tls.js'

/** What everything else stands on. */
export interface Foundation {
  readonly settings: HubSettings
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly database: Database
  readonly cookieSecret: Uint8Array
  /** Undefined: the hub's parts talk in the clear. */
  readonly internalTls: InternalTls | undefined
  readonly activity: ActivityRecorder
  readonly events: HubEvents
  readonly access: AccessVersion
  readonly clock: Clock
}

/** Time and chance; tests bring their own. */
export interface Clock {
  readonly now: () => Date
  readonly random: () => number
}

export const systemClock: Clock = { now: () => new Date(), random: Math.random }

/** How often activity is written. */
const flushActivityEveryMs = 2_000

export async function layFoundation(
  settings: HubSettings,
  {
    environment,
    log,
    clock,
    closer,
    signal,
  }: {
    readonly environment: Foundation['environment']
    readonly log: Log
    readonly clock: Clock
    readonly closer: Closer
    readonly signal: AbortSignal
  },
): Promise<Foundation> {
  const { hub } = settings
  const { secret: cookieSecret, isNew: isNewSecret } = await loadCookieSecret(
    {
      configured: hub.cookie_secret === null ? undefined : hub.cookie_secret.reveal(),
      environment: environment['JPY_COOKIE_SECRET'],
      file: hub.cookie_secret_file,
    },
    log,
  )
  const internalTls = hub.internal_ssl ? await openInternalTls(settings, clock.now) : undefined
  if (hub.upgrade_db) await upgradeDatabase({ url: hub.db_url, log, now: clock.now() })
  const database = await openDatabase({
    url: hub.db_url,
    log,
    debug: hub.debug_db,
    reset: hub.reset_db,
    signal,
    ...databaseLimits(hub.db_kwargs),
  })
  closer.add('database', () => database.close())
  if (isNewSecret) await endBrowserTokens(database, log)
  const activity = new ActivityRecorder({
    database,
    log,
    now: clock.now,
    resolutionMs: hub.activity_resolution * 1_000,
    flushEveryMs: flushActivityEveryMs,
  })
  activity.start()
  closer.add('activity', () => activity.stop())
  return {
    settings,
    environment,
    log,
    database,
    cookieSecret,
    internalTls,
    activity,
    events: new HubEvents(),
    access: new AccessVersion(),
    clock,
  }
}

/** Who deletes the cookie secret wants everybody to log in again, also at servers, whose cookies hold these tokens. */
async function endBrowserTokens(database: Database, log: Log): Promise<void> {
  const ended = await database.write(tokenStore.removeOfAllSessions)
  if (ended.length > 0)
    log.info('the cookie secret is new: logins at servers have ended as well', { tokens: ended.length })
}

/** What `JupyterHub.db_kwargs` says of connections. */
export function databaseLimits(kwargs: Readonly<Record<string, unknown>>) {
  const { pool_size: poolSize, statement_timeout_ms: statementTimeoutMs } = kwargs
  return {
    ...(typeof poolSize === 'number' ? { poolSize } : {}),
    ...(typeof statementTimeoutMs === 'number' ? { statementTimeoutMs } : {}),
  }
}

import { formatTimestamp, type JsonObject, type ServerModel } from '@hub/api'
import { coversObject } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import { type HubUrls, progressUrl, publicServerUrl, serverUrl } from '../hub-urls.js'
import type { ServerRecord } from './server-store.js'
import type { Servers } from './servers.js'
import { isActive } from './server-phase.js'

export interface ServerModelDeps {
  readonly servers: Pick<Servers, 'pendingOf' | 'isReady'>
  readonly activity: Pick<ActivityRecorder, 'latest'>
  readonly urls: HubUrls
}

/** A server as the REST API shows it. `state` only to those who may see it. */
export function serverModel(record: ServerRecord, withState: boolean, deps: ServerModelDeps): ServerModel {
  const { urls } = deps
  const url = serverUrl(urls, record.userName, record.name)
  const progress = progressUrl(urls, record.userName, record.name)
  const pending = deps.servers.pendingOf(record)
  const ready = deps.servers.isReady(record)
  const lastActivity = deps.activity.latest('spawners', record.id, record.lastActivity)
  return {
    name: record.name,
    display_name: record.displayName,
    full_name: `${record.userName}/${record.name}`,
    last_activity: lastActivity === null ? null : formatTimestamp(lastActivity),
    started: record.started === null ? null : formatTimestamp(record.started),
    pending,
    ready,
    stopped: !ready && pending === null,
    url,
    user_options: mutable(record.userOptions ?? {}),
    progress_url: progress,
    full_url: publicServerUrl(urls, record.userName, record.name) || null,
    full_progress_url: urls.publicOrigin === '' ? null : `${urls.publicOrigin}${progress}`,
    ...(withState ? { state: mutable(record.state ?? {}) } : {}),
  }
}

/** The servers of a user that the caller may see, by name; only active ones unless stopped ones are asked for too. */
export function serverModels(
  records: readonly ServerRecord[],
  ownerGroups: ReadonlySet<string>,
  permissions: Permissions,
  includeStopped: boolean,
  deps: ServerModelDeps,
): Record<string, ServerModel> {
  const models: Record<string, ServerModel> = {}
  for (const record of records) {
    if (!includeStopped && !isActive(record.life.phase) && deps.servers.pendingOf(record) === null) continue
    const object = { kind: 'server', user: record.userName, name: record.name, groups: ownerGroups } as const
    if (!coversObject(permissions, 'read:servers', object)) continue
    models[record.name] = serverModel(record, coversObject(permissions, 'admin:server_state', object), deps)
  }
  return models
}

const mutable = (object: JsonObject): Record<string, unknown> => ({ ...object })

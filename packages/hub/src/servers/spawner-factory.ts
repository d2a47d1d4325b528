import type { Log } from '@hub/api'
import type { Spawner, SpawnerConfig, SpawnerContext } from '@hub/spawner'
import type { ServerOwner } from './server-owner.js'
import type { ServerRecord } from './server-store.js'

export interface SpawnerFactoryDeps {
  readonly spawnerClass: new (context: SpawnerContext) => Spawner
  /** A fresh copy of the configured values each time: hooks and overrides change the one they get. */
  readonly config: () => SpawnerConfig
  readonly baseUrl: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

/** Makes spawner objects. */
export class SpawnerFactory {
  constructor(private readonly deps: SpawnerFactoryDeps) {}

  make(record: ServerRecord, owner: ServerOwner): Spawner {
    const { spawnerClass: SpawnerClass, config, baseUrl, environment, log } = this.deps
    return new SpawnerClass({
      user: { id: owner.id, name: owner.name, admin: owner.admin, groups: owner.groups },
      serverName: record.name,
      displayName: record.displayName ?? record.name,
      spawnerId: record.id,
      config: config(),
      log: log.child({ user: owner.name, server: record.name }),
      hubEnvironment: environment,
      baseUrl,
    })
  }
}

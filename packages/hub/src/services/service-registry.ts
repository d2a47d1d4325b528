import type { AccessVersion } from '../access/access-version.js'
import { rolesOf } from '../access/role-assignment-store.js'
import type { Database } from '../database/index.js'
import * as serviceStore from './service-store.js'

export interface KnownService {
  readonly service: serviceStore.Service
  /** Names of its roles. */
  readonly roles: readonly string[]
}

export interface ServiceRegistryDeps {
  readonly database: Database
  readonly access: AccessVersion
}

/** The stored services, from memory until something changes that could show. */
export class ServiceRegistry {
  #known: { readonly version: number; readonly byId: ReadonlyMap<number, KnownService> } | undefined
  #configured: readonly number[] = []

  constructor(private readonly deps: ServiceRegistryDeps) {}

  /** @param ids - of the configured services, in their order; the others come after them */
  setConfigured(ids: readonly number[]): void {
    this.#configured = ids
    this.#known = undefined
  }

  /** As they were last read; for what cannot wait. */
  get last(): readonly KnownService[] {
    return [...(this.#known?.byId.values() ?? [])]
  }

  async all(): Promise<readonly KnownService[]> {
    return [...(await this.#current()).values()]
  }

  async find(id: number): Promise<KnownService | undefined> {
    return (await this.#current()).get(id)
  }

  async findByName(name: string): Promise<KnownService | undefined> {
    return (await this.all()).find(({ service }) => service.name === name)
  }

  async #current(): Promise<ReadonlyMap<number, KnownService>> {
    const { access, database } = this.deps
    const version = access.current
    if (this.#known?.version === version) return this.#known.byId
    const place = new Map(this.#configured.map((id, index) => [id, index]))
    const rank = ({ id }: serviceStore.Service): number => place.get(id) ?? this.#configured.length + id
    const services = (await serviceStore.list(database.read)).sort((a, b) => rank(a) - rank(b))
    const roles = await rolesOf(
      database.read,
      'services',
      services.map(({ id }) => id),
    )
    const byId = new Map(
      services.map((service) => [
        service.id,
        { service, roles: (roles.get(service.id) ?? []).map((role) => role.name) },
      ]),
    )
    this.#known = { version, byId }
    return byId
  }
}

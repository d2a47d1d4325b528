import type { Log, ServiceModel } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import { hasScope } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import { rolesOf } from '../access/role-assignment-store.js'
import type { Database } from '../database/index.js'
import type { HubUrls } from '../hub-urls.js'
import type { ServiceLink } from '../pages/page-context.js'
import type { Route } from '../proxy/route-check.js'
import { serviceRoute } from '../proxy/server-route.js'
import { waitUntilUp } from '../servers/wait-until-up.js'
import { type LoadedService, servicePrefix } from '../startup/load-services.js'
import { ManagedService } from './managed-service.js'
import { serviceEnvironment } from './service-environment.js'
import { serviceModel } from './service-model.js'
import * as serviceStore from './service-store.js'

export interface ServicesDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly urls: HubUrls
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cookieOptions: string | undefined
  readonly cookieHostPrefixEnabled: boolean
  readonly log: Log
}

interface KnownServices {
  readonly version: number
  readonly byId: ReadonlyMap<number, { readonly service: serviceStore.Service; readonly roles: readonly string[] }>
}

/** The services beside the hub: which there are, where they are reached, and the processes of those that the hub runs. */
export class Services {
  #configured: readonly LoadedService[] = []
  readonly #managed = new Map<number, ManagedService>()
  #known: KnownServices | undefined

  constructor(private readonly deps: ServicesDeps) {}

  /** @param configured - those of the configuration, as they were stored */
  async load(configured: readonly LoadedService[]): Promise<void> {
    this.#configured = configured
    await this.#all()
  }

  /**
   * Starts the services that have a command, and waits for those that have a URL.
   *
   * @throws HubError when a managed one does not come up; an external one that does not answer is only logged
   */
  async startAll(signal: AbortSignal): Promise<void> {
    const { byId } = await this.#all()
    for (const loaded of this.#configured) {
      const { id, spec } = loaded
      if (spec.command.length > 0) await this.#startManaged(loaded, byId.get(id)?.service.pid ?? null)
      if (spec.url !== '') await this.#awaitUrl(loaded, signal)
    }
  }

  async stop(): Promise<void> {
    if (this.#managed.size > 0) this.deps.log.info(`Cleaning up ${this.#managed.size} services...`)
    for (const service of this.#managed.values()) await service.stop()
    this.#managed.clear()
  }

  /** Routes of the services that have a URL. */
  async routes(): Promise<readonly Route[]> {
    const { byId } = await this.#all()
    return [...byId.values()].flatMap(({ service }) => {
      if (service.url === null || service.url === '') return []
      return [serviceRoute(service.name, servicePrefix(this.deps.urls, service.name), new URL(service.url).origin)]
    })
  }

  /** Links for the navigation bar: services with a page that these permissions open. */
  links(permissions: Permissions): readonly ServiceLink[] {
    return [...(this.#known?.byId.values() ?? [])].flatMap(({ service }) => {
      const isShown = service.display && service.url !== null && service.url !== ''
      if (!isShown || !hasScope(permissions, 'access:services', { kind: 'service', value: service.name })) return []
      return [{ name: service.name, href: servicePrefix(this.deps.urls, service.name) }]
    })
  }

  /** One service as a caller may see it; from memory, unless something has changed that could show. */
  async model(id: number, permissions: Permissions): Promise<ServiceModel> {
    const known = (await this.#all()).byId.get(id)
    return known === undefined ? {} : this.#modelOf(known, permissions)
  }

  /** All services as a caller may see them, by name. */
  async models(permissions: Permissions): Promise<Record<string, ServiceModel>> {
    const models: Record<string, ServiceModel> = {}
    for (const known of (await this.#all()).byId.values()) {
      const model = this.#modelOf(known, permissions)
      if (model.kind !== undefined) models[known.service.name] = model
    }
    return models
  }

  async findByName(name: string): Promise<serviceStore.Service | undefined> {
    return [...(await this.#all()).byId.values()].find(({ service }) => service.name === name)?.service
  }

  #modelOf(
    { service, roles }: { service: serviceStore.Service; roles: readonly string[] },
    permissions: Permissions,
  ): ServiceModel {
    const pid = this.#managed.get(service.id)?.pid ?? 0
    return serviceModel(service, { roles, pid }, permissions, this.deps.urls)
  }

  async #startManaged({ id, spec, apiToken }: LoadedService, leftPid: number | null): Promise<void> {
    const { database, urls, log, environment } = this.deps
    const service = new ManagedService({
      name: spec.name,
      command: spec.command,
      cwd: spec.cwd,
      user: spec.user,
      environment: serviceEnvironment({
        spec,
        apiToken,
        urls,
        hubEnvironment: environment,
        cookieOptions: this.deps.cookieOptions,
        cookieHostPrefixEnabled: this.deps.cookieHostPrefixEnabled,
      }),
      log,
      savePid: async (pid) => {
        await database.write((tx) => serviceStore.setPid(tx, id, pid))
      },
    })
    this.#managed.set(id, service)
    await service.start(leftPid)
  }

  async #awaitUrl({ id, spec }: LoadedService, signal: AbortSignal): Promise<void> {
    const managed = this.#managed.get(id)
    const signals = [
      signal,
      AbortSignal.timeout(spec.timeoutSeconds * 1_000),
      ...(managed === undefined ? [] : [managed.ended()]),
    ]
    try {
      await waitUntilUp({ url: new URL(spec.url), log: this.deps.log }, AbortSignal.any(signals))
    } catch (error) {
      if (managed !== undefined) throw error
      this.deps.log.warn('an external service does not answer', { service: spec.name, url: spec.url })
    }
  }

  async #all(): Promise<KnownServices> {
    const { access, database } = this.deps
    if (this.#known?.version === access.current) return this.#known
    const version = access.current
    const services = await serviceStore.list(database.read)
    const roles = await rolesOf(
      database.read,
      'services',
      services.map((service) => service.id),
    )
    const byId = new Map(
      services.map((service) => [
        service.id,
        { service, roles: (roles.get(service.id) ?? []).map((role) => role.name) },
      ]),
    )
    this.#known = { version, byId }
    return this.#known
  }
}

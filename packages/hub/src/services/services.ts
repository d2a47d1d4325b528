import { type Log, type ServiceModel, silentLog } from '@hub/api'
import { hasScope } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import { HubError } from '../http/hub-error.js'
import type { HubUrls } from '../hub-urls.js'
import type { ServiceLink } from '../pages/page-context.js'
import type { Route } from '../proxy/route-check.js'
import { serviceRoute } from '../proxy/server-route.js'
import type { InternalTls } from '../internal-tls/internal-tls.js'
import { type ClientTls, waitUntilUp } from '../servers/wait-until-up.js'
import type { LoadedService } from '../startup/load-services.js'
import { ManagedService } from './managed-service.js'
import { serviceCommand } from './service-command.js'
import { serviceEnvironment } from './service-environment.js'
import { serviceModel } from './service-model.js'
import { serviceRoutespec, serviceUrl } from './service-prefix.js'
import { type KnownService, ServiceRegistry, type ServiceRegistryDeps } from './service-registry.js'
import * as serviceStore from './service-store.js'

export interface ServicesDeps extends ServiceRegistryDeps {
  readonly urls: HubUrls
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cookieOptions: string | undefined
  readonly cookieHostPrefixEnabled: boolean
  readonly internalTls: InternalTls | undefined
  /** `service_check_interval`; 0: services are not checked. */
  readonly checkIntervalSeconds: number
  readonly log: Log
}

/** Longest wait for an answer of a service that is checked. */
const checkTimeoutMs = 5_000

/** The services beside the hub: which there are, where they are reached, and the processes of those that the hub runs. */
export class Services {
  readonly #registry: ServiceRegistry
  readonly #managed = new Map<number, ManagedService>()
  readonly #silent = new Set<number>()
  readonly #stopped = new AbortController()
  #configured: readonly LoadedService[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly deps: ServicesDeps) {
    this.#registry = new ServiceRegistry(deps)
  }

  /** @param configured - those of the configuration, as they were stored */
  async load(configured: readonly LoadedService[]): Promise<void> {
    this.#configured = configured
    this.#registry.setConfigured(configured.map(({ id }) => id))
    await this.#registry.all()
  }

  /**
   * Starts the services that have a command, and waits for those of them that have a URL. External ones are looked at
   * meanwhile: one that does not answer is only logged.
   *
   * @throws HubError when a managed one does not come up
   */
  async startAll(signal: AbortSignal): Promise<void> {
    const managed = this.#configured.filter(({ spec }) => spec.command.length > 0)
    for (const loaded of managed) await this.#startManaged(loaded)
    for (const { service } of await this.#registry.all()) if (!this.#managed.has(service.id)) void this.check(service)
    await Promise.all(managed.filter(({ spec }) => spec.url !== '').map((loaded) => this.#awaitUrl(loaded, signal)))
    const { checkIntervalSeconds } = this.deps
    if (checkIntervalSeconds > 0) {
      this.#timer = setInterval(() => void this.#checkAll(), checkIntervalSeconds * 1_000)
      this.#timer.unref()
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopped.abort()
    if (this.#managed.size === 0) return
    this.deps.log.info(`Cleaning up ${this.#managed.size} services...`)
    await Promise.all([...this.#managed.values()].map((service) => service.stop()))
    this.#managed.clear()
  }

  /** Routes of the services that have a URL. */
  async routes(): Promise<readonly Route[]> {
    return (await this.#registry.all()).flatMap(({ service }) => {
      if (!hasUrl(service)) return []
      return [serviceRoute(service.name, serviceRoutespec(this.deps.urls, service.name), new URL(service.url).origin)]
    })
  }

  /** Links for the navigation bar: services with a page that these permissions open. */
  links(permissions: Permissions): readonly ServiceLink[] {
    return this.#registry.last.flatMap(({ service }) => {
      if (!service.display || !hasUrl(service)) return []
      if (!hasScope(permissions, 'access:services', { kind: 'service', value: service.name })) return []
      return [{ name: service.name, href: serviceUrl(this.deps.urls, service.name) }]
    })
  }

  /** One service as a caller may see it; from memory, unless something has changed that could show. */
  async model(id: number, permissions: Permissions): Promise<ServiceModel> {
    const known = await this.#registry.find(id)
    return known === undefined ? {} : this.#modelOf(known, permissions)
  }

  /** All services as a caller may see them, by name. */
  async models(permissions: Permissions): Promise<Record<string, ServiceModel>> {
    const models: Record<string, ServiceModel> = {}
    for (const known of await this.#registry.all()) {
      const model = this.#modelOf(known, permissions)
      if (model.kind !== undefined) models[known.service.name] = model
    }
    return models
  }

  async findByName(name: string): Promise<serviceStore.Service | undefined> {
    return (await this.#registry.findByName(name))?.service
  }

  /** Looks whether a service with a URL answers, and logs when that has changed. */
  async check(service: serviceStore.Service): Promise<void> {
    if (!hasUrl(service)) return
    const { log } = this.deps
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(checkTimeoutMs)])
    const answers = await waitUntilUp({ url: new URL(service.url), log: silentLog, ...this.#clientTls() }, signal).then(
      () => true,
      () => false,
    )
    if (this.#stopped.signal.aborted || answers === !this.#silent.has(service.id)) return
    if (answers) {
      this.#silent.delete(service.id)
      log.info(`Service ${service.name} answers again`, { url: service.url })
    } else {
      this.#silent.add(service.id)
      log.warn(`Service ${service.name} does not answer`, { url: service.url })
    }
  }

  /** Looks now whether a service answers and, if the hub runs it, whether its process is there. */
  async health(
    service: serviceStore.Service,
  ): Promise<{ readonly answers: boolean | null; readonly runs: boolean | null }> {
    await this.check(service)
    const managed = this.#managed.get(service.id)
    return {
      answers: hasUrl(service) ? !this.#silent.has(service.id) : null,
      runs: managed === undefined ? null : managed.pid !== 0,
    }
  }

  #clientTls(): { tls?: ClientTls } {
    const { internalTls } = this.deps
    return internalTls === undefined ? {} : { tls: internalTls.hub }
  }

  async #checkAll(): Promise<void> {
    const services = await this.#registry.all().catch(() => [])
    await Promise.all(services.map(({ service }) => this.check(service)))
  }

  #modelOf({ service, roles }: KnownService, permissions: Permissions): ServiceModel {
    const pid = this.#managed.get(service.id)?.pid ?? 0
    return serviceModel(service, { roles, pid }, permissions, this.deps.urls)
  }

  async #startManaged({ id, spec, apiToken, allowedScopes }: LoadedService): Promise<void> {
    const { database, urls, log, environment } = this.deps
    const { argv, account } = await serviceCommand(spec, process.getuid?.())
    const service = new ManagedService({
      name: spec.name,
      argv,
      url: spec.url,
      cwd: spec.cwd,
      environment: serviceEnvironment({
        spec,
        apiToken,
        allowedScopes,
        urls,
        account,
        hubEnvironment: environment,
        cookieOptions: this.deps.cookieOptions,
        cookieHostPrefixEnabled: this.deps.cookieHostPrefixEnabled,
        certificates: await this.deps.internalTls?.forService(spec.name, account),
      }),
      log,
      savePid: async (pid) => {
        await database.write((tx) => serviceStore.setPid(tx, id, pid))
      },
    })
    this.#managed.set(id, service)
    await service.start((await this.#registry.find(id))?.service.pid ?? null)
  }

  async #awaitUrl({ id, spec }: LoadedService, signal: AbortSignal): Promise<void> {
    const { log } = this.deps
    const ended = this.#managed.get(id)?.ended()
    const signals = [signal, AbortSignal.timeout(spec.timeoutSeconds * 1_000), ...(ended === undefined ? [] : [ended])]
    try {
      await waitUntilUp({ url: new URL(spec.url), log, ...this.#clientTls() }, AbortSignal.any(signals))
    } catch (error) {
      if (signal.aborted || error instanceof HubError) throw error
      throw new HubError(
        'service_not_up',
        500,
        `Service ${spec.name} has not answered at ${spec.url} within ${spec.timeoutSeconds} seconds (its timeout).`,
        { cause: error },
      )
    }
  }
}

const hasUrl = (service: serviceStore.Service): service is serviceStore.Service & { readonly url: string } =>
  service.url !== null && service.url !== ''

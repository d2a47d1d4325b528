import { resolve } from 'node:path'
import type { JsonObject } from '@hub/api'
import type { Secret, Configurable, LoadedConfig, PluginClass, ValuesOf } from '@hub/config'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { type Addresses, addressesOf } from '../config/addresses.js'
import { jupyterHub } from '../config/jupyterhub.js'
import { configurableHttpProxy } from '../config/proxy.js'
import { readOption } from '../startup/config-problem.js'

/** The whole configuration as the parts of the hub want it. */
export interface HubSettings {
  readonly hub: ValuesOf<typeof jupyterHub>
  readonly proxy: ValuesOf<typeof configurableHttpProxy>
  readonly addresses: Addresses
  readonly web: WebSettings
  readonly spawnerClass: PluginClass
  readonly authenticatorClass: PluginClass
  /** Options of a class; a fresh copy each time. */
  readonly valuesOf: <C extends Configurable>(configurable: C) => ValuesOf<C>
}

/** Keys of `JupyterHub.tornado_settings` that administrators rely on. */
export type WebSettings = z.output<typeof webSettings>

const seconds = z.number().nonnegative()
const webSettings = z.looseObject({
  slow_spawn_timeout: seconds.default(10),
  slow_stop_timeout: seconds.default(10),
  user_redirect_limit: z.number().int().nonnegative().default(4),
  cookie_options: z.record(z.string(), z.json()).default({}),
  xsrf_cookie_kwargs: z.record(z.string(), z.json()).optional(),
  headers: z.record(z.string(), z.string()).default({}),
})

/** @throws CodedError for values that make no sense together */
export function hubSettings(config: LoadedConfig): HubSettings {
  const hub = config.valuesOf(jupyterHub)
  return {
    hub,
    proxy: config.valuesOf(configurableHttpProxy),
    addresses: addressesOf(hub, (trait) => config.isSet(jupyterHub, trait)),
    web: readOption(webSettings, hub.tornado_settings, 'JupyterHub.tornado_settings'),
    // The registries hold classes only; the option's kind has looked the name up there.
    spawnerClass: hub.spawner_class as PluginClass,
    authenticatorClass: hub.authenticator_class as PluginClass,
    valuesOf: (configurable) => config.valuesOf(configurable),
  }
}

export const cookieOptionsOf = (web: WebSettings): JsonObject => web.cookie_options

/** Folders of this name in `JupyterHub.data_files_path`; none when that is not set. */
export const dataFiles = (
  hub: Pick<HubSettings['hub'], 'data_files_path'>,
  folder: 'static' | 'templates',
): string[] => (hub.data_files_path === '' ? [] : [resolve(hub.data_files_path, folder)])

const extraHandlers = z.array(
  z.tuple([
    z.string().startsWith('/', 'is no path: it begins with /'),
    z.custom<RequestHandler>((value) => typeof value === 'function', 'is no function of Express'),
  ]),
)

/** Handlers of the administrator's own, by their path below the hub's prefix. */
export const readExtraHandlers = (hub: HubSettings['hub']): readonly (readonly [string, RequestHandler])[] =>
  readOption(extraHandlers, hub.extra_handlers, 'JupyterHub.extra_handlers')

/** The text of a secret option, undefined when it is not set. */
export const revealed = (value: Secret | null): string | undefined => value?.reveal()

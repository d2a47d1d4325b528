import { getInfo, getOpenApi, getVersion, type OpenApiDocument, openApiDocument, shutdownHub } from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { PluginName } from './plugin-name.js'

export interface HubRoutesDeps {
  /** Release of the reference hub whose wire we speak. */
  readonly version: string
  /** Where the REST API is, without a slash at the end. */
  readonly apiPath: string
  readonly spawner: PluginName
  readonly authenticator: PluginName
  /** Begins the shutdown, after the reply is out. */
  readonly shutdown: (choice: { readonly servers?: boolean; readonly proxy?: boolean }) => void
}

/** Version, description, info and shutdown. */
export function hubRoutes(deps: HubRoutesDeps): ApiRoute[] {
  // Made when somebody first asks; it does not change while the hub runs.
  let document: OpenApiDocument | undefined

  return [
    route(getOpenApi, async () => ({
      status: 200,
      body: (document ??= openApiDocument({ version: deps.version, apiPath: deps.apiPath })),
    })),

    route(getVersion, async () => ({
      status: 200,
      body: { version: deps.version },
    })),

    route(getInfo, async () => ({
      status: 200,
      body: {
        version: deps.version,
        python: `Node.js ${process.version}`,
        sys_executable: process.execPath,
        spawner: { ...deps.spawner },
        authenticator: { ...deps.authenticator },
      },
    })),

    route(shutdownHub, async ({ body, exchange }) => {
      exchange.response.once('finish', () => {
        deps.shutdown({
          ...(body?.servers === undefined ? {} : { servers: body.servers }),
          ...(body?.proxy === undefined ? {} : { proxy: body.proxy }),
        })
      })
      return { status: 202, body: { message: 'Shutting down Hub' } }
    }),
  ]
}

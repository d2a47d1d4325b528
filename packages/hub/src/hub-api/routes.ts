import { getInfo, getVersion, shutdownHub } from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'

export interface HubRoutesDeps {
  /** Release of the reference hub whose wire we speak. */
  readonly version: string
  readonly spawnerClass: string
  readonly authenticatorClass: string
  /** Whether Access-Control-Allow-Origin was configured already. */
  readonly allowOriginIsSet: boolean
  /** Begins the shutdown, after the reply is out. */
  readonly shutdown: (choice: { readonly servers?: boolean; readonly proxy?: boolean }) => void
}

/** Version, info and shutdown. */
export function hubRoutes(deps: HubRoutesDeps): ApiRoute[] {
  return [
    route(getVersion, async () => ({
      status: 200,
      body: { version: deps.version },
      ...(deps.allowOriginIsSet ? {} : { headers: { 'Access-Control-Allow-Origin': '*' } }),
    })),

    route(getInfo, async () => ({
      status: 200,
      body: {
        version: deps.version,
        python: `Node.js ${process.version}`,
        sys_executable: process.execPath,
        spawner: { class: deps.spawnerClass, version: deps.version },
        authenticator: { class: deps.authenticatorClass, version: deps.version },
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

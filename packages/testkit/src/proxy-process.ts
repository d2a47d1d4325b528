import { request } from 'undici'
import { startChild, type Child } from './child.js'
import { proxyCommand, type Command } from './programs.js'
import { waitFor } from './wait-for.js'

export interface ProxyProcessOptions {
  readonly port: number
  readonly apiPort: number
  readonly token: string
  readonly ip?: string
  readonly apiIp?: string
  /** More arguments of the command line. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The program; ours by default. */
  readonly command?: Command | undefined
}

export interface ProxyProcess extends AsyncDisposable {
  child(): Child
  /** The present routes by route specification, as the proxy tells them. */
  routes(): Promise<Record<string, { target: string }>>
  /** Starts it again, with an empty table. */
  start(): Promise<void>
}

/** Starts a proxy that no hub has started. */
export async function startProxyProcess(options: ProxyProcessOptions): Promise<ProxyProcess> {
  const { port, apiPort, token, ip = '127.0.0.1', apiIp = '127.0.0.1' } = options
  const [program, ...first] = options.command ?? proxyCommand()
  const addresses = [`--ip=${ip}`, `--port=${port}`, `--api-ip=${apiIp}`, `--api-port=${apiPort}`]
  const headers = { authorization: `token ${token}` }
  const routesUrl = `http://${apiIp}:${apiPort}/api/routes`
  const signal = () => AbortSignal.timeout(5_000)
  let child: Child | undefined

  const proxy: ProxyProcess = {
    child: () => {
      if (child === undefined) throw new Error('the proxy was never started')
      return child
    },
    async routes() {
      const answer = await request(routesUrl, { headers, signal: signal() })
      // The API's documented answer; a test fails where it is not.
      return (await answer.body.json()) as Record<string, { target: string }>
    },
    async start() {
      const started = startChild({
        command: [program, ...first, ...addresses, ...(options.args ?? [])],
        env: { ...options.env, CONFIGPROXY_AUTH_TOKEN: token },
      })
      child = started
      await waitFor(
        async () => started.hasExited() || (await request(routesUrl, { headers, signal: signal() })).statusCode < 500,
        {
          what: 'an answer of the proxy',
        },
      )
      if (started.hasExited()) throw new Error(`the proxy ended:\n${started.log()}`)
    },
    async [Symbol.asyncDispose]() {
      await child?.[Symbol.asyncDispose]()
    },
  }
  await proxy.start()
  return proxy
}

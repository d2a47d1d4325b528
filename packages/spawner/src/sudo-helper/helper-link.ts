import { readFile } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import type { HelperApiClient } from '@hub/api/helper-client'
import { ExitFeed } from './exit-feed.js'
import type { SudoHelperConfig } from './sudo-helper-config.js'

/** One helper, as this process knows it: kept connections, and what it tells of the ends of servers. */
export interface HelperLink {
  readonly name: string
  /** Where the hub and its proxy reach servers of that host. */
  readonly serverHost: string
  readonly isRemote: boolean
  client(): Promise<HelperApiClient>
  readonly exits: ExitFeed
}

/** Spawner objects come and go; connections stay. One table per process, because that is whose sockets they are. */
const links = new Map<string, HelperLink>()

/** The helpers that are configured, in that order. */
export function helperLinks(config: SudoHelperConfig): HelperLink[] {
  return Object.entries(config.helpers).map(([name, url]) => {
    const token = (config.helper_tokens[name] ?? config.helper_token).reveal()
    const { helper_ca: ca, helper_cert: cert, helper_key: key } = config
    const id = JSON.stringify([name, url, token, ca, cert, key])
    const link = links.get(id) ?? makeLink(name, url, token, { ca, cert, key })
    links.set(id, link)
    return link
  })
}

function makeLink(name: string, url: string, token: string, files: Readonly<Record<string, string>>): HelperLink {
  const hostname = url.startsWith('http+unix:') ? '127.0.0.1' : new URL(url).hostname.replace(/^\[|\]$/g, '')
  let client: Promise<HelperApiClient> | undefined
  const connect = (): Promise<HelperApiClient> => {
    client ??= makeClient(url, token, files).catch((error: unknown) => {
      // Asked again next time, when the file may be there.
      client = undefined
      throw error
    })
    return client
  }
  return {
    name,
    serverHost: hostname === 'localhost' ? '127.0.0.1' : hostname,
    isRemote: !/^(?:localhost|127\..*|::1)$/.test(hostname),
    client: connect,
    exits: new ExitFeed(connect),
  }
}

async function makeClient(
  url: string,
  token: string,
  files: Readonly<Record<string, string>>,
): Promise<HelperApiClient> {
  // Loaded when it is needed: hubs with other spawners do without.
  const { HelperApiClient: Client } = await import('@hub/api/helper-client')
  const tls: SecureContextOptions = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name] ?? ''
    if (path !== '') tls[name] = await readFile(path)
  }
  return new Client({ url, token, tls })
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isIP } from 'node:net'
import type { CertificatePaths } from '@hub/api'
import type { CertificateRequest } from '@hub/spawner'
import { CertificateStore, type CertificateStoreOptions, type KeyOwner } from './certificate-store.js'

export interface InternalTlsOptions extends CertificateStoreOptions {
  /** Names under which parts on other hosts reach hub and proxy, besides those of this host. */
  readonly hosts: readonly string[]
  /** `JupyterHub.trusted_alt_names`: of every certificate. */
  readonly trustedAltNames: readonly string[]
}

export type { KeyOwner } from './certificate-store.js'

/** Key, certificate and trusted authorities, in PEM. */
export interface TlsMaterial {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

const local = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1']

/**
 * Mutual TLS between hub, proxy, servers and services: each has a certificate of its own, and lets in only those who show one
 * that its authorities have issued.
 */
export class InternalTls {
  private constructor(
    private readonly store: CertificateStore,
    private readonly trustedAltNames: readonly string[],
    /** Of the hub, as server and as client. */
    readonly hub: TlsMaterial,
    /** Of the proxy's API. */
    readonly proxyApi: CertificatePaths,
    /** Of the proxy towards servers and hub. */
    readonly proxyClient: CertificatePaths,
  ) {}

  static async open(options: InternalTlsOptions): Promise<InternalTls> {
    const store = await CertificateStore.open(options)
    const altNames = [
      ...new Set([...local, ...[hostname(), ...options.hosts].map(altName), ...options.trustedAltNames]),
    ]
    const [hub, proxyApi, proxyClient] = await Promise.all([
      store.ensure({ authority: 'hub-ca', name: 'hub-internal', altNames }),
      store.ensure({ authority: 'proxy-api-ca', name: 'proxy-api', altNames }),
      store.ensure({ authority: 'proxy-client-ca', name: 'proxy-client', altNames }),
    ])
    return new InternalTls(store, options.trustedAltNames, await readMaterial(hub), proxyApi, proxyClient)
  }

  get directory(): string {
    return this.store.directory
  }

  /** A new certificate for each start of a server; servers of one user have names of their own. */
  forServer(userName: string, serverName: string, request: CertificateRequest): Promise<CertificatePaths> {
    const name = fileName(
      `user-${encodeURIComponent(userName)}${serverName === '' ? '' : `+${encodeURIComponent(serverName)}`}`,
    )
    const altNames = [...(request.includeLocal ? local : []), ...(request.altNames ?? this.trustedAltNames)]
    return this.store.issue({ authority: 'notebooks-ca', name, altNames })
  }

  /** @param owner - who reads the key; undefined: the hub's own account */
  forService(serviceName: string, owner: KeyOwner | undefined): Promise<CertificatePaths> {
    const altNames = [...local, ...this.trustedAltNames]
    return this.store.issue({
      owner,
      authority: 'services-ca',
      name: fileName(`service-${encodeURIComponent(serviceName)}`),
      altNames,
    })
  }
}

/** File systems take names of 255 bytes at most, and `.NAME.key.new` is the longest one made of it. */
function fileName(name: string): string {
  if (name.length <= 200) return name
  return `${name.slice(0, 150)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}

const altName = (host: string): string => (isIP(host) === 0 ? `DNS:${host}` : `IP:${host}`)

async function readMaterial(paths: CertificatePaths): Promise<TlsMaterial> {
  const [key, cert, ca] = await Promise.all(
    [paths.keyFile, paths.certFile, paths.caFile].map((file) => readFile(file, 'utf8')),
  )
  return { key: key ?? '', cert: cert ?? '', ca: ca ?? '' }
}

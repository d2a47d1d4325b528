import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CertificatePaths } from '@hub/api'
import { type AuthorityName, authorityNames, trustedBy } from './authorities.js'
import type { KeyPair } from './certificate.js'

/** Key and certificate of an authority of the administrator's, and perhaps others that are trusted beside it. */
export interface ExternalAuthority {
  readonly key: string
  readonly cert: string
  readonly ca?: string | undefined
}

export interface CertificateStoreOptions {
  readonly directory: string
  /** Throws away what is there. */
  readonly recreate: boolean
  /** Files of the administrator's, by authority. */
  readonly external: Readonly<Partial<Record<AuthorityName, ExternalAuthority>>>
  readonly now: () => Date
}

export interface LeafOptions {
  readonly authority: AuthorityName
  /** Folder and file name; becomes part of a path. */
  readonly name: string
  readonly altNames: readonly string[]
  /** Who reads the key; undefined: the hub's own account. */
  readonly owner?: KeyOwner | undefined
}

export interface KeyOwner {
  readonly uid: number
  readonly gid: number
}

/** Services that run as other users reach their own files; nobody else sees what there is. */
const DIRECTORY_MODE = 0o711

/** A certificate is made anew when less than this is left of it. */
const renewBeforeMs = 90 * 24 * 3600 * 1000

/**
 * The folder of the internal certificates, laid out as Python's hub does, since other programs read it: `NAME/NAME.key`,
 * `NAME/NAME.crt`, and for each authority `NAME/NAME-trust.crt`, those it trusts. Nobody but the hub's account may read keys.
 */
export class CertificateStore {
  readonly #directory: string
  readonly #authorities = new Map<AuthorityName, KeyPair>()

  private constructor(private readonly options: CertificateStoreOptions) {
    this.#directory = resolve(options.directory)
  }

  /** Opens the folder, and makes whatever it lacks. */
  static async open(options: CertificateStoreOptions): Promise<CertificateStore> {
    const store = new CertificateStore(options)
    if (options.recreate) await rm(store.#directory, { recursive: true, force: true })
    await mkdir(store.#directory, { recursive: true, mode: DIRECTORY_MODE })
    const others = new Map<AuthorityName, string>()
    for (const name of authorityNames) {
      const external = options.external[name]
      store.#authorities.set(name, await store.#authority(name, external))
      if (external?.ca !== undefined) others.set(name, await readFile(external.ca, 'utf8'))
    }
    for (const name of authorityNames) {
      const trusted = trustedBy[name].map((one) => (store.#authorities.get(one)?.cert ?? '') + (others.get(one) ?? ''))
      await store.#write(name, `${name}-trust.crt`, trusted.join(''), 0o644)
    }
    return store
  }

  get directory(): string {
    return this.#directory
  }

  /** Makes a certificate, or the same again: whatever was issued under the name before stays good until it expires. */
  async issue({ authority, name, altNames, owner }: LeafOptions): Promise<CertificatePaths> {
    const { issue } = await import('./certificate.js')
    const pair = await issue(this.#authorityPair(authority), { commonName: name, altNames, now: this.options.now() })
    await this.#write(name, `${name}.key`, pair.key, 0o600, owner)
    await this.#write(name, `${name}.crt`, pair.cert, 0o644)
    return this.#paths(name, authority)
  }

  /** The certificate of that name if it is good for all of these names and for a while yet; else a new one. */
  async ensure(options: LeafOptions): Promise<CertificatePaths> {
    const paths = this.#paths(options.name, options.authority)
    const stored = await readPair(paths.keyFile, paths.certFile)
    if (stored !== undefined && this.#isGood(stored.cert, options)) return paths
    return this.issue(options)
  }

  #isGood(cert: string, { authority, altNames }: LeafOptions): boolean {
    const parsed = new X509Certificate(cert)
    if (!parsed.checkIssued(new X509Certificate(this.#authorityPair(authority).cert))) return false
    if (Date.parse(parsed.validTo) - this.options.now().getTime() < renewBeforeMs) return false
    return altNames.every((name) => {
      const [kind, value] = [name.slice(0, 3), name.slice(name.indexOf(':') + 1)]
      return (kind === 'IP:' ? parsed.checkIP(value) : parsed.checkHost(value)) !== undefined
    })
  }

  async #authority(name: AuthorityName, external: ExternalAuthority | undefined): Promise<KeyPair> {
    if (external !== undefined) {
      const [key, cert] = await Promise.all([readFile(external.key, 'utf8'), readFile(external.cert, 'utf8')])
      await this.#write(name, `${name}.crt`, cert, 0o644)
      return { key, cert }
    }
    const paths = this.#paths(name, name)
    const stored = await readPair(paths.keyFile, paths.certFile)
    if (stored !== undefined) return stored
    const { makeAuthority } = await import('./certificate.js')
    const made = await makeAuthority(name, this.options.now())
    await this.#write(name, `${name}.key`, made.key, 0o600)
    await this.#write(name, `${name}.crt`, made.cert, 0o644)
    return made
  }

  #authorityPair(name: AuthorityName): KeyPair {
    const pair = this.#authorities.get(name)
    if (pair === undefined) throw new Error(`the certificate store was not opened: ${name} is missing`)
    return pair
  }

  #paths(name: string, authority: AuthorityName): CertificatePaths {
    return {
      keyFile: join(this.#directory, name, `${name}.key`),
      certFile: join(this.#directory, name, `${name}.crt`),
      caFile: join(this.#directory, authority, `${authority}-trust.crt`),
    }
  }

  /** Whole or not at all, so that a hub that is killed leaves no half a key. */
  async #write(folder: string, file: string, text: string, mode: number, owner?: KeyOwner): Promise<void> {
    const directory = join(this.#directory, folder)
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })
    const unfinished = join(directory, `.${file}.new`)
    await rm(unfinished, { force: true })
    await writeFile(unfinished, text, { mode, flag: 'wx' })
    if (owner !== undefined) await chown(unfinished, owner.uid, owner.gid)
    await rename(unfinished, join(directory, file))
  }
}

async function readPair(keyFile: string, certFile: string): Promise<KeyPair | undefined> {
  try {
    const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')])
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined
  } catch {
    // Missing, or not what it should be: made anew.
    return undefined
  }
}

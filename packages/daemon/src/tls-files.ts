import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import { CodedError } from '@hub/api/base'

export interface TlsFiles {
  readonly key?: string
  readonly cert?: string
  /** One or several certificates in one file; all are trusted. */
  readonly ca?: string
  readonly dhparam?: string
  readonly passphrase?: string
  /** Further certificates, for clients that ask for one of these names (SNI). */
  readonly hosts?: readonly TlsHostFiles[]
}

export interface TlsHostFiles {
  /** `hub.example.org`, or `*.example.org` for any one name below. */
  readonly name: string
  readonly cert: string
  /** Default: the certificate's file holds it. */
  readonly key?: string
}

export interface TlsSettings {
  readonly ciphers?: string
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  readonly honorCipherOrder?: boolean
}

export class TlsFileError extends CodedError {
  override readonly name = 'TlsFileError'
  constructor(what: string, path: string, cause: Error) {
    super('tls_file_unusable', 500, `Cannot use the TLS ${what} ${path}: ${cause.message}`, { cause })
  }
}

/** What was in the files when they were read. */
export interface LoadedTls {
  readonly options: SecureContextOptions
  readonly context: SecureContext
  /** By name, in lower case. */
  readonly hosts: ReadonlyMap<string, SecureContext>
}

/** @throws {@link TlsFileError} */
export async function readTlsFiles(files: TlsFiles, settings: TlsSettings): Promise<LoadedTls> {
  const { options, context } = await readOne(files, settings)
  const hosts = new Map<string, SecureContext>()
  for (const { name, cert, key } of files.hosts ?? []) {
    // Everything else, what clients are checked against for instance, is as for the other names.
    const { key: _key, ...others } = files
    const own = await readOne({ ...others, cert, ...(key === undefined ? {} : { key }) }, settings)
    hosts.set(name.toLowerCase(), own.context)
  }
  return { options, context, hosts }
}

/** All paths that are read. */
export function pathsOf({ key, cert, ca, dhparam, hosts = [] }: TlsFiles): readonly string[] {
  const all = [key, cert, ca, dhparam, ...hosts.flatMap((host) => [host.cert, host.key])]
  return [...new Set(all.filter((path): path is string => path !== undefined && path !== ''))]
}

async function readOne(files: TlsFiles, settings: TlsSettings): Promise<Omit<LoadedTls, 'hosts'>> {
  const options: SecureContextOptions = { ...settings }
  const part = async (name: 'key' | 'cert' | 'ca' | 'dhparam'): Promise<void> => {
    const path = files[name]
    if (path === undefined || path === '') return
    try {
      options[name] = await readFile(path)
      if (name === 'ca' || name === 'dhparam') checkContent(name, options[name])
    } catch (error) {
      throw new TlsFileError(name, path, error instanceof Error ? error : new Error(String(error)))
    }
  }
  await Promise.all([part('key'), part('cert'), part('ca'), part('dhparam')])
  // A file that holds certificate and key in one is common; then only the certificate is named.
  if (options.cert && !options.key) options.key = options.cert
  if (options.key && files.passphrase !== undefined) options.passphrase = files.passphrase
  try {
    return { options, context: createSecureContext(options) }
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error))
    throw new TlsFileError('key or certificate', files.cert ?? files.key ?? files.ca ?? '', cause)
  }
}

const wanted = {
  ca: { label: /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m, words: 'a certificate' },
  // What follows is the DER of a sequence.
  dhparam: { label: /^-----BEGIN (?:X9\.42 )?DH PARAMETERS-----\s+M[A-P]/m, words: 'DH parameters' },
} as const

/** Node passes over these in silence when there is nothing in them. */
function checkContent(name: keyof typeof wanted, content: Buffer): void {
  const { label, words } = wanted[name]
  if (!label.test(content.toString('latin1'))) throw new Error(`it does not hold ${words} in PEM form`)
  createSecureContext({ [name]: content })
}

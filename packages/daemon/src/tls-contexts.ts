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

/**
 * Keys and certificates as they are in their files now. `reload` reads the files again and hands the result to all
 * that `follow`; a file that cannot be used leaves the former in use and is thrown.
 */
export class TlsContexts {
  private readonly followers = new Set<(options: SecureContextOptions) => void>()
  private constructor(
    private readonly files: TlsFiles,
    private readonly settings: TlsSettings,
    private loaded: { readonly options: SecureContextOptions; readonly context: SecureContext },
  ) {}

  /** @throws {@link TlsFileError} */
  static async load(files: TlsFiles, settings: TlsSettings = {}): Promise<TlsContexts> {
    return new TlsContexts(files, settings, await read(files, settings))
  }

  /** To spread into `https.createServer`, `tls.connect`. */
  get options(): SecureContextOptions {
    return this.loaded.options
  }

  get context(): SecureContext {
    return this.loaded.context
  }

  /** Calls `use` after every reload: `tls.follow((options) => server.setSecureContext(options))`. @returns undoes it */
  follow(use: (options: SecureContextOptions) => void): () => void {
    this.followers.add(use)
    return () => void this.followers.delete(use)
  }

  /** @throws {@link TlsFileError} when a file is missing or unusable; nothing has changed then. */
  async reload(): Promise<void> {
    this.loaded = await read(this.files, this.settings)
    for (const use of this.followers) use(this.loaded.options)
  }
}

async function read(
  files: TlsFiles,
  settings: TlsSettings,
): Promise<{ options: SecureContextOptions; context: SecureContext }> {
  const options: SecureContextOptions = { ...settings }
  const part = async (name: 'key' | 'cert' | 'ca' | 'dhparam'): Promise<void> => {
    const path = files[name]
    if (path === undefined || path === '') return
    const content = await readFile(path).catch((error: unknown) => {
      throw new TlsFileError(name, path, error instanceof Error ? error : new Error(String(error)))
    })
    options[name] = content
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

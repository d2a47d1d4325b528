import { unwatchFile, watchFile } from 'node:fs'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { pathsOf, readTlsFiles, type LoadedTls, type TlsFiles, type TlsSettings } from './tls-files.js'

export interface WatchTlsOptions {
  /** Files were read again because one had changed; with the reason if they cannot be used, and the former stay. */
  readonly onReload: (error: Error | undefined) => void
  /** How often the files are looked at. Default 2 s. */
  readonly everyMs?: number
  /** Key and certificate are written one after the other: how long to wait for the second. Default 1 s. */
  readonly settleMs?: number
}

/**
 * Keys and certificates as they are in their files now. `reload` reads the files again and hands the result to all
 * that `follow`; a file that cannot be used leaves the former in use and is thrown. Connections that are open go on.
 */
export class TlsContexts {
  private readonly followers = new Set<(options: SecureContextOptions) => void>()
  private constructor(
    private readonly files: TlsFiles,
    private readonly settings: TlsSettings,
    private loaded: LoadedTls,
  ) {}

  /** @throws TlsFileError */
  static async load(files: TlsFiles, settings: TlsSettings = {}): Promise<TlsContexts> {
    return new TlsContexts(files, settings, await readTlsFiles(files, settings))
  }

  /** To spread into `https.createServer`, `tls.connect`. */
  get options(): SecureContextOptions {
    return this.loaded.options
  }

  get context(): SecureContext {
    return this.loaded.context
  }

  /** The `SNICallback` of a server: the certificate for the name the client asks for, or the one for all. */
  readonly sni = (name: string, choose: (error: Error | null, context?: SecureContext) => void): void => {
    const { hosts, context } = this.loaded
    const asked = name.toLowerCase()
    choose(null, hosts.get(asked) ?? hosts.get(asked.replace(/^[^.]+/, '*')) ?? context)
  }

  /** Calls `use` after every reload: `tls.follow((options) => server.setSecureContext(options))`. @returns undoes it */
  follow(use: (options: SecureContextOptions) => void): () => void {
    this.followers.add(use)
    return () => void this.followers.delete(use)
  }

  /** @throws TlsFileError when a file is missing or unusable; nothing has changed then. */
  async reload(): Promise<void> {
    this.loaded = await readTlsFiles(this.files, this.settings)
    for (const use of this.followers) use(this.loaded.options)
  }

  /**
   * Reloads when a file changes. The files are looked at, not subscribed to: what renews certificates often swaps a
   * symbolic link, of the file or of a folder above it.
   *
   * @returns ends it
   */
  watch({ onReload, everyMs = 2_000, settleMs = 1_000 }: WatchTlsOptions): () => void {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const settled = async (): Promise<void> => {
      const error = await this.reload().then(
        () => undefined,
        (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
      )
      if (!isOver) onReload(error)
    }
    const changed = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => void settled(), settleMs).unref()
    }
    const paths = pathsOf(this.files)
    for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, changed)
    return () => {
      isOver = true
      clearTimeout(timer)
      for (const path of paths) unwatchFile(path, changed)
    }
  }
}

import type { Log } from '@hub/api/base'
import { TlsContexts } from '@hub/daemon'
import type { ListenerOptions } from './listener.js'
import type { ProxyOptions, TlsOptions } from './options.js'

/** Loads what a listener needs to speak https. @throws TlsFileError */
export async function tlsOf(
  {
    dhparam,
    ciphers,
    tlsVersion,
    tlsMinVersion,
  }: Pick<ProxyOptions, 'dhparam' | 'ciphers' | 'tlsVersion' | 'tlsMinVersion'>,
  tls: TlsOptions | undefined,
): Promise<ListenerOptions['tls']> {
  if (tls === undefined) return undefined
  const contexts = await TlsContexts.load(
    { ...tls, ...(dhparam === undefined ? {} : { dhparam }) },
    {
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(tlsMinVersion === undefined ? {} : { minVersion: tlsMinVersion }),
      ...(tlsVersion === undefined ? {} : { minVersion: tlsVersion, maxVersion: tlsVersion }),
      honorCipherOrder: true,
    },
  )
  return { contexts, options: tls }
}

/** Follows the files of keys and certificates. @param used - called when new ones are in use @returns ends it */
export function watchTls(contexts: TlsContexts | undefined, log: Log, used: () => void = () => {}): () => void {
  if (contexts === undefined) return () => {}
  return contexts.watch({
    onReload: (error) => {
      if (error !== undefined) {
        log.warn('Changed keys and certificates cannot be used; the former stay in use', { reason: error.message })
        return
      }
      used()
      log.info('Keys and certificates have changed and were read again')
    },
  })
}

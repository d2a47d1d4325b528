import { TlsContexts } from '@hub/daemon'
import type { ListenerOptions } from './listener.js'
import type { ProxyOptions, TlsOptions } from './options.js'

/** Loads what a listener needs to speak https. @throws TlsFileError */
export async function tlsOf(
  { dhparam, ciphers, tlsVersion }: Pick<ProxyOptions, 'dhparam' | 'ciphers' | 'tlsVersion'>,
  tls: TlsOptions | undefined,
): Promise<ListenerOptions['tls']> {
  if (tls === undefined) return undefined
  const contexts = await TlsContexts.load(
    { ...tls, ...(dhparam === undefined ? {} : { dhparam }) },
    {
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(tlsVersion === undefined ? {} : { minVersion: tlsVersion, maxVersion: tlsVersion }),
      honorCipherOrder: true,
    },
  )
  return { contexts, options: tls }
}

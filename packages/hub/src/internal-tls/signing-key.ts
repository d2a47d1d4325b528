import { createPrivateKey, webcrypto } from 'node:crypto'

export interface SigningKey {
  readonly signingKey: webcrypto.CryptoKey
  readonly signingAlgorithm: { readonly name: string; readonly hash: string }
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/**
 * Reads the key of an authority, in any form of PEM.
 *
 * @throws RangeError for kinds of keys that certificates are not signed with here
 */
export async function readSigningKey(pem: string): Promise<SigningKey> {
  const key = createPrivateKey(pem)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const curve = curves[details?.namedCurve ?? '']
  if (type !== 'rsa' && (type !== 'ec' || curve === undefined)) {
    throw new RangeError(`A key of kind ${type ?? 'unknown'} cannot sign certificates here; use RSA, or EC with P-256.`)
  }
  const der = key.export({ format: 'der', type: 'pkcs8' })
  const importAs =
    type === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: curve ?? '' }
  return {
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, importAs, false, ['sign']),
    signingAlgorithm: { name: importAs.name, hash: 'SHA-256' },
  }
}

import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { readSigningKey } from './signing-key.js'

/** A key and its certificate, in PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

export interface LeafRequest {
  readonly commonName: string
  /** `DNS:node7`, `IP:10.0.0.7`. */
  readonly altNames: readonly string[]
  readonly now: Date
}

const dayMs = 24 * 3600 * 1000
const authorityDays = 3650
const leafDays = 1825
/** Clocks of other hosts may be a little behind. */
const backdateMs = dayMs

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** An authority of the hub's own. */
export async function makeAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      ...validity(now, authorityDays),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  )
  return { key: await pemOf(keys.privateKey), cert: `${cert.toString('pem')}\n` }
}

/** A certificate for one part of the hub, good for both ends of a connection. */
export async function issue(authority: KeyPair, request: LeafRequest): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { signingKey, signingAlgorithm } = await readSigningKey(authority.key)
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      // X.520 allows 64 characters; the alternative names are what is checked.
      subject: [{ CN: [request.commonName.slice(0, 64)] }],
      issuer: issuer.subject,
      ...validity(request.now, leafDays),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(request.altNames.map(generalName)),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  )
  return { key: await pemOf(keys.privateKey), cert: `${cert.toString('pem')}\n` }
}

/** @throws RangeError for what is no alternative name */
function generalName(text: string): x509.JsonGeneralName {
  const [, kind, value] = /^(DNS|IP):(.+)$/.exec(text) ?? []
  if (kind === 'IP' && value !== undefined && isIP(value) !== 0) return { type: 'ip', value }
  if (kind === 'DNS' && value !== undefined) return { type: 'dns', value }
  throw new RangeError(`${text} is no alternative name of a certificate: write DNS:host.example.org or IP:10.0.0.7.`)
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + days * dayMs),
  }
}

/** Positive, as it must be. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return bytes.toString('hex')
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

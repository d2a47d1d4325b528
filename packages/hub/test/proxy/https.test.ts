import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { startHubProcess, tempDir, waitFor } from '@hub/testkit'
import { expect, test } from 'vitest'

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' })

/** Root, authority in between, and certificates for localhost signed by that one. */
function authorities(dir: string): { readonly root: string; issue(name: string): { key: string; fullchain: string } } {
  const at = (name: string): string => join(dir, name)
  const rsa = ['-newkey', 'rsa:2048', '-nodes']
  openssl('req', '-x509', ...rsa, '-subj', '/CN=root', '-keyout', at('root.key'), '-out', at('root.crt'))
  const sign = (name: string, by: string, extensions: string): void => {
    openssl('req', ...rsa, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
    writeFileSync(at('ext'), extensions)
    const signing = ['-CA', at(`${by}.crt`), '-CAkey', at(`${by}.key`), '-CAcreateserial', '-days', '30']
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...signing, '-extfile', at('ext'), '-out', at(`${name}.crt`))
  }
  sign('between', 'root', 'basicConstraints=critical,CA:TRUE')
  return {
    root: readFileSync(at('root.crt'), 'utf8'),
    issue(name) {
      sign(name, 'between', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
      const fullchain = readFileSync(at(`${name}.crt`), 'utf8') + readFileSync(at('between.crt'), 'utf8')
      return { key: readFileSync(at(`${name}.key`), 'utf8'), fullchain }
    },
  }
}

/** By a client that trusts the root alone. */
function visit(url: string, ca: string): Promise<{ status: number; certificate: PeerCertificate }> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { ca, agent: false, timeout: 5_000 }, (response) => {
      response.resume()
      // The response of a request by https came over such a socket.
      const certificate = (response.socket as TLSSocket).getPeerCertificate()
      resolve({ status: response.statusCode ?? 0, certificate })
    })
    asked.once('error', reject)
    asked.once('timeout', () => asked.destroy(new Error('no answer')))
  })
}

test('ssl_key and ssl_cert make the hub one of https, with the chain of the file, and new files are used by themselves', async () => {
  await using dir = await tempDir()
  const { root, issue } = authorities(dir.path)
  const [key, cert] = [join(dir.path, 'privkey.pem'), join(dir.path, 'fullchain.pem')]
  const install = (name: string): void => {
    const issued = issue(name)
    writeFileSync(key, issued.key, { mode: 0o600 })
    writeFileSync(cert, issued.fullchain)
  }
  install('first')
  await using hub = await startHubProcess({
    config: { JupyterHub: { ssl_key: key, ssl_cert: cert } },
    started: false,
  })
  void hub.start().catch(() => undefined)
  const url = hub.origin.replace('http:', 'https:')
  // The proxy answers before the hub does.
  const loginPage = async () => {
    const seen = await visit(`${url}/hub/login`, root)
    return seen.status === 200 ? seen : undefined
  }
  const seen = await waitFor(loginPage, { deadlineMs: 40_000, what: 'the login page' })
  expect(seen).toMatchObject({ certificate: { subject: { CN: 'first' } } })

  install('renewed')
  await waitFor(async () => (await visit(`${url}/hub/login`, root)).certificate.subject.CN === 'renewed', {
    deadlineMs: 20_000,
    what: 'the renewed certificate',
  })
}, 90_000)

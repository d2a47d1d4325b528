import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findVenv, runCode, startTestHub, tempDir, type TempDir, type TestHub } from '../src/index.js'

const venv = findVenv()
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : []

interface Credentials {
  readonly ca: string
  readonly key?: string
  readonly cert?: string
}

/** The status of an answer, or the code of the error that there was in its place. */
function ask(url: string, credentials: Credentials): Promise<number | string> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: false, timeout: 5_000, ...credentials }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asked.end()
  })
}

function askInTheClear(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    const asked = plainRequest(url.replace('https:', 'http:'), { agent: false, timeout: 5_000 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asked.end()
  })
}

describe.skipIf(venv === undefined)('internal_ssl', () => {
  let certs: TempDir
  let hub: TestHub
  const config = () => ({
    JupyterHub: {
      internal_ssl: true,
      internal_certs_location: certs.path,
      trusted_alt_names: ['DNS:hub.example.org'],
      cleanup_servers: false,
      cleanup_proxy: false,
    },
    Spawner: { cmd: [join(venv ?? '', 'bin/jupyterhub-singleuser')], args: asRoot },
  })
  beforeAll(async () => {
    certs = await tempDir()
    hub = await startTestHub({ config: config() })
  }, 60_000)
  afterAll(async () => {
    await hub?.[Symbol.asyncDispose]()
    await certs?.[Symbol.asyncDispose]()
  })

  const file = (folder: string, name: string): Promise<string> => readFile(join(certs.path, folder, name), 'utf8')
  const credentialsOf = async (name: string, authority: string): Promise<Credentials> => ({
    ca: await file(authority, `${authority}-trust.crt`),
    key: await file(name, `${name}.key`),
    cert: await file(name, `${name}.crt`),
  })
  /** Where the server of ada listens. */
  const serverUrl = async (): Promise<string> => {
    const reply = await fetchRoutes()
    return `${(JSON.parse(reply) as Record<string, { target: string }>)['/user/ada/']?.target}/user/ada/api`
  }
  const fetchRoutes = async (): Promise<string> => (await hub.api('GET', '/proxy')).text

  test('an unmodified single-user server works behind it', { timeout: 120_000 }, async () => {
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/hub/home' })
    expect((await hub.api('POST', '/users/ada/server')).status).toBeLessThan(300)
    await expect
      .poll(async () => (await hub.api('GET', '/users/ada')).json<{ server: string | null }>().server, {
        timeout: 60_000,
      })
      .toBe('/user/ada/')
    expect((await ada.get('/user/ada/')).status).toBe(200)
    expect(await runCode(ada, '/user/ada/', '6*7')).toBe('42')
    expect(await serverUrl()).toMatch(/^https:/)
  })

  test('nobody reaches hub, proxy API or a server without the right certificate', async () => {
    const hubUrl = `${hub.hubOrigin.replace('http:', 'https:')}/hub/api`
    const apiUrl = `${hub.proxyApiUrl.replace('http:', 'https:')}/api/routes`
    const server = await credentialsOf('user-ada', 'notebooks-ca')
    const own = await credentialsOf('hub-internal', 'hub-ca')
    const proxy = await credentialsOf('proxy-client', 'proxy-client-ca')
    for (const url of [hubUrl, apiUrl, await serverUrl()]) {
      expect(await ask(url, { ca: own.ca }), url).not.toBeTypeOf('number')
      expect(await askInTheClear(url), url).not.toBe(200)
    }
    expect(await ask(hubUrl, own)).toBe(200)
    expect(await ask(hubUrl, server)).toBe(200)
    expect(await ask(await serverUrl(), proxy)).toBe(200)
    // The certificate is right, only the token is missing.
    expect(await ask(apiUrl, own)).toBe(403)
    // A user can read the certificate of their server: it opens neither the proxy's API nor somebody else's server.
    expect(await ask(apiUrl, { ...server, ca: own.ca })).not.toBeTypeOf('number')
    expect(await ask(await serverUrl(), { ...server, ca: own.ca })).not.toBeTypeOf('number')
  })

  test('keys are readable by the account of the hub alone, names as configured', async () => {
    for (const name of await readdir(certs.path)) {
      const { mode } = await stat(join(certs.path, name, `${name}.key`))
      expect(mode & 0o077, name).toBe(0)
    }
    const certificate = new X509Certificate(await file('hub-internal', 'hub-internal.crt'))
    expect(certificate.checkHost('hub.example.org')).toBeDefined()
    expect(certificate.checkIP('127.0.0.1')).toBeDefined()
  })

  test('after a restart certificates stay, and the server is reached as before', { timeout: 60_000 }, async () => {
    const before = await file('hub-internal', 'hub-internal.crt')
    const first = hub
    await first.stop({ servers: false, proxy: false })
    hub = await startTestHub({ config: config(), after: first })
    expect(await file('hub-internal', 'hub-internal.crt')).toBe(before)
    await using ada = hub.browser()
    await ada.login('ada', 'x', { next: '/user/ada/' })
    expect(await runCode(ada, '/user/ada/', '6*7')).toBe('42')
    await hub.stop({ servers: true, proxy: true })
    await first[Symbol.asyncDispose]()
  })
})

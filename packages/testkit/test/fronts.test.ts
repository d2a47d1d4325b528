import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser as Chromium, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Child,
  findChromium,
  freePort,
  launchChromium,
  repository,
  startChild,
  startTestHub,
  tempDir,
  type TempDir,
  type TestHub,
  waitFor,
} from '../src/index.js'
import { logIn } from './lab-flow.js'

const isThere = (program: string): boolean => {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}

interface Setting {
  readonly dir: string
  /** The configuration of the how-to, with this machine's ports and files. */
  readonly site: string
  readonly port: number
}

const APACHE_MODULES = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl']

/** Web servers that stand before the proxy, each with the configuration that its how-to page shows. */
const fronts = [
  {
    name: 'nginx',
    program: '/usr/sbin/nginx',
    page: 'behind-nginx.md',
    language: 'nginx',
    configuration: ({ dir, site }: Setting): string =>
      `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/errors; events {}\nhttp { access_log off;\n` +
      ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${dir}/${one};`).join(' ') +
      `\n${site}\n}\n`,
    command: (file: string): readonly [string, ...string[]] => ['/usr/sbin/nginx', '-c', file],
  },
  {
    name: 'Apache',
    program: '/usr/sbin/apache2',
    page: 'behind-apache.md',
    language: 'apache',
    configuration: ({ dir, site, port }: Setting): string =>
      `ServerRoot ${dir}\nServerName localhost\nPidFile ${dir}/pid\nErrorLog ${dir}/errors\nMutex file:${dir} default\n` +
      'User www-data\nGroup www-data\n' +
      APACHE_MODULES.map((one) => `LoadModule ${one}_module /usr/lib/apache2/modules/mod_${one}.so\n`).join('') +
      `Listen 127.0.0.1:${port}\n${site}\n`,
    command: (file: string): readonly [string, ...string[]] => ['/usr/sbin/apache2', '-DFOREGROUND', '-f', file],
  },
]

async function siteOf(page: string, language: string): Promise<string> {
  const text = await readFile(join(repository, 'docs/how-to', page), 'utf8')
  const block = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1]
  if (block === undefined) throw new Error(`${page} shows no configuration of ${language}`)
  return block
}

/** At the root of the site, and below a path, which is the same on both sides. */
const places = fronts.flatMap((front) => ['/', '/jupyter/'].map((path) => ({ ...front, path })))

describe.each(places)(
  'behind $name at $path, as its how-to says',
  ({ program, page: howTo, language, path, ...front }) => {
    const canRun = isThere(program) && findChromium() !== undefined && process.getuid?.() === 0
    let dir: TempDir
    let hub: TestHub
    let server: Child
    let chromium: Chromium
    let page: Page
    let origin: string

    beforeAll(async () => {
      if (!canRun) return
      dir = await tempDir()
      const [hubPort, port] = [await freePort(), await freePort()]
      origin = `https://localhost:${port}${path.slice(0, -1)}`
      hub = await startTestHub({
        config: {
          JupyterHub: { bind_url: `http://127.0.0.1:${hubPort}${path}`, trusted_downstream_ips: ['127.0.0.1'] },
        },
      })
      const [key, cert] = [join(dir.path, 'key.pem'), join(dir.path, 'cert.pem')]
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
        { stdio: 'ignore' },
      )
      const site = (await siteOf(howTo, language))
        .replaceAll('/etc/ssl/hub/fullchain.pem', cert)
        .replaceAll('/etc/ssl/hub/privkey.pem', key)
        // As the page says of a path.
        .replace('location / {', `location ${path} {`)
        .replace(/ProxyPass(\w*) \/ (\w+:\/\/127\.0\.0\.1:8000)\//g, `ProxyPass$1 ${path} $2${path}`)
        .replaceAll('127.0.0.1:8000', `127.0.0.1:${hubPort}`)
        .replace('listen 443', `listen 127.0.0.1:${port}`)
        .replace('*:443', `127.0.0.1:${port}`)
      const file = join(dir.path, 'front.conf')
      await writeFile(file, front.configuration({ dir: dir.path, site, port }))
      server = startChild({ command: front.command(file) })
      chromium = await launchChromium()
      page = await (await chromium.newContext({ ignoreHTTPSErrors: true })).newPage()
      await waitFor(async () => {
        if (server.hasExited()) throw new Error(`${front.name} ended: ${server.log()}`)
        return page.goto(`${origin}/hub/login`).then(
          (answer) => answer?.status() === 200,
          () => false,
        )
      })
    }, 60_000)
    afterAll(async () => {
      if (!canRun) return
      await chromium?.close()
      await server?.stop()
      await hub?.[Symbol.asyncDispose]()
      await dir?.[Symbol.asyncDispose]()
    })

    test.runIf(canRun)('people log in by https, and stay on its address', async () => {
      await logIn(page, origin, { name: 'slow-start', password: 'x' }, `${path}hub/home`)
      expect(page.url()).toBe(`${origin}/hub/home`)
      const login = (await page.context().cookies()).find(({ name }) => name === 'jupyterhub-hub-login')
      expect(login).toMatchObject({ secure: true, httpOnly: true })
    })

    test.runIf(canRun)(
      'a start shows its progress as it goes, and leads to the server',
      { timeout: 60_000 },
      async () => {
        await page.goto(`${origin}/hub/spawn`)
        // The server takes three seconds; what is held back until the end would not be seen before.
        await page.waitForSelector('#progress-bar', { state: 'attached' })
        await page.waitForURL(`${origin}/user/slow-start/**`)
        const seen = JSON.parse((await page.textContent('body')) ?? '') as { headers: Record<string, string> }
        expect(seen.headers['x-forwarded-proto']).toMatch(/^https/)
        expect(seen.headers['x-forwarded-for']).toMatch(/^127\.0\.0\.1/)
        expect(seen.headers['host']).toBe(new URL(origin).host)
      },
    )

    test.runIf(canRun)('WebSockets get through', async () => {
      const echoed = await page.evaluate(
        (url) =>
          new Promise<string>((resolve, reject) => {
            const socket = new WebSocket(url)
            socket.onopen = () => socket.send('through')
            socket.onmessage = ({ data }) => resolve(String(data))
            socket.onerror = () => reject(new Error('the WebSocket failed'))
          }),
        `${origin.replace('https:', 'wss:')}/user/slow-start/ws`,
      )
      expect(echoed).toBe('through')
    })
  },
)

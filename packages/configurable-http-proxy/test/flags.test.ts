import { describe, expect, test } from 'vitest'
import { flags } from '../src/flags.js'
import { parseArguments } from '../src/parse-arguments.js'
import { run } from './support.js'

const options = async (argv: string[], environment: Record<string, string> = {}) => {
  const parsed = await parseArguments(argv, environment)
  if (parsed.wants !== 'run') throw new Error(`wants ${parsed.wants}`)
  return parsed
}

describe('flags', () => {
  test.each([
    [
      [],
      {
        listen: { host: '', port: 8000 },
        api: { host: 'localhost', port: 8001 },
        logLevel: 'info',
        keepAliveTimeoutMs: 5000,
      },
    ],
    [['--port=80x'], { listen: { host: '', port: 80 }, api: { host: 'localhost', port: 81 } }],
    [['--port', '0'], { listen: { host: '', port: 8000 } }],
    [['--port', '9000', '--api-port', 'x'], { api: { host: 'localhost', port: 9001 } }],
    [['--ip', 'hub.example'], { listen: { host: 'hub.example', port: 8000 } }],
    [['--socket', '/s'], { listen: { socket: '/s' }, api: { host: 'localhost', port: 8001 } }],
    [['--api-socket', '/s', '--api-port', '1'], { api: { socket: '/s' } }],
    [['--metrics-port', '0'], { metrics: { host: '', port: 0 } }],
    [['--metrics-socket=/m'], { metrics: { socket: '/m' } }],
    [
      ['--ssl-key', 'k', '--ssl-cert', 'c', '--ssl-ca', 'a', '--ssl-request-cert'],
      { tls: { key: 'k', cert: 'c', ca: 'a', requestCert: true, rejectUnauthorized: true } },
    ],
    [
      ['--ssl-cert', 'c', '--ssl-protocol', 'TLSv1_2', '--ssl-ciphers', 'X', '--ssl-dhparam', 'd', '--ssl-allow-rc4'],
      { tlsVersion: 'TLSv1.2', ciphers: 'X', dhparam: 'd' },
    ],
    [
      ['--api-ssl-key', 'k', '--api-ssl-cert', 'c', '--api-ssl-ca', 'a', '--api-ssl-reject-unauthorized'],
      { apiTls: { key: 'k', cert: 'c', ca: 'a', rejectUnauthorized: true } },
    ],
    [
      ['--client-ssl-ca', 'a', '--client-ssl-request-cert', '--client-ssl-reject-unauthorized'],
      { clientTls: { ca: 'a' } },
    ],
    [
      ['--default-target', 'http://a', '--error-target', 'http://b'],
      { defaultTarget: 'http://a', errorTarget: 'http://b' },
    ],
    [
      ['--error-path', '/p', '--pid-file', 'p', '--storage-backend', 'm'],
      { errorPath: '/p', pidFile: 'p', storageBackend: 'm' },
    ],
    [['--ssl-cert', 'c', '--redirect-port', '80', '--redirect-to', '443'], { redirect: { port: 80, to: 443 } }],
    [
      ['--no-x-forward', '--no-prepend-path', '--no-include-prefix'],
      { xForward: false, prependPath: false, includePrefix: false },
    ],
    [
      ['--auto-rewrite', '--protocol-rewrite', 'https', '--change-origin', '--insecure', '--host-routing'],
      { autoRewrite: true, protocolRewrite: 'https', changeOrigin: true, insecure: true, hostRouting: true },
    ],
    [
      ['--custom-header', 'A: b: c', '--custom-header=D:e', '--custom-header', 'A:  z '],
      { customHeaders: { A: 'z', D: 'e' } },
    ],
    [['--log-level', 'DEBUG'], { logLevel: 'debug' }],
    [['--x-forward', 'replace'], { xForward: 'replace' }],
    [['--trusted-proxies', '10.0.0.0/8, ::1,unix'], { trustedProxies: ['10.0.0.0/8', '::1', 'unix'] }],
    [
      ['--max-requests-per-client=3', '--max-requests-per-route', '4', '--max-connections-per-client', '5'],
      { maxPerClient: 3, maxPerRoute: 4, maxConnectionsPerClient: 5 },
    ],
    [['--stall-timeout', '0'], { stallMs: 0 }],
    [['--ssl-cert', 'c', '--ssl-min-version', 'TLSv1_3'], { tlsMinVersion: 'TLSv1.3' }],
    [
      ['--ssl-cert', 'c', '--ssl-sni', 'a.example=x,y', '--ssl-sni', '*.example=z'],
      {
        tls: {
          ...{ cert: 'c', requestCert: false, rejectUnauthorized: false },
          hosts: [
            { name: 'a.example', cert: 'x', key: 'y' },
            { name: '*.example', cert: 'z' },
          ],
        },
      },
    ],
    [[], { drainMs: 1500, workers: 1, logFormat: 'text' }],
    [
      ['--drain-timeout=0', '--workers=4', '--log-format=JSON', '--access-log=combined', '--access-log-file=f'],
      { drainMs: 0, workers: 4, logFormat: 'json', accessLog: { format: 'combined', file: 'f' } },
    ],
    [['--routes-file', 'r'], { routesFile: 'r' }],
    [['--storage-backend', 'rediss://h/1'], { storageBackend: 'rediss://h/1' }],
    [
      ['--timeout', '1', '--proxy-timeout=2', '--keep-alive-timeout', '3'],
      { clientTimeoutMs: 1, targetTimeoutMs: 2, keepAliveTimeoutMs: 3 },
    ],
  ])('%j', async (argv, expected) => {
    expect((await options(argv)).options).toMatchObject(expected)
  })

  test('the environment', async () => {
    const { options: read } = await options(['--ssl-cert', 'c', '--api-ssl-cert', 'c'], {
      CONFIGPROXY_AUTH_TOKEN: 't',
      CONFIGPROXY_SSL_KEY_PASSPHRASE: 'p1',
      CONFIGPROXY_API_SSL_KEY_PASSPHRASE: 'p2',
    })
    expect(read).toMatchObject({ authToken: 't', tls: { passphrase: 'p1' }, apiTls: { passphrase: 'p2' } })
  })

  test('the URL of the storage may come from the environment', async () => {
    const environment = { CONFIGPROXY_STORAGE_URL: 'postgresql://me:secret@db/routes' }
    const { options: read } = await options(['--storage-backend=postgres'], environment)
    expect(read.storageBackend).toBe('postgresql://me:secret@db/routes')
    await expect(options(['--storage-backend=redis'], environment)).rejects.toThrow(/needs a URL of redis/)
  })

  test('an ip of * is all interfaces, with a warning', async () => {
    const { options: read, warnings } = await options(['--ip', '*'])
    expect(read.listen).toMatchObject({ host: '' })
    expect(warnings).toHaveLength(1)
  })

  test.each([
    [['--unknown'], /unknown option '--unknown'/],
    [['--unknown=3'], /unknown option '--unknown'/],
    [['-x'], /unknown option '-x'/],
    [['stray'], /unexpected argument 'stray'/],
    [['--port'], /option '--port' needs a value/],
    [['--port', '99999'], /--port must be a port from 0 to 65535, not '99999'/],
    [['--port=-5'], /--port must be a port/],
    [['--metrics-port', 'none'], /--metrics-port must be a port/],
    [['--timeout', 'long'], /--timeout must be a number of milliseconds/],
    [['--proxy-timeout', '9999999999'], /--proxy-timeout must be a number of milliseconds from 0 to 2147483647/],
    [['--ssl-key', 'k'], /--ssl-key needs --ssl-cert/],
    [['--api-ssl-key', 'k'], /--api-ssl-key needs --api-ssl-cert/],
    [['--client-ssl-key', 'k'], /--client-ssl-key needs --client-ssl-cert/],
    [['--socket', '/s', '--port', '1'], /--socket/],
    [['--socket', '/s', '--ip', '1'], /--socket/],
    [['--error-target', 'http://a', '--error-path', 'b'], /--error-target.*--error-path/],
    [['--redirect-port', '80'], /--redirect-port needs --ssl-key/],
    [['--custom-header', 'nothing'], /colon was expected/],
    [['--custom-header', ': x'], /colon was expected/],
    [['--log-level', 'loud'], /--log-level/],
    [['--ssl-protocol', 'TLSv1.2'], /--ssl-protocol/],
    [['--x-forward', 'drop'], /--x-forward must be append or replace or keep/],
    [['--x-forward', 'keep', '--no-x-forward'], /--no-x-forward and --x-forward/],
    [['--trusted-proxies', 'nginx'], /--trusted-proxies: 'nginx'/],
    [['--max-requests-per-client', 'many'], /--max-requests-per-client must be a whole number/],
    [['--ssl-min-version', 'TLSv1'], /--ssl-min-version must be TLSv1_2 or TLSv1_3/],
    [['--ssl-min-version', 'TLSv1_3', '--ssl-protocol', 'TLSv1_3'], /--ssl-protocol and --ssl-min-version/],
    [['--ssl-sni', 'a=b'], /--ssl-sni needs --ssl-key and --ssl-cert/],
    [['--ssl-cert', 'c', '--ssl-sni', 'b'], /--ssl-sni must be/],
    [['--workers', '0'], /--workers must be a whole number from 1, not '0'/],
    [['--workers', '2x'], /--workers/],
    [['--drain-timeout', '-1'], /--drain-timeout/],
    [['--log-format', 'xml'], /--log-format must be text or json, not 'xml'/],
    [['--access-log', 'common'], /--access-log must be combined or json/],
    [['--access-log-file', 'f'], /--access-log-file needs --access-log/],
    [['--routes-file', 'f', '--storage-backend', 'm'], /--routes-file and --storage-backend/],
    [['--storage-backend', 'redis'], /CONFIGPROXY_STORAGE_URL/],
  ])('%j is refused in one line', async (argv, message) => {
    await expect(options(argv)).rejects.toThrow(message)
    await expect(options(argv)).rejects.not.toThrow(/\n/)
  })

  test('every flag is in the help', async () => {
    await using process = run(['--help'])
    expect(await process.ended).toBe(0)
    for (const { name } of flags) expect(process.stdout()).toContain(`--${name}`)
  })
})

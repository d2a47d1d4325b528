import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, waitFor } from '@hub/testkit'

export const slapdIsMissing = existsSync('/usr/sbin/slapd') ? undefined : 'there is no slapd'

const BASE = 'dc=example,dc=org'

/** A real LDAP server with TLS, people and groups, on a free port. */
export interface Slapd extends AsyncDisposable {
  readonly port: number
  readonly caFile: string
}

export async function startSlapd(): Promise<Slapd> {
  const dir = mkdtempSync(join(tmpdir(), 'slapd-'))
  const port = await freePort()
  const [cert, key, config] = ['cert.pem', 'key.pem', 'slapd.conf'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
    ].concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']),
    { stdio: 'ignore' },
  )
  mkdirSync(join(dir, 'db'))
  writeFileSync(
    config,
    [
      ...['core', 'cosine', 'inetorgperson', 'nis'].map((schema) => `include /etc/ldap/schema/${schema}.schema`),
      `pidfile ${join(dir, 'pid')}`,
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCertificateFile ${cert}`,
      `TLSCertificateKeyFile ${key}`,
      // A password must not travel in the open.
      'security simple_bind=1',
      'disallow bind_anon',
      'database mdb',
      'maxsize 10485760',
      `suffix "${BASE}"`,
      `rootdn "cn=admin,${BASE}"`,
      'rootpw of-the-directory',
      `directory ${join(dir, 'db')}`,
      `access to attrs=userPassword by anonymous auth by * none`,
      `access to * by dn.exact="cn=search,${BASE}" read by self read by * none`,
      '',
    ].join('\n'),
  )
  const entries = join(dir, 'entries.ldif')
  writeFileSync(entries, LDIF)
  execFileSync('/usr/sbin/slapadd', ['-q', '-f', config, '-l', entries], { stdio: 'ignore' })
  const child = spawn('/usr/sbin/slapd', ['-f', config, '-h', `ldap://127.0.0.1:${port}/`, '-d', '0'], {
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  await waitFor(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined))
        socket.on('error', () => resolve(false))
      }),
  )
  return {
    port,
    caFile: cert,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
      rmSync(dir, { recursive: true })
    },
  }
}

const person = (uid: string, cn: string, password: string): string => `
dn: cn=${cn},ou=people,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${cn}
sn: ${uid}
mail: ${uid}@example.org
userPassword: ${password}
`

const LDIF = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${BASE}
objectClass: organizationalUnit
ou: groups

dn: cn=search,${BASE}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: search
userPassword: of-the-search
${person('ada', 'Ada Lovelace', 'lovelace')}${person('eve', 'Eve', 'apple')}${person('twin', 'Twin One', 'same')}${person('twin', 'Twin Two', 'same')}
dn: cn=staff,ou=groups,${BASE}
objectClass: groupOfNames
cn: staff
member: cn=Ada Lovelace,ou=people,${BASE}

dn: cn=admins,ou=groups,${BASE}
objectClass: posixGroup
cn: admins
gidNumber: 4000
memberUid: ada
`

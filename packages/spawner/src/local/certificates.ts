import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type CertificatePaths, encodeForPath } from '@hub/api'
import type { RunAs } from './launcher.js'

export interface CertificateHome {
  readonly home: string
  /** Servers of one user have directories of their own, so that starting one leaves the others' files alone. */
  readonly serverName: string
  readonly runAs: RunAs | undefined
}

/**
 * Makes the directory anew and writes one file from its stdin. It runs as the user: root that followed a link in a user's home
 * could be led anywhere.
 */
const WRITE_FILE = 'umask 077 && mkdir -p "$1" && rm -f "$1/$2" && cat > "$1/$2"'

/** Puts the files into `~/.jupyterhub/jupyterhub-certs`, as the user and for the user alone. */
export async function moveCertificates(paths: CertificatePaths, target: CertificateHome): Promise<CertificatePaths> {
  const base = `${target.home}/.jupyterhub/jupyterhub-certs`
  const directory = target.serverName === '' ? base : `${base}/${encodeForPath(target.serverName)}`
  const write = async (from: string, name: string): Promise<string> => {
    await writeAsUser(directory, name, await readFile(from), target.runAs)
    return `${directory}/${name}`
  }
  return {
    keyFile: await write(paths.keyFile, 'server.key'),
    certFile: await write(paths.certFile, 'server.crt'),
    caFile: await write(paths.caFile, 'ca.crt'),
  }
}

async function writeAsUser(directory: string, name: string, content: Buffer, runAs: RunAs | undefined): Promise<void> {
  const shell = ['/bin/sh', '-c', WRITE_FILE, 'hub-certificates', directory, name]
  const [program = '', ...args] =
    runAs === undefined
      ? shell
      : [runAs.setpriv, `--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--init-groups', '--', ...shell]
  const child = spawn(program, args, { cwd: '/', env: {}, stdio: ['pipe', 'ignore', 'pipe'], timeout: 10_000 })
  // A child that ends without reading breaks the pipe; its status tells why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(content)
  const [message] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0)
    throw new Error(`The certificates of the server could not be written to ${directory}: ${message.trim()}`)
}

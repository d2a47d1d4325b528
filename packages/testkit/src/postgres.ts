import { execFile } from 'node:child_process'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { startChild, type Child } from './child.js'
import { freePort } from './free-port.js'
import { findPostgres } from './postgres-programs.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

const run = promisify(execFile)

export interface Postgres extends AsyncDisposable {
  /** Its maintenance database; `createDatabase` makes those for tests. */
  readonly url: string
  /** An empty database. @returns its URL */
  createDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

/**
 * A PostgreSQL server of its own on a free port of the loopback address, without passwords and without syncing to disk.
 * It refuses to run as root, so root runs it as the user `postgres`.
 *
 * @throws when PostgreSQL is not installed
 */
export async function startPostgres(): Promise<Postgres> {
  const programs = findPostgres()
  if (programs === undefined) {
    throw new Error(
      'PostgreSQL is not installed: "apt-get install postgresql", or set HUB_TEST_POSTGRES_BIN to the folder of initdb.',
    )
  }
  const asItsUser = await droppingRoot()
  const dir = await tempDir('hub-test-pg-')
  const home = join(dir.path, 'home')
  await mkdir(home)
  if (asItsUser.owner !== undefined) {
    for (const path of [dir.path, home]) await chown(path, asItsUser.owner.uid, asItsUser.owner.gid)
  }
  const data = join(home, 'data')
  const port = await freePort()
  let server: Child | undefined
  try {
    const [program, ...args] = asItsUser.command([
      join(programs, 'initdb'),
      ...['-D', data, '-A', 'trust', '-U', 'hub', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    ])
    await run(program, args, { cwd: home, timeout: 60_000 })
    server = startChild({
      command: asItsUser.command([
        join(programs, 'postgres'),
        ...['-D', data, '-F', '-h', '127.0.0.1', '-p', `${port}`, '-k', home],
        ...['-c', 'max_connections=200', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off'],
      ]),
      cwd: home,
    })
    const url = `postgresql://hub@127.0.0.1:${port}/postgres`
    await waitUntilItAnswers(server, url)
    return running(server, url, async () => dir[Symbol.asyncDispose]())
  } catch (error) {
    await server?.stop('SIGQUIT')
    await dir[Symbol.asyncDispose]()
    throw error
  }
}

function running(server: Child, url: string, cleanUp: () => Promise<void>): Postgres {
  let stopping: Promise<void> | undefined
  const stop = () =>
    (stopping ??= (async () => {
      // A "fast" shutdown: it ends the sessions that are still open.
      await server.stop('SIGINT')
      await cleanUp()
    })())
  return {
    url,
    async createDatabase(name) {
      await query(url, `CREATE DATABASE "${name}"`)
      return url.replace(/\/postgres$/, `/${name}`)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function waitUntilItAnswers(server: Child, url: string): Promise<void> {
  const answers = () =>
    query(url, 'SELECT 1').then(
      () => true,
      () => false,
    )
  await waitFor(async () => server.hasExited() || (await answers()), { deadlineMs: 30_000, what: 'PostgreSQL' })
  if (server.hasExited()) throw new Error(`PostgreSQL did not start:\n${server.log()}`)
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => {})
  }
}

type CommandLine = readonly [program: string, ...args: string[]]

interface Unprivileged {
  command(command: CommandLine): CommandLine
  /** Who must own the folder; undefined when that is us anyway. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

async function droppingRoot(): Promise<Unprivileged> {
  if (process.getuid?.() !== 0) return { command: (command) => command }
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  return {
    command: (command) => ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--', ...command],
    owner: { uid: await id('-u'), gid: await id('-g') },
  }
}

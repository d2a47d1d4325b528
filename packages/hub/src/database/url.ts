import { DatabaseUrlError } from './errors.js'

/** Where the database is, once `db_url` has been understood. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'postgres'; readonly url: string }

/**
 * Reads `JupyterHub.db_url` in SQLAlchemy's forms: `sqlite:///relative`, `sqlite:////absolute`, `sqlite://` for memory,
 * `postgresql[+driver]://…`, and anything without `://` as the name of a sqlite file.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  if (url === ':memory:') return { kind: 'memory' }
  if (!url.includes('://')) return { kind: 'sqlite', file: url }
  const separator = url.indexOf('://')
  const [dialect = '', driver] = url.slice(0, separator).split('+')
  const rest = url.slice(separator + 3)
  switch (dialect) {
    case 'sqlite':
      return sqliteLocation(rest, url)
    case 'postgresql':
    case 'postgres':
      return { kind: 'postgres', url: postgresUrl(rest) }
    default:
      throw new DatabaseUrlError(
        `db_url names the database "${dialect}${driver === undefined ? '' : `+${driver}`}", which this hub cannot open. ` +
          'Use sqlite:///file or postgresql://user:password@host/database.',
      )
  }
}

/** Without a host, PostgreSQL's own clients use the local socket where Debian has it; the driver would try TCP. */
function postgresUrl(rest: string): string {
  const url = `postgresql://${rest}`
  if (!/^([^/?#]*@)?\//.test(rest) || /[?&]host=/.test(rest)) return url
  return `${url}${rest.includes('?') ? '&' : '?'}host=/var/run/postgresql`
}

function sqliteLocation(rest: string, url: string): DatabaseLocation {
  // What follows "?" are options of Python's driver; none of them means anything here.
  const [path = ''] = rest.split('?')
  if (path === '' || path === '/' || path === '/:memory:') return { kind: 'memory' }
  if (!path.startsWith('/')) {
    throw new DatabaseUrlError(`db_url ${url} has a host, but sqlite is a file: write sqlite:///${path}.`)
  }
  return { kind: 'sqlite', file: path.slice(1) }
}

/** The URL with its password hidden, fit for logs and messages. */
export function redactDatabaseUrl(url: string): string {
  return url
    .replace(/^([^:/?#]+:\/\/[^:/?#@]*):[^/?#]*@/, '$1:***@')
    .replace(/([?&](?:password|sslpassword)=)[^&]*/g, '$1***')
}

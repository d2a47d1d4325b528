import { describe, expect, test } from 'vitest'
import { parseDatabaseUrl, redactDatabaseUrl } from './url.js'

describe('db_url', () => {
  test.each([
    ['sqlite:///jupyterhub.sqlite', 'jupyterhub.sqlite'],
    ['sqlite:////var/lib/hub.sqlite', '/var/lib/hub.sqlite'],
    ['sqlite:///a/b.sqlite?timeout=5', 'a/b.sqlite'],
    ['sqlite+pysqlite:///hub.sqlite', 'hub.sqlite'],
    ['jupyterhub.sqlite', 'jupyterhub.sqlite'],
    ['/srv/hub.sqlite', '/srv/hub.sqlite'],
  ])('%s is the file %s', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', file })
  })

  test.each(['sqlite://', 'sqlite:///', 'sqlite:///:memory:', ':memory:'])('%s is in memory', (url) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'memory' })
  })

  test.each(['postgresql', 'postgresql+psycopg', 'postgresql+psycopg2', 'postgres'])(
    '%s:// is PostgreSQL',
    (scheme) => {
      const rest = 'hub:p%40ss@db.example.org:5433/hub?sslmode=require'
      expect(parseDatabaseUrl(`${scheme}://${rest}`)).toEqual({ kind: 'postgres', url: `postgresql://${rest}` })
    },
  )

  test.each([
    ['postgresql:///hub', 'postgresql:///hub?host=/var/run/postgresql'],
    ['postgresql+psycopg2://hub@/hub?a=b', 'postgresql://hub@/hub?a=b&host=/var/run/postgresql'],
    ['postgresql:///hub?host=/tmp', 'postgresql:///hub?host=/tmp'],
  ])('%s goes through a local socket', (url, location) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'postgres', url: location })
  })

  test('another database is refused by name, without what else the URL holds', () => {
    expect(() => parseDatabaseUrl('mysql+pymysql://hub:secret@host/hub')).toThrow(/"mysql\+pymysql".*cannot open/)
    expect(() => parseDatabaseUrl('mysql://hub:secret@host/hub')).not.toThrow(/secret/)
    expect(() => parseDatabaseUrl('sqlite://hub.sqlite')).toThrow(/write sqlite:\/\/\/hub\.sqlite/)
  })
})

describe('redacting', () => {
  test.each([
    ['postgresql://hub:secret@host/hub', 'postgresql://hub:***@host/hub'],
    ['postgresql+psycopg://hub:se:cr@et@host:5432/hub', 'postgresql+psycopg://hub:***@host:5432/hub'],
    ['postgresql://hub@host/hub', 'postgresql://hub@host/hub'],
    ['postgresql:///hub?user=hub&password=secret&host=h', 'postgresql:///hub?user=hub&password=***&host=h'],
    ['sqlite:///hub.sqlite', 'sqlite:///hub.sqlite'],
  ])('%s is shown as %s', (url, shown) => {
    expect(redactDatabaseUrl(url)).toBe(shown)
  })
})

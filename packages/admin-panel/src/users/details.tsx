import { Chips } from '../components/small.js'
import { Time } from '../components/time.js'
import { t } from '../messages.js'
import type { ServerRow } from './server-rows.js'

const times = new Set(['created', 'last_activity', 'started', 'since'])

/** Every field of a user and of one of their servers. */
export function Details({ row: { user, server } }: { readonly row: ServerRow }) {
  const { servers: _, ...userFields } = user
  return (
    <div className="panel-detail-tables">
      <Fields title={t('User')} fields={userFields} />
      {server !== undefined && <Fields title={t('Server')} fields={server} />}
    </div>
  )
}

function Fields({ title, fields }: { readonly title: string; readonly fields: Readonly<Record<string, unknown>> }) {
  return (
    <table className="panel-fields">
      <caption>{title}</caption>
      <tbody>
        {Object.entries(fields).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <Value name={name} value={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === null || value === undefined || value === '') return <span className="text-muted">–</span>
  if (times.has(name) && typeof value === 'string') return <Time at={value} />
  if (Array.isArray(value)) return <Chips names={value.map(String)} label={name} />
  if (typeof value === 'object') return <pre>{JSON.stringify(value, null, 1)}</pre>
  return <>{typeof value === 'string' ? value : JSON.stringify(value)}</>
}

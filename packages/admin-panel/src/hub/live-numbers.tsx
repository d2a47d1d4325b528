import { useQuery } from '@tanstack/react-query'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { hubUrl } from '../api/page-facts.js'
import { formatNumber, t } from '../messages.js'
import { metric, parseMetrics } from './metrics.js'

const everyMs = 5_000

async function readMetrics({ signal }: { signal: AbortSignal }) {
  const response = await fetch(hubUrl('metrics'), { signal })
  if (!response.ok) throw new Error(response.statusText)
  return parseMetrics(await response.text())
}

async function countPending({ signal }: { signal: AbortSignal }): Promise<number> {
  const { body } = await call(endpoints.listServers, { query: { state: 'pending', limit: 1 }, signal })
  return body._pagination.total
}

/** Numbers of the hub as they are now, from its metrics. */
export function LiveNumbers() {
  const { data: samples } = useQuery({ queryKey: ['metrics'], queryFn: readMetrics, refetchInterval: everyMs })
  const { data: pending } = useQuery({ queryKey: ['pending'], queryFn: countPending, refetchInterval: everyMs })
  const read = (name: string, labels?: Readonly<Record<string, string>>): number | undefined =>
    samples === undefined ? undefined : metric(samples, name, labels)
  const memory = read('process_resident_memory_bytes')
  const numbers: readonly (readonly [label: string, value: string | undefined])[] = [
    ['Running servers', shown(read('running_servers'))],
    ['Pending', shown(pending)],
    ['Users', shown(read('total_users'))],
    ['Active in 24 hours', shown(read('active_users', { period: '24h' }))],
    ['Logins since start', shown(read('login_duration_seconds_count'))],
    ['Memory of the hub', memory === undefined ? undefined : `${Math.round(memory / 2 ** 20)} MB`],
  ]
  return (
    <dl className="panel-numbers" aria-label={t('Live numbers')}>
      {numbers.map(([label, value]) => (
        <div key={label}>
          <dt>{t(label)}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  )
}

const shown = (value: number | undefined): string | undefined => (value === undefined ? undefined : formatNumber(value))

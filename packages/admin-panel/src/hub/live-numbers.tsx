import { useQuery } from '@tanstack/react-query'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { hubUrl } from '../api/page-facts.js'
import { useScopes } from '../api/scopes.js'
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

/** Counting among many users takes a moment; who was active within a day changes slowly. */
const everyMinuteMs = 60_000
const dayMs = 86_400_000

async function countUsers(idleSince: string | undefined, signal: AbortSignal): Promise<number> {
  const { body } = await call(endpoints.listUsers, {
    query: { idle_since: idleSince, limit: 1 },
    isPaged: true,
    signal,
  })
  return asPage(body)._pagination.total
}

async function countActive({ signal }: { signal: AbortSignal }): Promise<{ total: number; active: number }> {
  const dayAgo = new Date(Date.now() - dayMs).toISOString()
  const [total, idle] = await Promise.all([countUsers(undefined, signal), countUsers(dayAgo, signal)])
  return { total, active: Math.max(0, total - idle) }
}

/** Numbers of the hub as they are now, from its metrics. */
export function LiveNumbers() {
  const scopes = useScopes()
  const { data: samples } = useQuery({ queryKey: ['metrics'], queryFn: readMetrics, refetchInterval: everyMs })
  const { data: pending } = useQuery({ queryKey: ['pending'], queryFn: countPending, refetchInterval: everyMs })
  const { data: users } = useQuery({
    queryKey: ['users', 'numbers'],
    enabled: scopes.has('list:users'),
    queryFn: countActive,
    refetchInterval: everyMinuteMs,
  })
  const read = (name: string, labels?: Readonly<Record<string, string>>): number | undefined =>
    samples === undefined ? undefined : metric(samples, name, labels)
  const memory = read('process_resident_memory_bytes')
  const numbers: readonly (readonly [label: string, value: string | undefined])[] = [
    ['Running servers', shown(read('running_servers'))],
    ['Pending', shown(pending)],
    ['Users', shown(users?.total ?? read('total_users'))],
    ['Active in 24 hours', shown(users?.active)],
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

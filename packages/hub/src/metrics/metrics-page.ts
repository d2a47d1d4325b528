import { forbidden } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { HubMetrics } from './hub-metrics.js'

export interface MetricsPageDeps {
  readonly metrics: Pick<HubMetrics, 'text'>
  /** `authenticate_prometheus` */
  readonly isForHolders: boolean
}

/** `metrics` and `api/metrics`: for programs with a token, and for people with the scope. */
export function metricsPage({ metrics, isForHolders }: MetricsPageDeps): PageRoute {
  const base = { methods: ['get'], paths: ['/metrics', '/api/metrics'] } as const
  const answer = async () => ({
    status: 200,
    text: await metrics.text(),
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
  })
  if (!isForHolders) return { ...base, visitor: 'nobody', run: answer }
  return {
    ...base,
    visitor: 'anyone',
    credentials: 'any',
    // Reading changes nothing, and a scraper without credentials is to learn what it lacks.
    xsrf: 'by-route',
    run: ({ visitor }) => {
      if (visitor.kind === 'anonymous' || visitor.permissions.get('read:metrics') === undefined) {
        throw forbidden('Metrics are for those with the scope read:metrics.', 'insufficient_scope')
      }
      return answer()
    },
  }
}

import type { Log } from '@hub/api'
import { scrubUrl } from '../http/access-log.js'
import { readBody } from '../http/json-body.js'
import type { PageRoute } from '../http/page.js'
import { empty } from '../http/reply.js'
import type { HubMetrics } from './hub-metrics.js'

export interface CspReportDeps {
  readonly metrics: Pick<HubMetrics, 'countCspReport'>
  readonly log: Log
}

const maxReportBytes = 16 * 1024

/** `security/csp-report`: where browsers of people who are logged in report what a page was kept from loading. */
export function cspReportPage({ metrics, log }: CspReportDeps): PageRoute {
  return {
    methods: ['post'],
    paths: ['/security/csp-report'],
    visitor: 'user',
    // Browsers send reports by themselves, without the token of a page; a forged one only ends up in the log.
    xsrf: 'by-route',
    run: async ({ exchange }) => {
      const body = await readBody(exchange.request, maxReportBytes)
      metrics.countCspReport()
      log.warn('a browser reports a violated Content-Security-Policy', reported(body.toString('utf8')))
      return empty(200)
    },
  }
}

/** What of a report says what happened, fit for the log: addresses may hold secrets. */
function reported(text: string): Record<string, string> {
  let report: unknown
  try {
    const parsed: unknown = JSON.parse(text)
    report = typeof parsed === 'object' && parsed !== null && 'csp-report' in parsed ? parsed['csp-report'] : parsed
  } catch {
    report = undefined
  }
  if (typeof report !== 'object' || report === null) return { bytes: String(text.length) }
  const fields = Object.entries(report).filter(([name]) =>
    /^(document|blocked|source)-(ur[il]|file)$|directive$/.test(name),
  )
  return Object.fromEntries(fields.map(([name, value]) => [name, scrubUrl(String(value)).slice(0, 500)]))
}

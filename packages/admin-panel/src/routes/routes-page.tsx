import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ListedServer, ProxyRoute } from '@hub/api'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { PageHeading, State, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { formatNumber, t } from '../messages.js'
import { checkRoutes, type CheckedRoute } from './drift.js'

/** Everything there is, page by page: what does not fit may be anywhere. */
async function loadAll(signal: AbortSignal): Promise<CheckedRoute[]> {
  const [routes, servers, services] = await Promise.all([
    allRoutes(signal),
    allServers(signal),
    call(endpoints.listServices, { signal }).then(({ body }) => Object.values(body)),
  ])
  return checkRoutes({ routes, servers, services })
}

async function allRoutes(signal: AbortSignal): Promise<Record<string, ProxyRoute>> {
  const routes: Record<string, ProxyRoute> = {}
  for (let offset = 0; ;) {
    const { body } = await call(endpoints.getProxyRoutes, { query: { offset, limit: 200 }, isPaged: true, signal })
    const page = asPage<Record<string, ProxyRoute>>(body)
    Object.assign(routes, page.items)
    if (page._pagination.next === null) return routes
    offset = page._pagination.next.offset
  }
}

async function allServers(signal: AbortSignal): Promise<ListedServer[]> {
  const servers: ListedServer[] = []
  for (let offset = 0; ;) {
    const { body } = await call(endpoints.listServers, { query: { state: 'active', offset, limit: 200 }, signal })
    servers.push(...body.items)
    if (body._pagination.next === null) return servers
    offset = body._pagination.next.offset
  }
}

/** How many lines are shown at first: those that do not fit come first anyway. */
const shownAtFirst = 100

/** What the proxy routes, against what runs. */
export function RoutesPage() {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['routes'],
    queryFn: ({ signal }) => loadAll(signal),
  })
  const [showsAll, setShowsAll] = useState(false)
  const { isBusy, run } = useAction()
  const drift = (data ?? []).filter(({ state }) => state === 'missing' || state === 'left')
  const shown = showsAll ? (data ?? []) : (data ?? []).slice(0, shownAtFirst)
  return (
    <>
      <PageHeading title={t('Routes of the proxy')}>
        <button type="button" className="btn btn-default" disabled={isFetching} onClick={() => void refetch()}>
          {t('Check again')}
        </button>
        <button
          type="button"
          className="btn btn-primary"
          disabled={isBusy}
          onClick={() => void run(() => call(endpoints.syncProxy, {}), t('The routes were compared and put right.'))}
        >
          {t('Put right')}
        </button>
      </PageHeading>
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          <p className={drift.length === 0 ? 'alert alert-success' : 'alert alert-warning'} role="status">
            {drift.length === 0
              ? t('All {n} routes fit what runs.', { n: formatNumber(data.length) })
              : t('{n} routes do not fit what runs.', { n: formatNumber(drift.length) })}
          </p>
          <div className="table-scroll">
            <table className="table panel-table">
              <caption className="visually-hidden">{t('Routes of the proxy')}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('Route')}</th>
                  <th scope="col">{t('State')}</th>
                  <th scope="col">{t('Belongs to')}</th>
                  <th scope="col">{t('Target')}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((route) => (
                  <tr key={`${route.state} ${route.spec}`}>
                    <td>
                      <code>{route.spec}</code>
                    </td>
                    <td data-label={t('State')}>
                      <RouteState state={route.state} />
                    </td>
                    <td data-label={t('Belongs to')}>
                      {t(kinds[route.kind])} {route.owner}
                    </td>
                    <td data-label={t('Target')}>{route.target === '' ? '–' : <code>{route.target}</code>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {!showsAll && data.length > shownAtFirst && (
            <button type="button" className="btn btn-default" onClick={() => setShowsAll(true)}>
              {t('Show all {n}', { n: formatNumber(data.length) })}
            </button>
          )}
        </>
      )}
    </>
  )
}

const kinds = { hub: 'the hub', server: 'server', service: 'service', extra: 'the configuration' } as const

function RouteState({ state }: { readonly state: CheckedRoute['state'] }) {
  switch (state) {
    case 'ok':
      return <State kind="on">{t('fits')}</State>
    case 'passing':
      return <State kind="busy">{t('its server is starting or stopping')}</State>
    case 'left':
      return <State kind="bad">{t('left over: nothing runs behind it')}</State>
    case 'missing':
      return <State kind="bad">{t('missing: it runs without a route')}</State>
  }
}

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ListedServer } from '@hub/api'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { defaultPageLimit } from '../api/page-facts.js'
import { Pager } from '../components/pager.js'
import { PageHeading, Waiting } from '../components/small.js'
import { Time } from '../components/time.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { goTo, href, useRoute } from '../routing.js'

/** Servers whose last start failed, newest first, with what their start said. */
export function FailuresPage() {
  const { query } = useRoute()
  const offset = Number(query.get('offset') ?? 0)
  const limit = Number(query.get('limit') ?? defaultPageLimit())
  const { data, error } = useQuery({
    queryKey: ['failures', offset, limit],
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
    queryFn: async ({ signal }) =>
      (await call(endpoints.listServers, { query: { state: 'failed', sort: '-since', offset, limit }, signal })).body,
  })
  return (
    <>
      <PageHeading title={t('Recent failures')} />
      {data === undefined ? (
        <Waiting error={error} />
      ) : data.items.length === 0 ? (
        <p className="panel-empty">{t('No server has failed to start.')}</p>
      ) : (
        <ul className="panel-failures">
          {data.items.map((server) => (
            <Failure key={server.full_name} server={server} />
          ))}
        </ul>
      )}
      <Pager
        page={data?._pagination}
        onMove={(to) => goTo('/failures', { offset: to, limit })}
        onLimit={(size) => goTo('/failures', { limit: size })}
      />
    </>
  )
}

function Failure({ server }: { readonly server: ListedServer }) {
  const { isBusy, run } = useAction()
  const [first = '', ...log] = (server.failure?.message ?? t('You may not see why.')).split('\n')
  return (
    <li className="card panel-failure">
      <div className="panel-heading">
        <h2 className="h5">
          <a href={href('/', { name_filter: server.user })}>{server.full_name}</a>{' '}
          <small>
            <Time at={server.since} />
            {typeof server.failure?.status === 'number' && ` · ${server.failure.status}`}
          </small>
        </h2>
        <button
          type="button"
          className="btn btn-sm btn-default"
          disabled={isBusy}
          aria-label={t('Start again: {name}', { name: server.full_name })}
          onClick={() =>
            void run(async () => {
              await call(endpoints.startServer, { params: { user: server.user, server: server.name } })
            })
          }
        >
          {t('Start again')}
        </button>
      </div>
      <p>{first}</p>
      {log.length > 0 && (
        <details>
          <summary>{t('Log')}</summary>
          <pre>{log.join('\n')}</pre>
        </details>
      )}
    </li>
  )
}
